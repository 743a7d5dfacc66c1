//! Every reader of documents: the first byte chooses format and parameters, the rest is the stream.
#![no_main]

use libfuzzer_sys::fuzz_target;
use topicmill::ingest::{Format, IngestParams, Strip, records_of};

const FORMATS: [Format; 7] =
    [Format::Auto, Format::Text, Format::Html, Format::Lines, Format::Csv, Format::Tsv, Format::Jsonl];

fuzz_target!(|bytes: &[u8]| {
    let Some((&choice, stream)) = bytes.split_first() else { return };
    let params = IngestParams {
        format: FORMATS[usize::from(choice) % FORMATS.len()],
        strip: match choice / 7 % 4 {
            1 => vec![Strip::Email],
            2 => vec![Strip::Html],
            3 => vec![Strip::Html, Strip::Email],
            _ => Vec::new(),
        },
        encoding: (choice / 28 % 3 == 1).then(|| "utf-16le".to_string()),
        quote: (choice / 28 % 3 == 2).then_some('\''),
        max_document_bytes: 1 << 12,
        ..IngestParams::default()
    };
    let Ok(records) = records_of(std::io::Cursor::new(stream.to_vec()), "fuzz", &params) else { return };
    let (mut n_broken, mut n) = (0, 0);
    for record in records {
        n += 1;
        match record.and_then(|record| record.load(&params)) {
            Ok(document) => assert!(!document.source.is_empty()),
            Err(error) => n_broken += usize::from(error.skip().is_none()),
        }
    }
    assert!(n_broken <= 1, "what is broken ends the records");
    assert!(n <= 1 << 20 | stream.len(), "more documents than bytes");
});
