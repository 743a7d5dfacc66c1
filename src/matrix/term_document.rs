//! V in memory: twice CSR, by document and by term.

use std::ops::Range;

use rayon::prelude::*;
use sprs::{CsMatI, CsMatViewI};

use super::MatrixError;

/// Rows of a task.
const TASK_ROWS: usize = 256;

/// Sparse rows under construction.
#[derive(Clone, Debug, PartialEq)]
pub struct SparseRows {
    /// Row pointers, one more than rows.
    pub indptr: Vec<u64>,
    /// Column of each entry, ascending within a row.
    pub indices: Vec<u32>,
    /// The entries.
    pub data: Vec<f32>,
}

impl Default for SparseRows {
    fn default() -> Self {
        Self { indptr: vec![0], indices: Vec::new(), data: Vec::new() }
    }
}

impl SparseRows {
    /// Adds a row behind the others; its columns ascend.
    pub fn push(&mut self, row: impl IntoIterator<Item = (u32, f32)>) {
        for (index, value) in row {
            self.indices.push(index);
            self.data.push(value);
        }
        self.indptr.push(self.indices.len() as u64);
    }

    /// The rows of all parts, in order.
    pub fn concatenate(parts: Vec<Self>) -> Self {
        let n = parts.iter().map(|part| part.data.len()).sum();
        let mut all = Self { indptr: vec![0], indices: Vec::with_capacity(n), data: Vec::with_capacity(n) };
        for part in parts {
            let offset = all.indices.len() as u64;
            all.indptr.extend(part.indptr[1..].iter().map(|end| end + offset));
            all.indices.extend(part.indices);
            all.data.extend(part.data);
        }
        all
    }

    /// Number of rows.
    pub fn n_rows(&self) -> usize {
        self.indptr.len() - 1
    }
}

/// V, terms × documents, sparse, non-negative, in both orientations (each the other's transpose): 16 bytes per nonzero.
///
/// ```
/// use topicmill::matrix::TermDocumentMatrix;
/// let v = TermDocumentMatrix::from_triplets(2, 3, &[(0, 0, 1.0), (1, 2, 4.0), (1, 2, 1.0)]).unwrap();
/// assert_eq!((v.n_terms(), v.n_documents(), v.n_nonzeros()), (2, 3, 2));
/// assert_eq!(v.term(1), (&[2][..], &[5.0][..]));
/// assert_eq!(v.document(1), (&[][..], &[][..]));
/// assert_eq!(v.total(), 6.0);
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct TermDocumentMatrix {
    /// documents × terms, CSR: the columns of V.
    by_document: CsMatI<f32, u32, u64>,
    /// terms × documents, CSR: the rows of V.
    by_term: CsMatI<f32, u32, u64>,
}

impl TermDocumentMatrix {
    /// V from its documents' rows of (term, weight). Entries must be positive and finite.
    pub fn from_documents(n_terms: usize, documents: SparseRows) -> Result<Self, MatrixError> {
        let n_documents = documents.n_rows();
        for (what, n) in [("terms", n_terms), ("documents", n_documents)] {
            if u32::try_from(n).is_err() {
                return Err(MatrixError::TooLarge { what, n });
            }
        }
        let entries = documents.indices.len();
        let pointers = documents.indptr.windows(2).all(|pair| pair[0] <= pair[1]);
        let ends = documents.indptr.first() == Some(&0) && documents.indptr.last() == Some(&(entries as u64));
        if !pointers
            || !ends
            || documents.data.len() != entries
            || documents.indices.par_iter().any(|&t| t as usize >= n_terms)
        {
            return Err(MatrixError::Shape("the rows are not a sparse matrix of these terms".into()));
        }
        let bad = documents.data.par_iter().position_first(|&value| !(value > 0.0 && value.is_finite()));
        if let Some(at) = bad {
            let (term, value) = (documents.indices[at] as usize + 1, f64::from(documents.data[at]));
            let document = documents.indptr.partition_point(|&pointer| pointer <= at as u64);
            return Err(MatrixError::Entry { term, document, value });
        }
        // Checked before it is transposed: rows must ascend.
        let by_document = matrix((n_documents, n_terms), documents)?;
        let transposed = transpose(&by_document, n_terms);
        Ok(Self { by_document, by_term: matrix((n_terms, n_documents), transposed)? })
    }

