//! What a model expects at places of the matrix that it was fitted to: the entries of W H.

use std::path::Path;

use super::matrix_input::accept;
use crate::Error;
use crate::export::{Column, Table, Values};
use crate::ingest::{IngestParams, read_matrix_market};
use crate::model::{ModelError, TopicModel};

/// The table term, document, value: what the topics expect at each entry of a MatrixMarket file, in its order but for
/// those that are NaN, which stand at the end. Rows are the model's terms and columns its documents, in the orientation
/// of the matrix that it was fitted to; the values that the file has are not looked at. Sharpened topics are of counts:
/// what is imputed is V, by the factors. Fails if the file has another size.
///
/// ```
/// use topicmill::{Config, Dataset, factorize::Silent, model::TopicModel, pipeline::{fit, impute}};
/// let config = Config::default();
/// let counts = vec![vec![(0, 2.0), (1, 1.0)], vec![(0, 4.0), (1, 2.0)]];
/// let dataset = Dataset::from_counts(vec!["ship".into(), "sea".into()], None, counts, &config)?;
/// let model = fit(&dataset, &topicmill::factorize::FactorizeParams { n_topics: 1, ..config.factorize }, &mut Silent)?;
/// let file = std::env::temp_dir().join(format!("topicmill-impute-{}.mtx", std::process::id()));
/// std::fs::write(&file, "%%MatrixMarket matrix coordinate pattern general\n2 2 1\n2 2\n").unwrap();
/// let table = impute(&model, &file)?;
/// assert_eq!((table.n_rows(), table.columns[2].name.as_str()), (1, "value"));
/// # std::fs::remove_file(file).unwrap();
/// # Ok::<(), topicmill::Error>(())
/// ```
pub fn impute(model: &TopicModel, entries: &Path) -> Result<Table, Error> {
    let params: IngestParams = model.manifest.params("ingest")?;
    let file = read_matrix_market(entries, |size| accept(entries, size))?;
    let (n_terms, n_documents) = (model.terms.len(), model.documents.len());
    let expected = if params.transposed { (n_documents, n_terms) } else { (n_terms, n_documents) };
    if (file.n_rows, file.n_columns) != expected {
        let (found, expected) = ((file.n_rows, file.n_columns), format!("{} × {}", expected.0, expected.1));
        let problem = format!("{}: is {} × {}, the model {expected}", entries.display(), found.0, found.1);
        return Err(ModelError::Transform(problem).into());
    }
    let h = match &model.factors {
        Some(factors) => Some(factors.h.read()?),
        None => None,
    };
    let w = model.factors.as_ref().map_or(&*model.w, |factors| &factors.w);
    let h = h.as_ref().unwrap_or(&model.h);
    let places = file.entries.into_iter().map(|(row, column, _)| (row, column)).chain(file.missing);
    let places = places.map(|(row, column)| if params.transposed { (column, row) } else { (row, column) });
    let places: Vec<(usize, usize)> = places.map(|(term, document)| (term as usize, document as usize)).collect();
    let value = |&(term, document): &(usize, usize)| -> f64 {
        w.row_values(term).iter().zip(h.row_values(document)).map(|(&w, &h)| f64::from(w) * f64::from(h)).sum()
    };
    let columns = vec![
        Column::of_texts("term", places.iter().map(|place| model.terms[place.0].term.clone())),
        Column::of_texts("document", places.iter().map(|place| model.documents.row(place.1).id.to_string())),
        Column { name: "value".into(), values: Values::Number(places.iter().map(value).collect()) },
    ];
    Ok(Table { name: "impute".into(), columns, matrix_from: None })
}
