//! Writes sparse rows as text: SVMlight, the UCI bag of words, LDA-C, MatrixMarket.

use std::collections::BTreeMap;

use super::matrix_market::HEADER;
use super::{SparseRows, shortest};

/// A row per document, `LABEL COLUMN:VALUE … # ID`, columns from 1 (T. Joachims, SVMlight). Labels are numbered in
/// alphabetical order; -1 is none.
pub(super) fn svm_light(rows: &SparseRows) -> String {
    let mut labels: BTreeMap<&str, usize> = BTreeMap::new();
    rows.labels.iter().filter(|label| !label.is_empty()).for_each(|label| _ = labels.insert(label, 0));
    labels.values_mut().enumerate().for_each(|(number, label)| *label = number);
    let mut out = String::new();
    for (i, row) in rows.rows.iter().enumerate() {
        let label = labels.get(rows.labels[i].as_str()).map_or("-1".to_string(), ToString::to_string);
        out.push_str(&label);
        for (column, value) in row {
            out.push_str(&format!(" {}:{}", column + 1, shortest(*value)));
        }
        out.push_str(&format!(" # {}\n", on_one_line(&rows.ids[i])));
    }
    out
}

/// Documents, terms and nonzeros in a line each, then `DOCUMENT TERM COUNT` from 1 (UCI Machine Learning Repository,
/// *Bag of Words*).
pub(super) fn uci(rows: &SparseRows) -> String {
    let n: usize = rows.rows.iter().map(Vec::len).sum();
    let mut out = format!("{}\n{}\n{n}\n", rows.rows.len(), rows.n_columns);
    for (i, row) in rows.rows.iter().enumerate() {
        row.iter().for_each(|(column, value)| out.push_str(&format!("{} {} {value}\n", i + 1, column + 1)));
    }
    out
}

/// A row per document, `N TERM:COUNT …` from 0 (D. Blei, lda-c).
pub(super) fn lda_c(rows: &SparseRows) -> String {
    let line = |row: &Vec<(u32, f64)>| {
        let entries: String = row.iter().map(|(column, value)| format!(" {column}:{value}")).collect();
        format!("{}{entries}\n", row.len())
    };
    rows.rows.iter().map(line).collect()
}

/// Documents × columns in MatrixMarket coordinates.
pub(super) fn matrix_market(rows: &SparseRows) -> String {
    let n: usize = rows.rows.iter().map(Vec::len).sum();
    let mut out = format!("{HEADER}{} {} {n}\n", rows.rows.len(), rows.n_columns);
    for (i, row) in rows.rows.iter().enumerate() {
        row.iter()
            .for_each(|(column, value)| out.push_str(&format!("{} {} {}\n", i + 1, column + 1, shortest(*value))));
    }
    out
}

/// A row per document, `NUMBER ID SHARE …` with tabs, as MALLET's --output-doc-topics writes it.
pub(super) fn mallet(rows: &SparseRows) -> String {
    let mut out = String::new();
    for (i, row) in rows.rows.iter().enumerate() {
        let total: f64 = row.iter().map(|(_, value)| value).sum();
        let mut shares = vec![0.0; rows.n_columns];
        row.iter().for_each(|(column, value)| shares[*column as usize] = value / total);
        out.push_str(&format!("{i}\t{}", on_one_line(&rows.ids[i])));
        shares.iter().for_each(|share| out.push_str(&format!("\t{}", shortest(*share))));
        out.push('\n');
    }
    out
}

fn on_one_line(text: &str) -> String {
    text.replace(|c: char| c.is_control(), " ")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rows() -> SparseRows {
        SparseRows {
            n_columns: 3,
            rows: vec![vec![(0, 2.0), (2, 1.0)], vec![], vec![(1, 3.0)]],
            ids: vec!["a\nb".into(), "c".into(), "d".into()],
            titles: vec![String::new(); 3],
            labels: vec!["x".into(), String::new(), "w".into()],
        }
    }

    #[test]
    fn each_format_is_what_its_readers_expect() {
        assert_eq!(svm_light(&rows()), "1 1:2 3:1 # a b\n-1 # c\n0 2:3 # d\n");
        assert_eq!(uci(&rows()), "3\n3\n3\n1 1 2\n1 3 1\n3 2 3\n");
        assert_eq!(lda_c(&rows()), "2 0:2 2:1\n0\n1 1:3\n");
        assert_eq!(matrix_market(&rows()).lines().nth(1), Some("3 3 3"));
        assert_eq!(mallet(&rows()).lines().next(), Some("0\ta b\t0.6666666666666666\t0\t0.3333333333333333"));
    }
}
