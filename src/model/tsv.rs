//! The TSV that we write and read: no quoting; tab, newline, carriage return and backslash are escaped.

use std::io::{self, Write};

/// Writes rows of tab-separated fields.
///
/// ```
/// use topicmill::model::tsv;
/// let mut out = Vec::new();
/// let mut writer = tsv::Writer::new(&mut out);
/// writer.write_row(["a\tb", "c\\d"])?;
/// writer.finish()?;
/// assert_eq!(out, b"a\\tb\tc\\\\d\n");
/// # Ok::<(), std::io::Error>(())
/// ```
pub struct Writer<'a> {
    out: &'a mut dyn Write,
    line: String,
}

impl<'a> Writer<'a> {
    /// A writer of rows to `out`, which should be buffered.
    pub fn new(out: &'a mut dyn Write) -> Self {
        Self { out, line: String::new() }
    }

    /// Writes a row and its line end.
    pub fn write_row<'f>(&mut self, fields: impl IntoIterator<Item = &'f str>) -> io::Result<()> {
        self.line.clear();
        for (i, field) in fields.into_iter().enumerate() {
            if i > 0 {
                self.line.push('\t');
            }
            for c in field.chars() {
                match c {
                    '\t' => self.line.push_str("\\t"),
                    '\n' => self.line.push_str("\\n"),
                    '\r' => self.line.push_str("\\r"),
                    '\\' => self.line.push_str("\\\\"),
                    c => self.line.push(c),
                }
            }
        }
        self.line.push('\n');
        self.out.write_all(self.line.as_bytes())
    }

    /// Hands everything to what it writes to.
    pub fn finish(self) -> io::Result<()> {
        self.out.flush()
    }
}

/// The rows of a table, unescaped.
pub fn rows(text: &str) -> impl Iterator<Item = Vec<String>> + '_ {
    text.split_terminator('\n').map(|line| line.split('\t').map(unescape).collect())
}

fn unescape(field: &str) -> String {
    let mut out = String::with_capacity(field.len());
    let mut characters = field.chars();
    while let Some(c) = characters.next() {
        match (c, c == '\\') {
            (_, true) => match characters.next() {
                Some('t') => out.push('\t'),
                Some('n') => out.push('\n'),
                Some('r') => out.push('\r'),
                Some(other) => out.push(other),
                None => out.push('\\'),
            },
            (c, false) => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    proptest! {
        #![proptest_config(crate::random::random_cases(256))]

        #[test]
        fn every_table_comes_back(table in prop::collection::vec(prop::collection::vec("[a\\\\\t\n\r é]{0,6}", 2..5), 0..6)) {
            let mut out = Vec::new();
            let mut writer = super::Writer::new(&mut out);
            for row in &table {
                writer.write_row(row.iter().map(String::as_str)).unwrap();
            }
            writer.finish().unwrap();
            prop_assert_eq!(super::rows(&String::from_utf8(out).unwrap()).collect::<Vec<_>>(), table);
        }
    }
}
