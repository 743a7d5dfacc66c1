//! Reads ready matrices in MatrixMarket's coordinate format (real, integer or pattern; general or symmetric), and the
//! names of their rows and columns.
//!
//! Format: R. F. Boisvert, R. Pozo, K. A. Remington, *The Matrix Market Exchange Formats: Initial Design*, NISTIR 5935
//! (1996).

use std::io::{BufRead, BufReader, Read};
use std::path::Path;

use super::IngestError;
use super::compression::decompress;
use super::lines::{Line, next_line};
use super::source::{open, open_regular};

/// A sparse matrix in the order and orientation of its file.
#[derive(Clone, Debug, PartialEq)]
pub struct MatrixMarket {
    /// Number of rows.
    pub n_rows: usize,
    /// Number of columns.
    pub n_columns: usize,
    /// Row, column (both from 0) and value of each entry, in the order of the file. Of a symmetric matrix both mirrored
    /// entries are here.
    pub entries: Vec<(u32, u32, f32)>,
    /// Row and column of each entry that is `NaN`: it is missing, and not zero.
    pub missing: Vec<(u32, u32)>,
}

/// A line may have this many bytes: more than any entry or name needs, and little enough to be held in memory.
const LONGEST_LINE: u64 = 1 << 16;

/// Largest number of rows or columns. A header of a few bytes can announce any size, and each row takes memory for its
/// name even if it has no entries.
const MOST_ROWS: usize = 1 << 26;

/// Room is made for at most this many entries in advance, since the file need not have as many as it announces.
const ROOM: usize = 1 << 16;

/// Largest file of names in bytes after decompression: a small compressed file can hold any number of bytes.
const MOST_NAMES_BYTES: u64 = 1 << 30;

/// The size that the header of a MatrixMarket file announces.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MatrixSize {
    /// Number of rows.
    pub n_rows: usize,
    /// Number of columns.
    pub n_columns: usize,
    /// Number of lines with an entry.
    pub n_entries: usize,
}

/// Reads a MatrixMarket file (compressed or not; `-` is standard input). Entries must be finite and not negative, or
/// `NaN` where they are missing.
///
/// `accept` is called with the announced size before any entry is read and may refuse it, since entries and names of
/// that size may not fit in memory. Any other error is [`IngestError::NotFound`], [`IngestError::Io`] or, with the
/// line, [`IngestError::Broken`].
pub fn read_matrix_market<E: From<IngestError>>(
    path: &Path,
    accept: impl FnOnce(MatrixSize) -> Result<(), E>,
) -> Result<MatrixMarket, E> {
    parse_matrix_market(open(path)?, &path.display().to_string(), accept)
}

/// Reads an open stream as [`read_matrix_market`] reads a file; `name` stands in errors.
pub fn parse_matrix_market<E: From<IngestError>>(
    stream: impl Read + Send + 'static,
    name: &str,
    accept: impl FnOnce(MatrixSize) -> Result<(), E>,
) -> Result<MatrixMarket, E> {
    let stream = decompress(Box::new(stream)).map_err(|error| IngestError::io(name, error))?;
    let mut reader = Reader { input: BufReader::new(stream), name: name.to_string(), line: 0 };
    let (size, layout) = reader.head()?;
    accept(size)?;
    Ok(reader.entries(size, layout)?)
}

/// How the entries of a file are written.
#[derive(Clone, Copy)]
struct Layout {
    /// Entries have no value written; each is 1.
    is_pattern: bool,
    /// Only one of two mirrored entries is written.
    is_symmetric: bool,
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
    fn head(&mut self) -> Result<(MatrixSize, Layout), IngestError> {
        let header = self.next(true)?.ok_or_else(|| self.broken("is empty, expected %%MatrixMarket".into()))?;
        let words: Vec<String> = header.split_whitespace().map(str::to_ascii_lowercase).collect();
        let words: Vec<&str> = words.iter().map(String::as_str).collect();
        let layout = match words[..] {
            [
                "%%matrixmarket",
                "matrix",
                "coordinate",
                field @ ("real" | "integer" | "pattern"),
                symmetry @ ("general" | "symmetric"),
            ] => Layout { is_pattern: field == "pattern", is_symmetric: symmetry == "symmetric" },
            _ => {
                let expected = "%%MatrixMarket matrix coordinate real|integer|pattern general|symmetric";
                return Err(self.broken(format!("the header is {header:?}, expected {expected}")));
            }
        };
        let sizes = self.next(false)?.ok_or_else(|| self.broken("the line of sizes is missing".into()))?;
        let numbers: Option<Vec<usize>> = sizes.split_whitespace().map(|word| word.parse().ok()).collect();
        let Some([n_rows, n_columns, n_entries]) = numbers.and_then(|n| <[usize; 3]>::try_from(n).ok()) else {
            return Err(self.broken(format!("found {sizes:?}, expected the numbers of rows, columns and entries")));
        };
        if n_rows.max(n_columns) > MOST_ROWS {
            let limit = format!("the limit is {MOST_ROWS} rows or columns");
            return Err(self.broken(format!("{n_rows} × {n_columns} is too large: {limit}")));
        }
        if layout.is_symmetric && n_rows != n_columns {
            return Err(self.broken(format!("the header says symmetric, the size is {n_rows} × {n_columns}")));
        }
        Ok((MatrixSize { n_rows, n_columns, n_entries }, layout))
    }

