//! The term-document matrix V in memory. It is stored twice, by document and by term, since each half-step of a
//! factorisation runs over the rows of one orientation.

use std::ops::Range;
use std::sync::OnceLock;

use rayon::prelude::*;
use sprs::{CsMatI, CsMatViewI};

use super::MatrixError;

/// Entries that a parallel task checks.
const TASK_ENTRIES: usize = 1 << 14;

/// A parallel task sums at least this many rows: one row is too little work to be worth a task.
const TASK_ROWS: usize = 256;

/// A sparse matrix in CSR form that is built row by row.
#[derive(Clone, Debug, PartialEq)]
pub struct SparseRows {
    /// Row pointers, one more than there are rows: row i has the entries `indptr[i]..indptr[i + 1]`.
    pub indptr: Vec<u64>,
    /// Column of each entry, ascending within a row.
    pub indices: Vec<u32>,
    /// Value of each entry.
    pub data: Vec<f32>,
}

impl Default for SparseRows {
    fn default() -> Self {
        Self { indptr: vec![0], indices: Vec::new(), data: Vec::new() }
    }
}

impl SparseRows {
    /// Appends a row of (column, value), whose columns must ascend.
    pub fn push(&mut self, row: impl IntoIterator<Item = (u32, f32)>) {
        for (index, value) in row {
            self.indices.push(index);
            self.data.push(value);
        }
        self.indptr.push(self.indices.len() as u64);
    }

    /// No rows, with room for so many entries.
    pub fn with_capacity(n_entries: usize) -> Self {
        Self { indptr: vec![0], indices: Vec::with_capacity(n_entries), data: Vec::with_capacity(n_entries) }
    }

    /// Adds other rows behind these.
    pub fn append(&mut self, other: Self) {
        let offset = self.indices.len() as u64;
        self.indptr.extend(other.indptr[1..].iter().map(|end| end + offset));
        self.indices.extend(other.indices);
        self.data.extend(other.data);
    }

    /// Gives memory back that was taken for more entries.
    pub(super) fn shrink(&mut self) {
        self.indptr.shrink_to_fit();
        self.indices.shrink_to_fit();
        self.data.shrink_to_fit();
    }

    /// Number of rows.
    pub fn n_rows(&self) -> usize {
        self.indptr.len() - 1
    }
}

/// The term-document matrix V (terms × documents), sparse and non-negative. It is stored in both orientations, each the
/// transpose of the other, and takes 16 bytes per nonzero; half of that where it was made of documents
/// [alone](TermDocumentMatrix::from_documents_alone) and nobody has asked for its rows.
///
/// ```
/// use topicmill::matrix::TermDocumentMatrix;
/// let v = TermDocumentMatrix::from_triplets(2, 3, &[(0, 0, 1.0), (1, 2, 4.0), (1, 2, 1.0)]).unwrap();
/// assert_eq!((v.n_terms(), v.n_documents(), v.n_nonzeros()), (2, 3, 2));
/// assert_eq!(v.term(1), (&[2][..], &[5.0][..]));
/// assert_eq!(v.document(1), (&[][..], &[][..]));
/// assert_eq!(v.total(), 6.0);
/// ```
#[derive(Clone, Debug)]
pub struct TermDocumentMatrix {
    /// The columns of V: documents × terms in CSR form.
    by_document: CsMatI<f32, u32, u64>,
    /// The rows of V: terms × documents in CSR form, made when they are needed.
    by_term: OnceLock<CsMatI<f32, u32, u64>>,
}

impl PartialEq for TermDocumentMatrix {
    fn eq(&self, other: &Self) -> bool {
        self.by_document == other.by_document
    }
}

impl TermDocumentMatrix {
    /// V from rows of (term, weight), one per document. Fails if there are more terms or documents than 32-bit numbers
    /// can count, if the rows are not a sparse matrix of `n_terms` columns, or if an entry is not positive and finite.
    pub fn from_documents(n_terms: usize, documents: SparseRows) -> Result<Self, MatrixError> {
        let v = Self::from_documents_alone(n_terms, documents)?;
        v.rows_by_term();
        Ok(v)
    }

    /// As [`TermDocumentMatrix::from_documents`], but stores the rows of V only once somebody asks for them.
    pub fn from_documents_alone(n_terms: usize, documents: SparseRows) -> Result<Self, MatrixError> {
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
            || documents.indices.par_chunks(TASK_ENTRIES).any(|terms| terms.iter().any(|&t| t as usize >= n_terms))
        {
            return Err(MatrixError::Rows { n_columns: n_terms });
        }
        let is_good = |&value: &f32| value > 0.0 && value.is_finite();
        let bad = documents.data.par_chunks(TASK_ENTRIES).enumerate().find_map_first(|(task, values)| {
            let all = values.iter().fold(true, |all, value| all & is_good(value));
            if all { None } else { values.iter().position(|value| !is_good(value)).map(|at| task * TASK_ENTRIES + at) }
        });
        if let Some(at) = bad {
            let (term, value) = (documents.indices[at] as usize + 1, f64::from(documents.data[at]));
            let document = documents.indptr.partition_point(|&pointer| pointer <= at as u64);
            return Err(MatrixError::Entry { term, document, value });
        }
        // `matrix` checks that the terms of each row ascend, which `transpose` relies on.
        Ok(Self { by_document: matrix((n_documents, n_terms), documents)?, by_term: OnceLock::new() })
    }

