//! Writes and reads the TSV files of a model in a form that pandas, polars, R and spreadsheets read without loss:
//! fields are separated by tabs, each row ends with a line feed, and a field that holds a tab, a line feed or a quote
//! stands in quotes, with the quotes in it doubled, as in CSV.
//!
//! Carriage returns are never written, because R takes one for the end of a row even within quotes. Documents have
//! none, since reading turns them into line feeds; in any other table, a carriage return is written as a line feed.
//!
//! Format 1 had no quotes: a backslash escaped tab, line feed, carriage return and backslash. Its files can still be
//! read.

use std::io::{self, Write};

/// How a field that holds a tab or a line feed is written, which depends on the format version.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Dialect {
    /// By backslash escapes, as in format 1.
    Escaped,
    /// In quotes, as in format 2.
    Quoted,
}

/// Writes rows of tab-separated fields.
///
/// ```
/// use topicmill::model::tsv;
/// let mut out = Vec::new();
/// let mut writer = tsv::Writer::new(&mut out);
/// writer.write_row(["a\tb", "say \"c\"", "d"])?;
/// writer.finish()?;
/// assert_eq!(out, b"\"a\tb\"\t\"say \"\"c\"\"\"\td\n");
/// # Ok::<(), std::io::Error>(())
/// ```
pub struct Writer<'a>(csv::Writer<&'a mut dyn Write>);

impl<'a> Writer<'a> {
    /// A writer that sends rows to `out`.
    pub fn new(out: &'a mut dyn Write) -> Self {
        let mut builder = csv::WriterBuilder::new();
        builder.delimiter(b'\t').terminator(csv::Terminator::Any(b'\n')).flexible(true);
        Self(builder.from_writer(out))
    }

    /// Writes a row and its line end.
    pub fn write_row<'f>(&mut self, fields: impl IntoIterator<Item = &'f str>) -> io::Result<()> {
        for field in fields {
            match field.contains('\r') {
                true => self.0.write_field(field.replace("\r\n", "\n").replace('\r', "\n")),
                false => self.0.write_field(field),
            }?;
        }
        Ok(self.0.write_record(None::<&[u8]>)?)
    }

    /// Flushes the buffer. Without this call, an error of the last write would go unnoticed.
    pub fn finish(mut self) -> io::Result<()> {
        self.0.flush()
    }
}

/// Reads the rows of a table. If a quote is never closed, the rest of the table is one field.
pub fn rows(text: &str, dialect: Dialect) -> Box<dyn Iterator<Item = Vec<String>> + '_> {
    match dialect {
        Dialect::Escaped => Box::new(text.split_terminator('\n').map(|line| line.split('\t').map(unescape).collect())),
        Dialect::Quoted => {
            let mut builder = csv::ReaderBuilder::new();
            builder.delimiter(b'\t').terminator(csv::Terminator::Any(b'\n')).has_headers(false).flexible(true);
            let records = builder.from_reader(text.as_bytes()).into_records();
            // No row can fail: the text is valid UTF-8, and `flexible` allows rows of different lengths.
            Box::new(records.map_while(Result::ok).map(|record| record.iter().map(str::to_string).collect()))
        }
    }
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
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #![proptest_config(crate::random::random_cases(256))]

        #[test]
        fn every_table_comes_back(table in prop::collection::vec(prop::collection::vec("[a\\\\\t\n\" é]{0,6}", 1..5), 0..6)) {
            let mut out = Vec::new();
            let mut writer = Writer::new(&mut out);
            for row in &table {
                writer.write_row(row.iter().map(String::as_str)).unwrap();
            }
            writer.finish().unwrap();
            prop_assert_eq!(rows(&String::from_utf8(out).unwrap(), Dialect::Quoted).collect::<Vec<_>>(), table);
        }
    }

    #[test]
    fn the_escapes_of_format_1_are_read() {
        let read: Vec<_> = rows("a\\tb\tc\\\\d\n\"e\"\t\n", Dialect::Escaped).collect();
        assert_eq!(read, [["a\tb", "c\\d"], ["\"e\"", ""]]);
    }

    #[test]
    fn a_carriage_return_becomes_a_line_feed() {
        let mut out = Vec::new();
        let mut writer = Writer::new(&mut out);
        writer.write_row(["a\rb", "c\r\nd"]).unwrap();
        writer.finish().unwrap();
        assert_eq!(out, b"\"a\nb\"\t\"c\nd\"\n");
    }
}
