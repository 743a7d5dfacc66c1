//! MatrixMarket files and NumPy arrays.
#![no_main]

use libfuzzer_sys::fuzz_target;
use topicmill::ingest::parse_matrix_market;
use topicmill::matrix::{MatrixError, TermDocumentMatrix};
use topicmill::model::npy;

fuzz_target!(|bytes: &[u8]| {
    if let Ok(array) = npy::from_bytes(bytes) {
        let mut written = Vec::new();
        npy::write(array.view(), &mut written).unwrap();
        assert!(npy::from_bytes(&written).is_ok_and(|again| again.n_rows() == array.n_rows()));
    }
    let accept = |size: topicmill::ingest::MatrixSize| match size.n_rows.max(size.n_columns) {
        0..=4096 => Ok(()),
        _ => Err(topicmill::Error::from(MatrixError::NotAlone)),
    };
    if let Ok(read) = parse_matrix_market(std::io::Cursor::new(bytes.to_vec()), "fuzz", accept) {
        let v = TermDocumentMatrix::from_triplets(read.n_rows, read.n_columns, &read.entries);
        assert!(v.is_ok_and(|v| v.n_nonzeros() <= read.entries.len()) || read.entries.iter().any(|e| e.2 > 1e37));
    }
});