    /// V from (term, document, value) in any order; values of the same place are added up, zeros left out.
    pub fn from_triplets(
        n_terms: usize,
        n_documents: usize,
        triplets: &[(u32, u32, f32)],
    ) -> Result<Self, MatrixError> {
        let mut rows: Vec<Vec<(u32, f32)>> = vec![Vec::new(); n_documents];
        for &(term, document, value) in triplets {
            let (term_at, document_at) = (term as usize, document as usize);
            if term_at >= n_terms || document_at >= n_documents {
                let place = format!("entry ({}, {})", term_at + 1, document_at + 1);
                return Err(MatrixError::Shape(format!("{place} lies outside the {n_terms} × {n_documents} matrix")));
            }
            if !(value >= 0.0 && value.is_finite()) {
                let (term, document, value) = (term_at + 1, document_at + 1, f64::from(value));
                return Err(MatrixError::Entry { term, document, value });
            }
            rows[document_at].push((term, value));
        }
        let mut documents = SparseRows::default();
        for row in &mut rows {
            row.sort_by_key(|(term, _)| *term);
            row.dedup_by(|next, first| {
                let same = next.0 == first.0;
                if same {
                    first.1 += next.1;
                }
                same
            });
            row.retain(|(_, value)| *value > 0.0);
            documents.push(row.iter().copied());
        }
        Self::from_documents(n_terms, documents)
    }

    /// V times a power of two; no digit changes.
    pub fn scaled(&self, exponent: i32) -> Self {
        let mut scaled = self.clone();
        for orientation in [&mut scaled.by_document, &mut scaled.by_term] {
            orientation.data_mut().par_iter_mut().for_each(|value| *value = libm::ldexpf(*value, exponent));
        }
        scaled
    }

    /// Number of terms (rows of V).
    pub fn n_terms(&self) -> usize {
        self.by_term.rows()
    }

    /// Number of documents (columns of V).
    pub fn n_documents(&self) -> usize {
        self.by_document.rows()
    }

    /// Number of stored entries.
    pub fn n_nonzeros(&self) -> usize {
        self.by_term.data().len()
    }

    /// A document's terms and weights: a column of V.
    pub fn document(&self, document: usize) -> (&[u32], &[f32]) {
        row(&self.by_document, document)
    }

    /// A document's (term, weight), one after another.
    pub fn entries(&self, document: usize) -> impl Iterator<Item = (u32, f32)> {
        let (terms, values) = self.document(document);
        terms.iter().copied().zip(values.iter().copied())
    }

    /// A term's documents and weights: a row of V.
    pub fn term(&self, term: usize) -> (&[u32], &[f32]) {
        row(&self.by_term, term)
    }

    /// The columns of V as a documents × terms CSR view; its `indptr`, `indices` and `data` can be borrowed.
    pub fn by_document(&self) -> CsMatViewI<'_, f32, u32, u64> {
        self.by_document.view()
    }

    /// The rows of V as a terms × documents CSR view.
    pub fn by_term(&self) -> CsMatViewI<'_, f32, u32, u64> {
        self.by_term.view()
    }

    /// Sum of all entries.
    pub fn total(&self) -> f64 {
        self.document_weights().iter().sum()
    }

    /// Sum of a document's weights.
    pub fn document_weight(&self, document: usize) -> f64 {
        self.document(document).1.iter().map(|&value| f64::from(value)).sum()
    }

    /// Sum of a term's weights.
    pub fn term_weight(&self, term: usize) -> f64 {
        self.term(term).1.iter().map(|&value| f64::from(value)).sum()
    }

    /// [`TermDocumentMatrix::document_weight`] of every document.
    pub fn document_weights(&self) -> Vec<f64> {
        (0..self.n_documents()).into_par_iter().with_min_len(TASK_ROWS).map(|d| self.document_weight(d)).collect()
    }

    /// [`TermDocumentMatrix::term_weight`] of every term.
    pub fn term_weights(&self) -> Vec<f64> {
        (0..self.n_terms()).into_par_iter().with_min_len(TASK_ROWS).map(|t| self.term_weight(t)).collect()
    }

    /// V with every term's row and every document's column multiplied by a weight above 0; none where a slice is empty.
    ///
    /// The divergence is homogeneous: a fit of diag(ω) V diag(δ) minimises Σ ω_t δ_d D(V_td ‖ (W'H')_td) with
    /// W' = diag(1/ω) W and H' = H diag(1/δ).
    ///
    /// ```
    /// use topicmill::matrix::TermDocumentMatrix;
    /// let v = TermDocumentMatrix::from_triplets(2, 1, &[(0, 0, 1.0), (1, 0, 4.0)]).unwrap();
    /// assert_eq!(v.weighted(&[2.0, 1.0], &[3.0]).unwrap().document(0).1, [6.0, 12.0]);
    /// ```
    pub fn weighted(&self, terms: &[f32], documents: &[f32]) -> Result<Self, MatrixError> {
        for (what, weights, n) in [("terms", terms, self.n_terms()), ("documents", documents, self.n_documents())] {
            if !weights.is_empty() && weights.len() != n {
                return Err(MatrixError::Shape(format!("{} weights for {n} {what}", weights.len())));
            }
        }
        let weight = |weights: &[f32], at: usize| weights.get(at).copied().unwrap_or(1.0);
        let mut rows = SparseRows::default();
        for document in 0..self.n_documents() {
            let of_document = weight(documents, document);
            rows.push(self.entries(document).map(|(term, x)| (term, x * weight(terms, term as usize) * of_document)));
        }
        Self::from_documents(self.n_terms(), rows)
    }

    /// Documents with one entry at least.
    pub fn n_nonempty_documents(&self) -> usize {
        (0..self.n_documents()).filter(|&d| !self.document(d).0.is_empty()).count()
    }

    /// Terms with one entry at least.
    pub fn n_nonempty_terms(&self) -> usize {
        (0..self.n_terms()).filter(|&t| !self.term(t).0.is_empty()).count()
    }
}

