//! The TSV that we write and read: no quoting; tab, newline, carriage return and backslash are escaped.

/// Adds a row and its line end.
///
/// ```
/// use topicmill::model::tsv;
/// let mut out = String::new();
/// tsv::push_row(&mut out, ["a\tb", "c\\d"]);
/// assert_eq!(out, "a\\tb\tc\\\\d\n");
/// assert_eq!(tsv::rows(&out).next().unwrap(), ["a\tb", "c\\d"]);
/// ```
pub fn push_row<'a>(out: &mut String, fields: impl IntoIterator<Item = &'a str>) {
    for (i, field) in fields.into_iter().enumerate() {
        if i > 0 {
            out.push('\t');
        }
        for c in field.chars() {
            match c {
                '\t' => out.push_str("\\t"),
                '\n' => out.push_str("\\n"),
                '\r' => out.push_str("\\r"),
                '\\' => out.push_str("\\\\"),
                c => out.push(c),
            }
        }
    }
    out.push('\n');
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
            let mut out = String::new();
            for row in &table {
                super::push_row(&mut out, row.iter().map(String::as_str));
            }
            prop_assert_eq!(super::rows(&out).collect::<Vec<_>>(), table);
        }
    }
}
