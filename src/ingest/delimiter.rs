//! Recognises what separates the fields of a table.

use csv::{ByteRecord, ReaderBuilder};

/// What may separate fields, the likeliest first.
const DELIMITERS: [u8; 4] = [b',', b';', b'\t', b'|'];

/// Rows that are looked at.
const ROWS: usize = 50;

/// Share of the rows that must have as many fields as the header.
const ALIKE: f64 = 0.8;

/// The delimiter of a table that begins with these bytes: `usual`, unless another cuts more rows into as many fields as
/// the header has. Fields in `quote`s may hold delimiters.
pub(super) fn delimiter(head: &[u8], usual: u8, quote: Option<u8>) -> u8 {
    let own = alike(head, usual, quote);
    let score = |delimiter: u8| (alike(head, delimiter, quote), delimiter);
    let best = DELIMITERS.iter().filter(|&&other| other != usual).map(|&other| score(other));
    // Of equal ones the first.
    let best = best.rev().max_by(|a, b| a.0.total_cmp(&b.0));
    match best {
        Some((share, delimiter)) if share >= ALIKE && share > own => delimiter,
        _ => usual,
    }
}

/// The delimiter of a table whose header has one of these columns; `None` if there is none such.
pub(crate) fn delimiter_of_header(head: &[u8], columns: &[&str]) -> Option<u8> {
    let line = head.split(|byte| *byte == b'\n').next()?;
    let line = line.strip_prefix(b"\xef\xbb\xbf").unwrap_or(line);
    let has_column = |delimiter: &&u8| {
        let mut row = ByteRecord::new();
        let mut reader = ReaderBuilder::new().delimiter(**delimiter).has_headers(false).from_reader(line);
        let is_row = reader.read_byte_record(&mut row).is_ok_and(|found| found) && row.len() > 1;
        is_row && row.iter().any(|field| columns.iter().any(|column| field.trim_ascii() == column.as_bytes()))
    };
    DELIMITERS.iter().find(has_column).copied()
}

/// Share of the rows that a delimiter cuts into as many fields as the header, which must be two at least.
fn alike(head: &[u8], delimiter: u8, quote: Option<u8>) -> f64 {
    let mut reader = ReaderBuilder::new()
        .delimiter(delimiter)
        .quoting(quote.is_some())
        .quote(quote.unwrap_or(b'"'))
        .has_headers(false)
        .flexible(true)
        .from_reader(head);
    let (mut row, mut lengths) = (ByteRecord::new(), Vec::new());
    while lengths.len() < ROWS && reader.read_byte_record(&mut row).is_ok_and(|found| found) {
        lengths.push(row.len());
    }
    // The last row may be cut off.
    if lengths.len() > 2 {
        lengths.pop();
    }
    match lengths.split_first() {
        Some((header, rows)) if *header > 1 && !rows.is_empty() => {
            rows.iter().filter(|length| *length == header).count() as f64 / rows.len() as f64
        }
        Some((header, [])) if *header > 1 => 1.0,
        _ => 0.0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_delimiter_is_what_cuts_rows_alike() {
        let of = |head: &str| char::from(delimiter(head.as_bytes(), b',', Some(b'"')));
        assert_eq!(of("id;text\n1;one, two\n2;three\n"), ';');
        assert_eq!(of("id|text\n1|one, two; three\n2|four\n"), '|');
        assert_eq!(of("id\ttext\n1\tone, two\n2\tthree\n"), '\t');
        assert_eq!(of("id,text\n1,one; two\n2,three; four\n"), ',');
        assert_eq!(of("id,text\n1,\"one; two, three\"\n2,four; five\n"), ',');
        assert_eq!(of("text\none; two\nthree, four\n"), ',');
        assert_eq!(of("id;text\n1;\"a; b\nc\"\n2;d\n"), ';');
        assert_eq!(of(""), ',');
        // Rows of different lengths are a fault of the table, not of its delimiter.
        assert_eq!(of("id,text\n1,a,b\n2,c,d\n"), ',');
    }

    #[test]
    fn a_header_with_a_known_column_is_one() {
        let of = |head: &str| delimiter_of_header(head.as_bytes(), &["text", "body"]).map(char::from);
        assert_eq!(of("id,text\n1,a\n"), Some(','));
        assert_eq!(of("\u{feff}id;\"text\"\n"), Some(';'));
        assert_eq!(of("A text, and another\nmore\n"), None);
        assert_eq!(of("text\nmore\n"), None);
    }
}
