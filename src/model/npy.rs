//! Reads and writes arrays in NumPy's format, version 1.0, with two dimensions, little endian and in C order.
//!
//! Arrays are written as f32, and read as f32 or f64. The format: <https://numpy.org/neps/nep-0001-npy-format.html>.

use std::io::{self, Read, Write};
use std::ops::Range;

use ndarray::ArrayView2;

use crate::kernels::{FactorMatrix, flatten_mut};

const MAGIC: &[u8] = b"\x93NUMPY\x01\x00";

/// Writes an array (rows × columns) as f32.
///
/// ```
/// use topicmill::{factorize::FactorMatrix, model::npy};
/// let factor = FactorMatrix::from_fn(2, 3, |row, column| (row * 10 + column) as f32);
/// let mut bytes = Vec::new();
/// npy::write(factor.view(), &mut bytes)?;
/// assert_eq!(npy::from_bytes(&bytes).unwrap(), factor);
/// # Ok::<(), std::io::Error>(())
/// ```
pub fn write(array: ArrayView2<'_, f32>, out: &mut dyn Write) -> io::Result<()> {
    let (n_rows, n_columns) = array.dim();
    out.write_all(&head("<f4", &format!("{n_rows}, {n_columns}")))?;
    write_rows(array, out)
}

/// Rows that are read or written at once.
const CHUNK_ROWS: usize = 4096;

/// Writes the rows of the documents 0 to `n_documents` − 1, of which `rows` gives those of a range.
pub(super) fn write_ranges(
    n_documents: usize,
    rows: &dyn Fn(Range<usize>) -> io::Result<FactorMatrix>,
    out: &mut dyn Write,
) -> io::Result<()> {
    (0..n_documents)
        .step_by(CHUNK_ROWS)
        .try_for_each(|first| write_rows(rows(first..(first + CHUNK_ROWS).min(n_documents))?.view(), out))
}

/// Reads `n_rows` rows of `n_topics` numbers, as [`write_rows`] writes them.
pub(crate) fn read_rows(n_rows: usize, n_topics: usize, from: &mut dyn Read) -> io::Result<FactorMatrix> {
    let mut rows = FactorMatrix::zeros(n_rows, n_topics);
    let lanes_per_row = rows.lanes_per_row().max(1);
    let mut bytes = Vec::new();
    for lanes in rows.lanes_mut().chunks_mut(CHUNK_ROWS * lanes_per_row) {
        bytes.resize(4 * n_topics * (lanes.len() / lanes_per_row), 0);
        from.read_exact(&mut bytes)?;
        for (row, bytes) in lanes.chunks_exact_mut(lanes_per_row).zip(bytes.chunks_exact((4 * n_topics).max(1))) {
            let values = flatten_mut(row).iter_mut().zip(bytes.as_chunks::<4>().0);
            values.for_each(|(value, number)| *value = f32::from_le_bytes(*number));
        }
    }
    Ok(rows)
}

/// Writes rows of numbers, as they follow one another in an array.
pub(crate) fn write_rows(array: ArrayView2<'_, f32>, out: &mut dyn Write) -> io::Result<()> {
    let mut bytes = Vec::with_capacity(4 * array.ncols());
    for row in array.rows() {
        bytes.clear();
        row.iter().for_each(|value| bytes.extend_from_slice(&value.to_le_bytes()));
        out.write_all(&bytes)?;
    }
    Ok(())
}

/// What stands before the numbers of an array of this type and shape, as NumPy writes them in version 1.0.
pub(crate) fn head(kind: &str, shape: &str) -> Vec<u8> {
    let mut header = format!("{{'descr': '{kind}', 'fortran_order': False, 'shape': ({shape}), }}");
    let padding = 64 - (MAGIC.len() + 2 + header.len() + 1) % 64;
    header.push_str(&" ".repeat(padding % 64));
    header.push('\n');
    [MAGIC, &(header.len() as u16).to_le_bytes(), header.as_bytes()].concat()
}

/// Reads an array of f32 or f64 into a factor with the same rows. The error says what was found and what was
/// expected.
pub fn from_bytes(bytes: &[u8]) -> Result<FactorMatrix, String> {
    let rest = bytes.strip_prefix(MAGIC).ok_or("is not a NumPy array of version 1.0")?;
    let (length, rest) = rest.split_at_checked(2).ok_or("ends within its header")?;
    let length = usize::from(u16::from_le_bytes([length[0], length[1]]));
    let (header, data) = rest.split_at_checked(length).ok_or("ends within its header")?;
    let header = String::from_utf8_lossy(header).replace(' ', "");
    let wide = match (header.contains("'descr':'<f4'"), header.contains("'descr':'<f8'")) {
        (true, _) => false,
        (_, true) => true,
        _ => return Err(format!("holds {header}, expected little-endian f4 or f8")),
    };
    if !header.contains("'fortran_order':False") {
        return Err("is in Fortran order, expected C order".into());
    }
    let shape = header.split_once("'shape':(").and_then(|(_, rest)| rest.split_once(')')).map(|(shape, _)| shape);
    let sizes: Vec<usize> = shape.unwrap_or_default().split(',').filter_map(|size| size.parse().ok()).collect();
    let [n_rows, n_columns] = sizes[..] else {
        return Err(format!("holds {header}, expected two dimensions"));
    };
    let width = if wide { 8 } else { 4 };
    if n_rows == 0 || n_columns == 0 {
        return Err(format!("holds {n_rows} × {n_columns} numbers, expected at least one"));
    }
    let expected = n_rows.checked_mul(n_columns).and_then(|n| n.checked_mul(width));
    if expected != Some(data.len()) {
        return Err(format!("has {} bytes of data, expected {n_rows} × {n_columns} × {width}", data.len()));
    }
    let mut values = data.chunks_exact(width).map(|bytes| match *bytes {
        [a, b, c, d] => f32::from_le_bytes([a, b, c, d]),
        [a, b, c, d, e, f, g, h] => f64::from_le_bytes([a, b, c, d, e, f, g, h]) as f32,
        _ => 0.0,
    });
    Ok(FactorMatrix::from_fn(n_rows, n_columns, |_, _| values.next().unwrap_or_default()))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    proptest! {
        #![proptest_config(crate::random::random_cases(256))]

        #[test]
        fn no_bytes_bring_the_reader_down(mut bytes in prop::collection::vec(any::<u8>(), 0..200), header: bool) {
            if header {
                let mut with = b"\x93NUMPY\x01\x00\x40\x00{'descr': '<f4', 'fortran_order': False, 'shape': (".to_vec();
                with.append(&mut bytes);
                bytes = with;
            }
            let _ = super::from_bytes(&bytes);
        }
    }
}
