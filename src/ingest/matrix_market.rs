//! Ready matrices: MatrixMarket coordinates, real, integer or pattern, general or symmetric.
//!
//! Format: R. F. Boisvert, R. Pozo, K. A. Remington, *The Matrix Market Exchange Formats: Initial Design*, NISTIR 5935
//! (1996).

use std::io::{BufRead, BufReader};
use std::path::Path;

use super::IngestError;
use super::compression::decompress;
use super::lines::{Line, next_line};
use super::source::open;

/// A sparse matrix as it stands in the file.
#[derive(Clone, Debug, PartialEq)]
pub struct MatrixMarket {
    /// Number of rows.
    pub n_rows: usize,
    /// Number of columns.
    pub n_columns: usize,
    /// Row, column (from 0) and value of each entry, in the file's order.
    pub entries: Vec<(u32, u32, f32)>,
}

const LONGEST_LINE: u64 = 1 << 16;

/// Most rows or columns, so that a few bytes of a header cannot ask for all memory.
const MOST_ROWS: usize = 1 << 26;

/// Reads a MatrixMarket file (`.gz`, `.zst` and `.bz2` too; `-` is standard input). Entries must be finite and not
/// negative.
pub fn read_matrix_market(path: &Path) -> Result<MatrixMarket, IngestError> {
    let name = path.display().to_string();
    let stream = decompress(open(path)?).map_err(|error| IngestError::io(&name, error))?;
    let mut reader = Reader { input: BufReader::new(stream), name, line: 0 };
    let header = reader.next(true)?.ok_or_else(|| reader.broken("is empty, expected %%MatrixMarket".into()))?;
    let words: Vec<String> = header.split_whitespace().map(str::to_ascii_lowercase).collect();
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    let (pattern, symmetric) = match words[..] {
        [
            "%%matrixmarket",
            "matrix",
            "coordinate",
            field @ ("real" | "integer" | "pattern"),
            symmetry @ ("general" | "symmetric"),
        ] => (field == "pattern", symmetry == "symmetric"),
        _ => {
            let expected = "%%MatrixMarket matrix coordinate real|integer|pattern general|symmetric";
            return Err(reader.broken(format!("the header is {header:?}, expected {expected}")));
        }
    };
    let sizes = reader.next(false)?.ok_or_else(|| reader.broken("the line of sizes is missing".into()))?;
    let numbers: Option<Vec<usize>> = sizes.split_whitespace().map(|word| word.parse().ok()).collect();
    let Some([n_rows, n_columns, n_entries]) = numbers.and_then(|numbers| <[usize; 3]>::try_from(numbers).ok()) else {
        return Err(reader.broken(format!("found {sizes:?}, expected the numbers of rows, columns and entries")));
    };
    if n_rows.max(n_columns) > MOST_ROWS {
        return Err(
            reader.broken(format!("{n_rows} × {n_columns} is too large: the limit is {MOST_ROWS} rows or columns"))
        );
    }
    if symmetric && n_rows != n_columns {
        return Err(reader.broken(format!("the header says symmetric, the size is {n_rows} × {n_columns}")));
    }
    let mut entries = Vec::with_capacity(n_entries.min(1 << 24));
    let mut found = 0;
    while let Some(line) = reader.next(false)? {
        found += 1;
        if found > n_entries {
            return Err(reader.broken(format!("there are more entries than the {n_entries} announced")));
        }
        let (row, column, value) = entry(&line, pattern).ok_or_else(|| {
            let expected = if pattern { "row and column" } else { "row, column and value" };
            reader.broken(format!("found {line:?}, expected {expected}"))
        })?;
        if row == 0 || column == 0 || row > n_rows || column > n_columns {
            return Err(
                reader.broken(format!("entry ({row}, {column}) lies outside the {n_rows} × {n_columns} matrix"))
            );
        }
        if !(0.0..=f64::from(f32::MAX)).contains(&value) {
            let mut error = reader
                .broken(format!("entry ({row}, {column}) is {value:e}, expected a number from 0 to {:e}", f32::MAX));
            if let IngestError::Broken { hint, .. } = &mut error {
                *hint = Some("KL-divergence needs non-negative data".into());
            }
            return Err(error);
        }
        let (row, column) = (row as u32 - 1, column as u32 - 1);
        entries.push((row, column, value as f32));
        if symmetric && row != column {
            entries.push((column, row, value as f32));
        }
    }
    if found < n_entries {
        return Err(reader.broken(format!("ends after {found} entries, expected {n_entries}")));
    }
    Ok(MatrixMarket { n_rows, n_columns, entries })
}

fn entry(line: &str, pattern: bool) -> Option<(usize, usize, f64)> {
    let mut words = line.split_whitespace();
    let row = words.next()?.parse().ok()?;
    let column = words.next()?.parse().ok()?;
    let value = if pattern { 1.0 } else { words.next()?.parse().ok()? };
    words.next().is_none().then_some((row, column, value))
}

struct Reader<R> {
    input: R,
    name: String,
    line: u64,
}

impl<R: BufRead> Reader<R> {
    /// The next line that is not blank nor (unless `header`) a comment.
    fn next(&mut self, header: bool) -> Result<Option<String>, IngestError> {
        loop {
            self.line += 1;
            let line = next_line(&mut self.input, LONGEST_LINE)
                .map_err(|error| IngestError::broken_stream(format!("{}:{}", self.name, self.line), &error))?;
            match line {
                None => return Ok(None),
                Some(Line::TooLong) => return Err(self.broken("the line is longer than 65,536 bytes".into())),
                Some(Line::Bytes(bytes)) => {
                    let line = String::from_utf8_lossy(&bytes).trim_start_matches('\u{feff}').trim().to_string();
                    if !line.is_empty() && (header || !line.starts_with('%')) {
                        return Ok(Some(line));
                    }
                }
            }
        }
    }

    fn broken(&self, problem: String) -> IngestError {
        IngestError::Broken { place: format!("{}:{}", self.name, self.line), problem, hint: None }
    }
}

/// Names of rows or columns, one a line; of a line with tabs the first field.
pub fn read_names(path: &Path) -> Result<Vec<String>, IngestError> {
    let name = path.display().to_string();
    let stream = decompress(open(path)?).map_err(|error| IngestError::io(&name, error))?;
    let mut input = BufReader::new(stream);
    let mut names = Vec::new();
    loop {
        let place = || format!("{name}:{}", names.len() + 1);
        match next_line(&mut input, LONGEST_LINE).map_err(|error| IngestError::broken_stream(place(), &error))? {
            None => {
                while names.last().is_some_and(String::is_empty) {
                    names.pop();
                }
                return Ok(names);
            }
            Some(Line::TooLong) => {
                let problem = "the name is longer than 65,536 bytes".to_string();
                return Err(IngestError::Broken { place: place(), problem, hint: None });
            }
            Some(Line::Bytes(bytes)) => {
                let line = super::charset::decode_field(&bytes);
                names.push(line.split('\t').next().unwrap_or_default().trim().to_string());
            }
        }
    }
}