    fn rows_by_term(&self) -> &CsMatI<f32, u32, u64> {
        self.by_term.get_or_init(|| {
            let (n_terms, n_documents) = (self.n_terms(), self.n_documents());
            let SparseRows { indptr, indices, data } = transpose(&self.by_document, n_terms);
            CsMatI::new((n_terms, n_documents), indptr, indices, data)
        })
    }

    /// V from (term, document, value) triplets in any order. Values at the same place are added, and zeros are left
    /// out. Fails if a triplet lies outside of the matrix or its value is negative or not finite.
    pub fn from_triplets(
        n_terms: usize,
        n_documents: usize,
        triplets: &[(u32, u32, f32)],
    ) -> Result<Self, MatrixError> {
        let mut rows: Vec<Vec<(u32, f32)>> = vec![Vec::new(); n_documents];
        for &(term, document, value) in triplets {
            let (term_at, document_at) = (term as usize, document as usize);
            if term_at >= n_terms || document_at >= n_documents {
                let (term, document) = (term_at + 1, document_at + 1);
                return Err(MatrixError::Outside { term, document, n_terms, n_documents });
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

    /// V times 2^`exponent`. Only the exponents of the entries change, so that no precision is lost unless an entry
    /// overflows or underflows.
    pub fn scaled(&self, exponent: i32) -> Self {
        let mut scaled = self.clone();
        for orientation in [Some(&mut scaled.by_document), scaled.by_term.get_mut()].into_iter().flatten() {
            orientation.data_mut().par_iter_mut().for_each(|value| *value = libm::ldexpf(*value, exponent));
        }
        scaled
    }

    /// Number of terms (rows of V).
    pub fn n_terms(&self) -> usize {
        self.by_document.cols()
    }

    /// Number of documents (columns of V).
    pub fn n_documents(&self) -> usize {
        self.by_document.rows()
    }

    /// Number of stored entries.
    pub fn n_nonzeros(&self) -> usize {
        self.by_document.data().len()
    }

    /// The terms of a document, ascending, and their weights: a column of V.
    pub fn document(&self, document: usize) -> (&[u32], &[f32]) {
        row(&self.by_document, document)
    }

    /// Where the entries of a document stand among all entries in the order of documents, in which values beside V's
    /// own are kept.
    pub fn document_range(&self, document: usize) -> Range<usize> {
        let indptr = self.by_document.indptr();
        let pointers = indptr.raw_storage();
        pointers[document] as usize..pointers[document + 1] as usize
    }

    /// As [`TermDocumentMatrix::document_range`], for the entries of a term in the order of terms.
    pub fn term_range(&self, term: usize) -> Range<usize> {
        let indptr = self.rows_by_term().indptr();
        let pointers = indptr.raw_storage();
        pointers[term] as usize..pointers[term + 1] as usize
    }

    /// The place in the order of terms of an entry by its place in the order of documents.
    pub(super) fn place_by_term(&self, entry: usize) -> usize {
        let pointers = self.by_document.indptr();
        let document = pointers.raw_storage().partition_point(|&pointer| pointer <= entry as u64) - 1;
        let term = self.by_document.indices()[entry] as usize;
        self.term_range(term).start + self.term(term).0.partition_point(|&other| (other as usize) < document)
    }

    /// Values that are given for V's entries in the order of documents, in the order of terms.
    ///
    /// ```
    /// use topicmill::matrix::TermDocumentMatrix;
    /// let v = TermDocumentMatrix::from_triplets(2, 2, &[(0, 0, 1.0), (1, 0, 1.0), (0, 1, 1.0)]).unwrap();
    /// assert_eq!(v.in_order_of_terms(&[1.0, 2.0, 3.0]), [1.0, 3.0, 2.0]);
    /// ```
    pub fn in_order_of_terms<T: Copy + Default>(&self, values: &[T]) -> Vec<T> {
        let mut ordered = vec![T::default(); values.len()];
        let (by_term, by_document) = (self.rows_by_term().indptr(), self.by_document.indices());
        let mut next = by_term.raw_storage().to_vec();
        for (&term, &value) in by_document.iter().zip(values) {
            let place = &mut next[term as usize];
            ordered[*place as usize] = value;
            *place += 1;
        }
        ordered
    }

    /// The (term, weight) pairs of a document, ascending by term.
    pub fn entries(&self, document: usize) -> impl Iterator<Item = (u32, f32)> {
        let (terms, values) = self.document(document);
        terms.iter().copied().zip(values.iter().copied())
    }

    /// The documents of a term, ascending, and their weights: a row of V.
    pub fn term(&self, term: usize) -> (&[u32], &[f32]) {
        row(self.rows_by_term(), term)
    }

    /// The columns of V as a documents × terms CSR view; its `indptr`, `indices` and `data` can be borrowed.
    pub fn by_document(&self) -> CsMatViewI<'_, f32, u32, u64> {
        self.by_document.view()
    }

    /// The rows of V as a terms × documents CSR view.
    pub fn by_term(&self) -> CsMatViewI<'_, f32, u32, u64> {
        self.rows_by_term().view()
    }

    /// Sum of all entries, in f64.
    pub fn total(&self) -> f64 {
        self.document_sums().iter().sum()
    }

    /// Sum of the weights of a document, in f64.
    pub fn document_sum(&self, document: usize) -> f64 {
        self.document(document).1.iter().map(|&value| f64::from(value)).sum()
    }

    /// Sum of the weights of a term, in f64.
    pub fn term_sum(&self, term: usize) -> f64 {
        self.term(term).1.iter().map(|&value| f64::from(value)).sum()
    }

    /// [`TermDocumentMatrix::document_sum`] of every document.
    pub fn document_sums(&self) -> Vec<f64> {
        (0..self.n_documents()).into_par_iter().with_min_len(TASK_ROWS).map(|d| self.document_sum(d)).collect()
    }

    /// [`TermDocumentMatrix::term_sum`] of every term.
    pub fn term_sums(&self) -> Vec<f64> {
        // The rows are made before the tasks begin, because a task must not wait for another one that makes them.
        self.rows_by_term();
        (0..self.n_terms()).into_par_iter().with_min_len(TASK_ROWS).map(|t| self.term_sum(t)).collect()
    }

    /// V with the row of each term and the column of each document multiplied by a weight above 0. An empty slice
    /// stands for weights of 1. Fails if a slice has another length, or if a product is not positive and finite.
    ///
    /// The KL divergence is homogeneous, D(cx ‖ cy) = c D(x ‖ y). So a fit W H of diag(ω) V diag(δ) minimises the
    /// weighted sum Σ ω_t δ_d D(V_td ‖ (W'H')_td), with W' = diag(1/ω) W and H' = H diag(1/δ).
    ///
    /// ```
    /// use topicmill::matrix::TermDocumentMatrix;
    /// let v = TermDocumentMatrix::from_triplets(2, 1, &[(0, 0, 1.0), (1, 0, 4.0)]).unwrap();
    /// assert_eq!(v.weighted(&[2.0, 1.0], &[3.0]).unwrap().document(0).1, [6.0, 12.0]);
    /// ```
    pub fn weighted(&self, terms: &[f32], documents: &[f32]) -> Result<Self, MatrixError> {
        for (what, weights, n) in [("terms", terms, self.n_terms()), ("documents", documents, self.n_documents())] {
            if !weights.is_empty() && weights.len() != n {
                return Err(MatrixError::Weights { what, found: weights.len(), expected: n });
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

    /// Number of documents with at least one entry.
    pub fn n_nonempty_documents(&self) -> usize {
        (0..self.n_documents()).filter(|&d| !self.document(d).0.is_empty()).count()
    }

    /// Number of terms with at least one entry.
    pub fn n_nonempty_terms(&self) -> usize {
        (0..self.n_terms()).filter(|&t| !self.term(t).0.is_empty()).count()
    }
}

/// The rows as a sparse matrix of this shape (rows, columns). Fails if the columns of a row do not ascend.
fn matrix(shape: (usize, usize), rows: SparseRows) -> Result<CsMatI<f32, u32, u64>, MatrixError> {
    let SparseRows { indptr, indices, data } = rows;
    CsMatI::try_new(shape, indptr, indices, data).map_err(|_| MatrixError::Rows { n_columns: shape.1 })
}

fn row(matrix: &CsMatI<f32, u32, u64>, row: usize) -> (&[u32], &[f32]) {
    let indptr = matrix.indptr();
    let pointers = indptr.raw_storage();
    let range = pointers[row] as usize..pointers[row + 1] as usize;
    (&matrix.indices()[range.clone()], &matrix.data()[range])
}

/// The transpose of a matrix whose rows have ascending columns; so have the rows of the result. Ranges of columns with
/// about equal numbers of entries are transposed in parallel, each into its own part of the result.
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

/// Writes a range of columns as rows into `indices` and `data`. `pointers` are the row pointers of the range in the
/// whole transpose.
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
