use super::canvas::{Anchor, Canvas, GREY, cut, named};
use crate::evaluate::Similarity;
use crate::model::{Ranking, TopicModel};
use crate::report::{Background, topic_colours};

/// First words of each topic; of many topics fewer.
const WORDS: usize = 6;
const MOST_ROWS: usize = 180;

const LEFT: f64 = 150.0;
const TOP: f64 = 142.0;
const ROW: f64 = 20.0;
const COLUMN: f64 = 32.0;

/// First words of all topics by topic: the area of a circle is p(term | topic). Topics stand beside those that are like
/// them, words beside words of the same topic (Termite: J. Chuang, C. D. Manning, J. Heer, 2012,
/// [doi:10.1145/2254556.2254572](https://doi.org/10.1145/2254556.2254572)).
pub fn terms(model: &TopicModel, similarity: &Similarity, ranking: Ranking) -> String {
    let order = &similarity.order;
    let rows = seriated(model, order, ranking);
    let right = LEFT + COLUMN * order.len() as f64;
    let mut canvas = Canvas::new("Terms by topics", right + 100.0, TOP + ROW * rows.len() as f64 + 10.0);
    let colours = topic_colours(order, Background::Light);
    let x = |place: usize| LEFT + (place as f64 + 0.5) * COLUMN;
    for (place, &topic) in order.iter().enumerate() {
        canvas.turned_text([x(place) + 4.0, TOP - 6.0], Anchor::Start, -50.0, &named(model, topic, 22));
    }
    let largest = rows.iter().flat_map(|&term| model.w.row_values(term)).copied().fold(1e-9, f32::max);
    for (row, &term) in rows.iter().enumerate() {
        let y = TOP + (row as f64 + 0.5) * ROW;
        canvas.line([LEFT, y], [right, y], GREY);
        canvas.text([LEFT - 8.0, y + 4.0], Anchor::End, &cut(&model.terms[term].form, 20));
        for (place, &topic) in order.iter().enumerate() {
            let radius = 0.62 * ROW * f64::from(model.w.get(term, topic) / largest).sqrt();
            if radius >= 0.6 {
                canvas.circle([x(place), y], radius, &colours[topic], 0.75);
            }
        }
    }
    canvas.finish()
}

/// The first words of all topics, each beside the words of the topic that has most of it.
fn seriated(model: &TopicModel, order: &[usize], ranking: Ranking) -> Vec<usize> {
    let n_words = (MOST_ROWS / order.len().max(1)).clamp(2, WORDS);
    let masses = model.topic_masses();
    let mut rows: Vec<(usize, f64, usize)> = Vec::new();
    for topic in 0..model.n_topics() {
        for word in model.top_words(topic, n_words, ranking) {
            let weight = |topic: usize| f64::from(model.w.get(word.index, topic)) * masses[topic];
            let place =
                (0..order.len()).rev().max_by(|&a, &b| weight(order[a]).total_cmp(&weight(order[b]))).unwrap_or(0);
            rows.push((place, weight(order[place]), word.index));
        }
    }
    rows.sort_by(|a, b| a.0.cmp(&b.0).then(b.1.total_cmp(&a.1)).then(a.2.cmp(&b.2)));
    rows.dedup_by_key(|row| row.2);
    rows.into_iter().map(|(_, _, term)| term).collect()
}
