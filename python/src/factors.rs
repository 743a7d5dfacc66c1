//! V ≈ W H of scikit-learn's matrices, samples × features: samples are documents and features are terms.

use std::sync::Arc;

use ndarray::{Array2, ArrayView2};
use numpy::{IntoPyArray, PyReadonlyArray1, PyReadonlyArray2};
use pyo3::prelude::*;
use pyo3::types::PyDict;
use rayon::prelude::*;
use topicmill::Error;
use topicmill::factorize::{Canonical, FactorMatrix, FixedTopics, FoldIn, Origin, Start, fit, objective};
use topicmill::matrix::{SparseRows, TermDocumentMatrix};

use crate::config::Config;
use crate::errors::{OrRaise, data_error};
use crate::work::{Fitting, Watched, work};

/// Documents whose topics are solved as one task.
const TASK_DOCUMENTS: usize = 256;

/// Where the largest entry is beyond these, the matrix is divided by a power of two, so that f32 can hold it.
const LARGEST: f64 = 1e15;
const SMALLEST: f64 = 1e-15;

/// A canonical CSR matrix in SciPy's arrays, which are read where they lie.
#[derive(FromPyObject)]
pub(crate) struct Csr<'py> {
    indptr: Integers<'py>,
    indices: Integers<'py>,
    data: Numbers<'py>,
    shape: (usize, usize),
}

#[derive(FromPyObject)]
enum Integers<'py> {
    Single(PyReadonlyArray1<'py, i32>),
    Double(PyReadonlyArray1<'py, i64>),
}

#[derive(FromPyObject)]
enum Numbers<'py> {
    Single(PyReadonlyArray1<'py, f32>),
    Double(PyReadonlyArray1<'py, f64>),
}

impl Integers<'_> {
    fn collect<T: Send>(&self, convert: impl Fn(i64) -> T + Sync) -> PyResult<Vec<T>> {
        Ok(match self {
            Self::Single(array) => array.as_slice()?.iter().map(|&integer| convert(integer.into())).collect(),
            Self::Double(array) => array.as_slice()?.iter().map(|&integer| convert(integer)).collect(),
        })
    }
}

impl Numbers<'_> {
    fn any(&self, is: impl Fn(f64) -> bool) -> PyResult<bool> {
        Ok(match self {
            Self::Single(array) => array.as_slice()?.iter().any(|&number| is(number.into())),
            Self::Double(array) => array.as_slice()?.iter().any(|&number| is(number)),
        })
    }

    fn largest(&self) -> PyResult<f64> {
        Ok(match self {
            Self::Single(array) => array.as_slice()?.iter().fold(0.0, |largest, &number| number.max(largest)).into(),
            Self::Double(array) => array.as_slice()?.iter().fold(0.0, |largest, &number| number.max(largest)),
        })
    }

    /// The numbers divided by a power of two.
    fn collect(&self, exponent: i32) -> PyResult<Vec<f32>> {
        // One factor would overflow where the numbers are the smallest that there are.
        let (half, rest) = (-exponent / 2, -exponent - -exponent / 2);
        let (half, rest) = (f64::from(half).exp2(), f64::from(rest).exp2());
        Ok(match self {
            Self::Single(array) if exponent == 0 => array.as_slice()?.to_vec(),
            Self::Single(array) => array.as_slice()?.iter().map(|&n| (f64::from(n) * half * rest) as f32).collect(),
            Self::Double(array) => array.as_slice()?.iter().map(|&number| (number * half * rest) as f32).collect(),
        })
    }
}

/// Rows of f32 with indices of u32, and the power of two that they were divided by.
struct Scaled {
    rows: SparseRows,
    n_columns: usize,
    exponent: i32,
}

impl Csr<'_> {
    /// Number of columns.
    pub(crate) fn n_columns(&self) -> usize {
        self.shape.1
    }

    /// The entries of each row as they are. Fails if one is too large or too small to be calculated with in f32.
    pub(crate) fn counts(&self) -> PyResult<Vec<Vec<(u32, f32)>>> {
        if self.data.any(|number| number != 0.0 && !(SMALLEST..=LARGEST).contains(&number.abs()))? {
            let problem = format!("a count is too large or too small, expected from {SMALLEST:e} to {LARGEST:e}");
            return Err(data_error(&problem, None));
        }
        let rows = self.rows(0)?;
        let entries = |pair: &[u64]| {
            let row = pair[0] as usize..pair[1] as usize;
            rows.indices[row.clone()].iter().copied().zip(rows.data[row].iter().copied()).collect()
        };
        Ok(rows.indptr.windows(2).map(entries).collect())
    }

    /// Copies the entries into the library's types, without those that are 0, and in a range that f32 can hold.
    fn scaled(&self) -> PyResult<Scaled> {
        let largest = self.data.largest()?;
        let is_ordinary = largest == 0.0 || (SMALLEST..=LARGEST).contains(&largest) || !largest.is_finite();
        let exponent = if is_ordinary { 0 } else { largest.log2().floor() as i32 };
        Ok(Scaled { rows: self.rows(exponent)?, n_columns: self.shape.1, exponent })
    }

    /// The rows divided by a power of two.
    fn rows(&self, exponent: i32) -> PyResult<SparseRows> {
        let indices = self.indices.collect(|index| u32::try_from(index).unwrap_or(u32::MAX))?;
        let indptr = self.indptr.collect(|end| u64::try_from(end).unwrap_or(u64::MAX))?;
        let rows = SparseRows { indptr, indices, data: self.data.collect(exponent)? };
        let n = rows.data.len();
        let is_csr = rows.indices.len() == n
            && rows.n_rows() == self.shape.0
            && rows.indptr.first() == Some(&0)
            && rows.indptr.last() == Some(&(n as u64))
            && rows.indices.iter().all(|&index| (index as usize) < self.shape.1)
            && rows.indptr.windows(2).all(|pair| pair[0] <= pair[1]);
        if !is_csr {
            return Err(data_error("the arrays are no CSR matrix", None));
        }
        Ok(if rows.data.contains(&0.0) { without_zeros(&rows) } else { rows })
    }
}

