use super::canvas::{Anchor, Canvas, GREY, named};
use crate::evaluate::Similarity;
use crate::model::{Ranking, TopicModel};
use crate::report::{Background, topic_colours};

const SIZE: f64 = 640.0;
const LEGEND: f64 = 300.0;
const ROW: f64 = 20.0;

/// The map of topics: circles by share, at the positions of [`Similarity`], with a legend.
pub fn map(model: &TopicModel, similarity: &Similarity) -> String {
    let n = model.n_topics();
    let height = SIZE.max(ROW * n as f64 + 40.0);
    let mut canvas = Canvas::new("Map of topics", SIZE + LEGEND, height);
    let colours = topic_colours(&similarity.order, Background::Light);
    let range = |axis: usize| {
        let values = similarity.positions.iter().map(|position| position[axis]);
        values.fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), value| (low.min(value), high.max(value)))
    };
    let ((x0, x1), (y0, y1)) = (range(0), range(1));
    // One scale for both axes, because distances are what the map shows.
    let scale = SIZE / ((x1 - x0).max(y1 - y0).max(1e-9) * 1.25);
    let place =
        |[x, y]: [f64; 2]| [SIZE / 2.0 + (x - (x0 + x1) / 2.0) * scale, SIZE / 2.0 - (y - (y0 + y1) / 2.0) * scale];
    canvas.line([0.0, SIZE / 2.0], [SIZE, SIZE / 2.0], GREY);
    canvas.line([SIZE / 2.0, 0.0], [SIZE / 2.0, SIZE], GREY);
    let shares: Vec<f64> = model.topics(0, Ranking::Probability).into_iter().map(|topic| topic.share).collect();
    let largest = shares.iter().copied().fold(1e-9, f64::max);
    let mut order: Vec<usize> = (0..n).collect();
    order.sort_by(|&a, &b| shares[b].total_cmp(&shares[a]));
    for &topic in &order {
        let radius = (SIZE / 13.0 * (shares[topic] / largest).sqrt()).max(5.0);
        canvas.circle(place(similarity.positions[topic]), radius, &colours[topic], 0.55);
    }
    for topic in order {
        let [x, y] = place(similarity.positions[topic]);
        canvas.text([x, y + 4.0], Anchor::Middle, &topic.to_string());
    }
    for (topic, colour) in colours.iter().enumerate() {
        let y = 30.0 + ROW * topic as f64;
        canvas.circle([SIZE + 14.0, y - 4.0], 6.0, colour, 1.0);
        canvas.text([SIZE + 28.0, y], Anchor::Start, &named(model, topic, 40));
    }
    canvas.finish()
}
