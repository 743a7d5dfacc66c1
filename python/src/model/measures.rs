//! Models measured, compared and shown.

use std::path::PathBuf;

use pyo3::prelude::*;
use pyo3::types::PyBytes;
use topicmill::Error;
use topicmill::evaluate::{Comparison, GroupShares};
use topicmill::export::{
    changes_table, comparison_json, comparison_table, evaluation_json, evaluation_table, groups_json, groups_table,
    wide_groups_table,
};
use topicmill::model::{By, DEFAULT_QUANTILES, Dates, Grouping, ModelError};
use topicmill::pipeline::{ExplorerOptions, Inputs, Picture, evaluate, explorer, picture, read_selection};
use topicmill::report::{self, Style};

use super::{Model, Told, copied, inputs, named};
use crate::columns::columns;
use crate::documents::Documents;
use crate::errors::{OrRaise, parameter_error};
use crate::sentences::{in_python, left_out};
use crate::work::{quick, work};

#[pymethods]
impl Model {
    /// Measures the model in documents, or as far as it goes without.
    #[pyo3(signature = (documents=None, paths=Vec::new(), n_words=10, ranking=None))]
    fn evaluate<'py>(
        &self,
        py: Python<'py>,
        documents: Option<&Documents>,
        paths: Vec<PathBuf>,
        n_words: usize,
        ranking: Option<&str>,
    ) -> PyResult<Told<'py>> {
        let params = self.params()?;
        let (table, json, text, notes) = work(py, None, None, |_| {
            let documents = copied(documents, &params)?;
            let topics = self.ranked(n_words, ranking, None)?;
            let read = inputs(documents.as_ref(), &paths);
            let (evaluation, skipped) = evaluate(&self.model, &topics, read, &params).or_raise()?;
            let text = report::evaluation(&topics, &evaluation, Style::PLAIN);
            let json = evaluation_json(&topics, &evaluation).to_string();
            PyResult::Ok((evaluation_table(&topics, &evaluation), json, text, left_out(&skipped)))
        })??;
        Ok((columns(py, &table)?, json, text, notes))
    }

    /// Whether what the model was fitted to is to be read to measure or to show it: not if it keeps the texts, if there
    /// are none, or if they cannot be read again.
    #[pyo3(signature = (documents=None, paths=Vec::new()))]
    fn reads(&self, documents: Option<&Documents>, paths: Vec<PathBuf>) -> PyResult<bool> {
        // Which documents they are makes no difference.
        let given = if documents.is_some() { Inputs::Documents(&[]) } else { Inputs::Paths(&paths) };
        Ok(!matches!(given.of_fit(&self.model).or_raise()?, Inputs::Paths([])))
    }

    /// Topics by period of time: shares, wide or changes.
    #[pyo3(signature = (by=None, date_column=None, quantiles=None, table="shares"))]
    fn over_time<'py>(
        &self,
        py: Python<'py>,
        by: Option<&str>,
        date_column: Option<&str>,
        quantiles: Option<usize>,
        table: &str,
    ) -> PyResult<Told<'py>> {
        let by: Option<By> = by.map(|by| named(by, "by")).transpose()?;
        let (shares, dates) = work(py, None, None, |_| {
            let dates = self.model.dates(date_column)?;
            let columns = self.model.documents.columns.clone();
            let dates = dates.ok_or(ModelError::NoDates { columns })?;
            let grouping = Grouping::by_dates(&dates, by, quantiles.unwrap_or(DEFAULT_QUANTILES))?;
            Ok::<_, Error>((GroupShares::new(&self.model, grouping), dates))
        })?
        .or_raise()?;
        let notes = dates.notes.iter().map(|note| in_python(note)).collect();
        self.groups(py, &shares, Some(&dates), table, notes)
    }

    /// Topics by the values of a column, of which the `most` largest groups are kept.
    #[pyo3(signature = (column, quantiles=None, most=100, table="shares"))]
    fn by_group<'py>(
        &self,
        py: Python<'py>,
        column: &str,
        quantiles: Option<usize>,
        most: usize,
        table: &str,
    ) -> PyResult<Told<'py>> {
        let (shares, n_groups) = work(py, None, None, |_| {
            let grouping = Grouping::by_column(&self.model, column, quantiles)?;
            let n_groups = grouping.groups.len();
            Ok::<_, Error>((GroupShares::new(&self.model, grouping.largest(most)), n_groups))
        })?
        .or_raise()?;
        let n_left_out = n_groups.saturating_sub(most);
        let note = format!("{n_left_out} groups are left out: the {most} largest are kept (most)");
        self.groups(py, &shares, None, table, if n_left_out > 0 { vec![note] } else { Vec::new() })
    }

    /// The topics of this model beside those of another.
    fn compare<'py>(&self, py: Python<'py>, other: &Self) -> PyResult<Told<'py>> {
        let (first, second) = (&*self.model, &*other.model);
        let (table, json, text) = work(py, None, None, |_| {
            let comparison = Comparison::new(first, second);
            let text = report::comparison(first, second, &comparison, Style::PLAIN);
            (comparison_table(first, second, &comparison), comparison_json(&comparison).to_string(), text)
        })?;
        Ok((columns(py, &table)?, json, text, Vec::new()))
    }

    /// The page of the explorer, and notes.
    #[pyo3(signature = (documents=None, paths=Vec::new(), most_documents=None, texts=true, selection=None))]
    fn report<'py>(
        &self,
        py: Python<'py>,
        documents: Option<&Documents>,
        paths: Vec<PathBuf>,
        most_documents: Option<usize>,
        texts: bool,
        selection: Option<PathBuf>,
    ) -> PyResult<(Bound<'py, PyBytes>, Vec<String>)> {
        let params = self.params()?;
        let selection = selection.map(|path| read_selection(&path)).transpose().or_raise()?;
        let default = ExplorerOptions::default();
        let most_documents = most_documents.unwrap_or(default.most_documents);
        let options = ExplorerOptions { most_documents, texts, selection };
        let (bytes, notes) = work(py, None, None, |_| {
            let documents = copied(documents, &params)?;
            let read = inputs(documents.as_ref(), &paths);
            let (page, skipped) = explorer(&self.model, read, &params, &options).or_raise()?;
            let mut notes = left_out(&skipped);
            let (n, n_shown) = (self.model.documents.len(), page.n_documents());
            if n_shown < n {
                notes.push(format!("{n_shown} of {n} documents are on the page (most_documents)"));
            }
            match page.n_texts() {
                None if texts => {
                    notes.push("the page has no texts: give the documents, or fit with keep_texts=True".into());
                }
                Some(n_texts) if n_texts < n_shown => {
                    notes.push(format!("{} documents of the page have no text", n_shown - n_texts));
                }
                _ => {}
            }
            let mut bytes = Vec::new();
            page.write(&mut bytes).map_err(|error| Error::Internal(error.to_string())).or_raise()?;
            PyResult::Ok((bytes, notes))
        })??;
        Ok((PyBytes::new(py, &bytes), notes))
    }

    /// A picture as SVG, and notes on dates.
    #[pyo3(signature = (kind, by=None, date_column=None, column=None))]
    fn picture(
        &self,
        py: Python<'_>,
        kind: &str,
        by: Option<&str>,
        date_column: Option<&str>,
        column: Option<&str>,
    ) -> PyResult<(String, Vec<String>)> {
        let (kind, by): (Picture, Option<By>) = (named(kind, "kind")?, by.map(|by| named(by, "by")).transpose()?);
        let (svg, notes) = work(py, None, None, |_| picture(&self.model, kind, by, date_column, column))?.or_raise()?;
        Ok((svg, notes.iter().map(|note| in_python(note)).collect()))
    }
}

impl Model {
    fn groups<'py>(
        &self,
        py: Python<'py>,
        shares: &GroupShares,
        dates: Option<&Dates>,
        table: &str,
        notes: Vec<String>,
    ) -> PyResult<Told<'py>> {
        let (made, json, text) = quick(py, || {
            let made = match table {
                "shares" => groups_table(&self.model, shares),
                "wide" => wide_groups_table(shares),
                "changes" => changes_table(&self.model, shares),
                other => {
                    let problem = format!("table is {other:?}, expected shares, wide or changes");
                    return Err(parameter_error(&problem, None));
                }
            };
            let json = groups_json(&self.model, shares).to_string();
            Ok((made, json, report::groups(&self.model, shares, dates, Style::PLAIN)))
        })??;
        Ok((columns(py, &made)?, json, text, notes))
    }
}
