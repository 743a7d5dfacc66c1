use crate::model::TopicModel;
use crate::report::svg::{Chart, Line, svg};

/// The objective after each iteration; `None` for a model without a trace.
pub fn convergence(model: &TopicModel) -> Option<String> {
    if model.trace.is_empty() {
        return None;
    }
    let places: Vec<usize> = model.trace.iter().map(|iteration| iteration.number).collect();
    let values = model.trace.iter().map(|iteration| Some(iteration.objective)).collect();
    let chart = Chart { title: "Objective".into(), lines: vec![Line { name: "objective".into(), values }] };
    Some(svg("iteration", &places, &[chart], &[]))
}
