use super::canvas::{Anchor, Canvas, GREY, INK, named};
use crate::evaluate::Similarity;
use crate::model::TopicModel;
use crate::report::{Background, topic_colours};

const ROW: f64 = 22.0;
const WIDTH: f64 = 820.0;
const NAMES: f64 = 340.0;
const CELL: f64 = 22.0;

/// The tree of topics by average linkage, leaves from top to bottom; the axis is the Jensen–Shannon distance.
pub fn tree(model: &TopicModel, similarity: &Similarity) -> String {
    let Similarity { merges, order, .. } = similarity;
    let height = ROW * order.len() as f64 + 34.0;
    let mut canvas = Canvas::new("Tree of topics", WIDTH, height);
    let colours = topic_colours(order, Background::Light);
    let furthest = merges.iter().map(|merge| merge.distance).fold(0.01, f64::max);
    let x = |distance: f64| WIDTH - NAMES - (WIDTH - NAMES - 12.0) * distance / furthest;
    let mut nodes = vec![[0.0; 2]; order.len()];
    for (place, &topic) in order.iter().enumerate() {
        nodes[topic] = [x(0.0), ROW * (place as f64 + 0.5)];
    }
    for tick in 0..=4 {
        let distance = furthest * f64::from(tick) / 4.0;
        canvas.text([x(distance), height - 6.0], Anchor::Middle, &format!("{distance:.2}"));
        canvas.line([x(distance), 0.0], [x(distance), height - 24.0], GREY);
    }
    for merge in merges {
        let ([first, second], at) = (merge.nodes.map(|node| nodes[node]), x(merge.distance));
        canvas.line(first, [at, first[1]], INK);
        canvas.line([at, first[1]], [at, second[1]], INK);
        canvas.line([at, second[1]], second, INK);
        nodes.push([at, (first[1] + second[1]) / 2.0]);
    }
    for &topic in order {
        let [at, y] = nodes[topic];
        canvas.circle([at + 8.0, y], 5.0, &colours[topic], 1.0);
        canvas.text([at + 20.0, y + 4.0], Anchor::Start, &named(model, topic, 46));
    }
    canvas.finish()
}

/// How alike topics are, 1 − distance, as a matrix; the darker the more.
pub fn similarities(model: &TopicModel, similarity: &Similarity) -> String {
    let order = &similarity.order;
    let (left, top) = (280.0, 30.0);
    let size = CELL * order.len() as f64;
    let mut canvas = Canvas::new("Similarity of topics", left + size + 10.0, top + size + 10.0);
    let at = |place: usize| CELL * place as f64;
    for (row, &topic) in order.iter().enumerate() {
        canvas.text([left - 8.0, top + at(row) + 15.0], Anchor::End, &named(model, topic, 42));
        canvas.text([left + at(row) + CELL / 2.0, top - 8.0], Anchor::Middle, &topic.to_string());
        for (column, &other) in order.iter().enumerate().filter(|(_, other)| **other != topic) {
            let value = 1.0 - similarity.distances[topic][other];
            let cell = [left + at(column), top + at(row)];
            canvas.rectangle(cell, [CELL - 1.0, CELL - 1.0], "#3b6fb6", value.max(0.0).sqrt());
        }
    }
    canvas.finish()
}