fn without_zeros(rows: &SparseRows) -> SparseRows {
    let mut kept = SparseRows::default();
    for pair in rows.indptr.windows(2) {
        let row = pair[0] as usize..pair[1] as usize;
        let entries = rows.indices[row.clone()].iter().copied().zip(rows.data[row].iter().copied());
        kept.push(entries.filter(|(_, value)| *value != 0.0));
    }
    kept
}

/// Factorises a CSR matrix X ≈ transformed · components, samples × features. `start` has both factors to start from,
/// whose components keep their order. Returns a dict with the components, the transformed samples, the order in which
/// components are solved, the number of iterations, the objective and why the fit stopped.
#[pyfunction]
#[pyo3(signature = (x, config, start=None, n_threads=None, progress=None))]
pub(crate) fn factorize<'py>(
    py: Python<'py>,
    x: Csr<'py>,
    config: &Config,
    start: Option<(PyReadonlyArray2<'py, f32>, PyReadonlyArray2<'py, f32>)>,
    n_threads: Option<usize>,
    progress: Option<Py<PyAny>>,
) -> PyResult<Bound<'py, PyDict>> {
    let Scaled { rows, n_columns, exponent } = x.scaled()?;
    let params = &config.config.factorize;
    let start = start.map(|(transformed, components)| {
        let (transformed, components) = (transformed.as_array(), components.as_array());
        Start { w: factor(components.reversed_axes()), h: factor(transformed) }
    });
    let factorise = |watched: &Watched| {
        let v = TermDocumentMatrix::from_documents(n_columns, rows)?;
        let is_given = start.is_some();
        let mut found = fit(
            &v,
            params,
            start.map_or(Origin::Init, Origin::Start),
            &mut Fitting::new(watched, params.max_iterations, None),
        )?;
        if is_given {
            found.fixed = FixedTopics { frozen: 0, kept: found.w.n_topics() };
        }
        let (n_iterations, stop_reason) = (found.trace.len().saturating_sub(1), found.stop_reason);
        let canonical = found.canonical(&v, params);
        let reached = objective(&v, &canonical.w, &canonical.h, params.loss);
        Ok::<_, Error>((canonical, n_iterations, stop_reason, reached))
    };
    let (canonical, n_iterations, stop_reason, reached) =
        work(py, n_threads, progress.as_ref(), factorise)?.or_raise()?;
    let Canonical { w, h, fold_in_order } = canonical;
    let result = PyDict::new(py);
    // The buffers of factors are padded, so that both are copied.
    result.set_item("components", w.view().reversed_axes().as_standard_layout().into_owned().into_pyarray(py))?;
    drop(w);
    result.set_item("transformed", h.view().to_owned().into_pyarray(py))?;
    result.set_item("order", fold_in_order)?;
    result.set_item("n_iterations", n_iterations)?;
    result.set_item("stop_reason", stop_reason.to_string())?;
    result.set_item("objective", reached)?;
    result.set_item("exponent", exponent)?;
    Ok(result)
}

/// Solves samples for fixed components, which were fitted with these parameters: the array of samples × components, and
/// the power of two that it is to be multiplied by.
#[pyfunction]
#[pyo3(signature = (x, components, config, order=None, n_threads=None))]
pub(crate) fn solve_documents<'py>(
    py: Python<'py>,
    x: Csr<'py>,
    components: PyReadonlyArray2<'py, f32>,
    config: &Config,
    order: Option<Vec<usize>>,
    n_threads: Option<usize>,
) -> PyResult<(Bound<'py, numpy::PyArray2<f32>>, i32)> {
    let Scaled { rows, n_columns, exponent } = x.scaled()?;
    let w = Arc::new(factor(components.as_array().reversed_axes()));
    if n_columns != w.n_rows() {
        return Err(data_error(&format!("X has {n_columns} features, the components have {}", w.n_rows()), None));
    }
    let params = &config.config.factorize;
    let solve = |watched: &Watched| {
        let fold_in = match &order {
            Some(order) => FoldIn::in_order(&w, params, order),
            None => FoldIn::for_params(Arc::clone(&w), params),
        };
        let (n, k) = (rows.n_rows(), w.n_topics());
        let mut solved = vec![0.0_f32; n * k];
        solved.par_chunks_mut(k * TASK_DOCUMENTS).enumerate().for_each_init(
            || fold_in.clone(),
            |fold_in, (task, weights)| {
                if watched.tell("transforming", task * TASK_DOCUMENTS, Some(n)).is_break() {
                    return;
                }
                for (place, weights) in weights.chunks_mut(k).enumerate() {
                    let document = task * TASK_DOCUMENTS + place;
                    let row = rows.indptr[document] as usize..rows.indptr[document + 1] as usize;
                    fold_in.solve(&rows.indices[row.clone()], &rows.data[row], weights);
                }
            },
        );
        Array2::from_shape_vec((n, k), solved)
    };
    let solved = work(py, n_threads, None, solve)?;
    let solved = solved.map_err(|error| data_error(&error.to_string(), None))?;
    Ok((solved.into_pyarray(py), exponent))
}

/// A factor of rows × topics.
fn factor(array: ArrayView2<'_, f32>) -> FactorMatrix {
    FactorMatrix::from_fn(array.nrows(), array.ncols(), |row, topic| array[[row, topic]])
}