    fn entries(&mut self, size: MatrixSize, layout: Layout) -> Result<MatrixMarket, IngestError> {
        let MatrixSize { n_rows, n_columns, n_entries } = size;
        let (mut entries, mut missing) = (Vec::with_capacity(n_entries.min(ROOM)), Vec::new());
        let mut found = 0;
        while let Some(line) = self.next(false)? {
            found += 1;
            if found > n_entries {
                return Err(self.broken(format!("there are more entries than the {n_entries} announced")));
            }
            let (row, column, value) = entry(&line, layout.is_pattern).ok_or_else(|| {
                let expected = if layout.is_pattern { "row and column" } else { "row, column and value" };
                self.broken(format!("found {line:?}, expected {expected}"))
            })?;
            if row == 0 || column == 0 || row > n_rows || column > n_columns {
                let problem = format!("entry ({row}, {column}) lies outside the {n_rows} × {n_columns} matrix");
                return Err(self.broken(problem));
            }
            if value.is_nan() {
                let (row, column) = (row as u32 - 1, column as u32 - 1);
                missing.push((row, column));
                missing.extend((layout.is_symmetric && row != column).then_some((column, row)));
                continue;
            }
            if !(0.0..=f64::from(f32::MAX)).contains(&value) {
                let expected = format!("expected a number from 0 to {:e}", f32::MAX);
                let mut error = self.broken(format!("entry ({row}, {column}) is {value:e}, {expected}"));
                if let IngestError::Broken { hint, .. } = &mut error {
                    *hint = Some("KL-divergence needs non-negative data".into());
                }
                return Err(error);
            }
            let (row, column) = (row as u32 - 1, column as u32 - 1);
            entries.push((row, column, value as f32));
            if layout.is_symmetric && row != column {
                entries.push((column, row, value as f32));
            }
        }
        if found < n_entries {
            return Err(self.broken(format!("ends after {found} entries, expected {n_entries}")));
        }
        Ok(MatrixMarket { n_rows, n_columns, entries, missing })
    }

    /// The next line that is neither blank nor a comment. The header begins with `%` like a comment: `header` lets it
    /// pass.
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

/// Reads the names of `n` rows or columns, one per line; of a line with tabs the first field counts. Up to `n + 1`
/// names are returned, since the first line may be the header of a table; more are an error, and fewer are for the
/// caller to judge.
pub fn read_names(path: &Path, n: usize) -> Result<Vec<String>, IngestError> {
    let name = path.display().to_string();
    let stream = decompress(open_regular(path)?).map_err(|error| IngestError::io(&name, error))?;
    // A compressed kilobyte may hold a gigabyte of names.
    let mut input = BufReader::new(stream.take(MOST_NAMES_BYTES));
    let mut names = Vec::new();
    let mut n_lines = 0;
    loop {
        n_lines += 1;
        let broken = |problem| IngestError::Broken { place: format!("{name}:{n_lines}"), problem, hint: None };
        match next_line(&mut input, LONGEST_LINE) {
            Ok(None) if input.get_ref().limit() == 0 => {
                return Err(broken(format!("the names are longer than {MOST_NAMES_BYTES} bytes")));
            }
            Ok(None) => {
                while names.last().is_some_and(String::is_empty) {
                    names.pop();
                }
                return Ok(names);
            }
            Ok(Some(Line::TooLong)) => return Err(broken("the name is longer than 65,536 bytes".to_string())),
            Ok(Some(Line::Bytes(bytes))) => {
                let line = super::charset::decode_field(&bytes);
                let name = line.split('\t').next().unwrap_or_default().trim().to_string();
                if names.len() <= n {
                    names.push(name);
                } else if !name.is_empty() {
                    return Err(broken(format!("there are more than the {n} names of the matrix")));
                }
            }
            Err(error) => return Err(IngestError::broken_stream(format!("{name}:{n_lines}"), &error)),
        }
    }
}
