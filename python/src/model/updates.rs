//! A model updated with new documents.

use std::path::PathBuf;
use std::time::Instant;

use pyo3::prelude::*;
use topicmill::export::{update_json, update_table};
use topicmill::factorize::FactorizeParams;
use topicmill::pipeline::{Inputs, update};
use topicmill::report::{self, Style};

use super::{Model, Told, copied, inputs};
use crate::columns::columns;
use crate::documents::Documents;
use crate::errors::OrRaise;
use crate::sentences::left_out;
use crate::work::{Fitting, work};

#[pymethods]
impl Model {
    /// The model of its documents and new ones, with what has changed: a row for each topic, JSON, text and notes.
    /// Without `earlier` documents or paths the model's own texts are read.
    #[pyo3(signature = (
        documents=None, paths=Vec::new(), earlier=None, earlier_paths=Vec::new(), n_new=0, progress=None
    ))]
    #[allow(clippy::too_many_arguments, reason = "they are named in Python")]
    fn update<'py>(
        &self,
        py: Python<'py>,
        documents: Option<&Documents>,
        paths: Vec<PathBuf>,
        earlier: Option<&Documents>,
        earlier_paths: Vec<PathBuf>,
        n_new: usize,
        progress: Option<Py<PyAny>>,
    ) -> PyResult<(Self, Told<'py>)> {
        let params = self.params()?;
        let most = self.model.manifest.params::<FactorizeParams>("factorize").or_raise()?.max_iterations;
        let start = Instant::now();
        let updated = work(py, None, progress.as_ref(), |watched| {
            let (news, earlier) = (copied(documents, &params)?, copied(earlier, &params)?);
            let earlier = match &earlier {
                None if earlier_paths.is_empty() => Inputs::Paths(&[]),
                earlier => inputs(earlier.as_ref(), &earlier_paths),
            };
            let observer = &mut Fitting::new(watched, most, None);
            let news = inputs(news.as_ref(), &paths);
            let mut updated = update(&self.model, news, &params, earlier, n_new, observer).or_raise()?;
            let seconds = start.elapsed().as_secs_f64();
            updated.model.manifest.run.seconds = [("update".to_string(), seconds)].into();
            PyResult::Ok(updated)
        })??;
        let (news, topics) = (&updated.news, &updated.topics);
        let told = (
            columns(py, &update_table(topics))?,
            update_json(news, topics).to_string(),
            report::update(news, topics, Style::PLAIN),
            left_out(&updated.skipped),
        );
        Ok((Self::new(updated.model), told))
    }
}
