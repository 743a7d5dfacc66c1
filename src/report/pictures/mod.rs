//! Pictures of a model as SVG, for papers and slides, in the scales and colours of the explorer.

mod canvas;
mod groups;
mod map;
mod terms;
mod tree;

pub use groups::{heat_map, stacked_shares};
pub use map::map;
pub use terms::terms;
pub use tree::{similarities, tree};

use crate::model::TopicModel;

use super::svg::{Chart, Line, svg};

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

/// A topic by number and name.
fn named(model: &TopicModel, topic: usize, length: usize) -> String {
    canvas::cut(&format!("{topic} {}", model.topic_name(topic)), length)
}