/// Rows, which must ascend, as a sparse matrix.
fn matrix(shape: (usize, usize), rows: SparseRows) -> Result<CsMatI<f32, u32, u64>, MatrixError> {
    let SparseRows { indptr, indices, data } = rows;
    CsMatI::try_new(shape, indptr, indices, data)
        .map_err(|(_, _, _, error)| MatrixError::Shape(format!("the rows are not a sparse matrix: {error}")))
}

fn row(matrix: &CsMatI<f32, u32, u64>, row: usize) -> (&[u32], &[f32]) {
    let indptr = matrix.indptr();
    let pointers = indptr.raw_storage();
    let range = pointers[row] as usize..pointers[row + 1] as usize;
    (&matrix.indices()[range.clone()], &matrix.data()[range])
}

/// Columns become rows, each with ascending indices; ranges of columns are written side by side. The columns of a row
/// ascend.
fn transpose(rows: &CsMatI<f32, u32, u64>, n_columns: usize) -> SparseRows {
    let mut indptr = vec![0_u64; n_columns + 1];
    for &column in rows.indices() {
        indptr[column as usize + 1] += 1;
    }
    for column in 0..n_columns {
        indptr[column + 1] += indptr[column];
    }
    let (mut indices, mut data) = (vec![0_u32; rows.nnz()], vec![0.0_f32; rows.nnz()]);
    let (mut rest, mut first) = ((&mut indices[..], &mut data[..]), 0);
    let n_ranges = rayon::current_num_threads() as u64;
    rayon::scope(|scope| {
        for range in 1..=n_ranges {
            let share = rows.nnz() as u64 * range / n_ranges;
            let last = if range == n_ranges { n_columns } else { indptr.partition_point(|&at| at < share) };
            let last = last.clamp(first, n_columns);
            let pointers = &indptr[first..=last];
            let length = (indptr[last] - indptr[first]) as usize;
            let (indices, later_indices) = rest.0.split_at_mut(length);
            let (data, later_data) = rest.1.split_at_mut(length);
            rest = (later_indices, later_data);
            let columns = first as u32..last as u32;
            scope.spawn(move |_| transpose_columns(rows, columns, pointers, indices, data));
            first = last;
        }
    });
    SparseRows { indptr, indices, data }
}

/// Writes a range of columns as rows, which begin at `pointers` of the whole.
fn transpose_columns(
    rows: &CsMatI<f32, u32, u64>,
    columns: Range<u32>,
    pointers: &[u64],
    indices: &mut [u32],
    data: &mut [f32],
) {
    let mut next: Vec<usize> = pointers.iter().map(|&at| (at - pointers[0]) as usize).collect();
    for index in 0..rows.rows() {
        let (of_row, values) = row(rows, index);
        let place = |column: u32| of_row.partition_point(|&c| c < column);
        for at in place(columns.start)..place(columns.end) {
            let place = &mut next[(of_row[at] - columns.start) as usize];
            indices[*place] = index as u32;
            data[*place] = values[at];
            *place += 1;
        }
    }
}
