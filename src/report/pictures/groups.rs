use super::canvas::{Anchor, Canvas, GREY, cut, named, text_width};
use crate::evaluate::{GroupShares, Similarity};
use crate::model::TopicModel;
use crate::report::{Background, topic_colours};

const WIDTH: f64 = 820.0;
const HEIGHT: f64 = 380.0;
const LEFT: f64 = 52.0;
const TOP: f64 = 14.0;
const LEGEND: f64 = 290.0;
const ROW: f64 = 20.0;
const CELL: f64 = 40.0;

/// The shares of all topics by period, stacked, with a legend.
pub fn stacked_shares(model: &TopicModel, similarity: &Similarity, shares: &GroupShares) -> String {
    let order = &similarity.order;
    let height = (HEIGHT + 44.0).max(ROW * order.len() as f64 + 40.0);
    let mut canvas = Canvas::new("Shares of topics over time", WIDTH + LEGEND, height);
    let colours = topic_colours(order, Background::Light);
    let mut groups: Vec<(&str, &[f64])> = present(shares);
    // One period is as wide as all.
    if let [only] = groups[..] {
        groups.push(("", only.1));
    }
    let x = |place: usize| LEFT + (WIDTH - LEFT - 20.0) * place as f64 / (groups.len() - 1).max(1) as f64;
    let y = |share: f64| TOP + HEIGHT * (1.0 - share);
    let mut below = vec![0.0; groups.len()];
    for &topic in order {
        let above: Vec<f64> = below.iter().zip(&groups).map(|(low, (_, shares))| low + shares[topic]).collect();
        let upper = above.iter().enumerate().map(|(place, share)| [x(place), y(*share)]);
        let lower = below.iter().enumerate().rev().map(|(place, share)| [x(place), y(*share)]);
        let points: Vec<[f64; 2]> = upper.chain(lower).collect();
        canvas.area(&points, &colours[topic]);
        below = above;
    }
    for quarter in 0..=4 {
        let share = f64::from(quarter) / 4.0;
        canvas.text([LEFT - 6.0, y(share) + 4.0], Anchor::End, &format!("{:.0} %", 100.0 * share));
    }
    let longest = groups.iter().map(|(label, _)| text_width(label) + 12.0).fold(1.0, f64::max);
    let step = (groups.len() as f64 * longest / (WIDTH - LEFT)).ceil().max(1.0) as usize;
    for (place, (label, _)) in groups.iter().enumerate().step_by(step) {
        canvas.text([x(place), TOP + HEIGHT + 18.0], Anchor::Middle, label);
    }
    // The legend has the order of the layers, the topmost first.
    for (row, &topic) in order.iter().rev().enumerate() {
        let at = 24.0 + ROW * row as f64;
        canvas.rectangle([WIDTH + 4.0, at - 11.0], [12.0, 12.0], &colours[topic], 1.0);
        canvas.text([WIDTH + 22.0, at], Anchor::Start, &named(model, topic, 38));
    }
    canvas.finish()
}

/// The shares of topics by group as a matrix; the darker the more.
pub fn heat_map(model: &TopicModel, similarity: &Similarity, shares: &GroupShares) -> String {
    let order = &similarity.order;
    let groups = present(shares);
    let (left, top) = (230.0, 150.0);
    let (right, bottom) = (left + CELL * order.len() as f64, top + ROW * groups.len() as f64);
    let title = format!("Shares of topics by {}", shares.grouping.column);
    let mut canvas = Canvas::new(&title, right + 100.0, bottom + 10.0);
    for (place, &topic) in order.iter().enumerate() {
        let x = left + CELL * (place as f64 + 0.5);
        canvas.turned_text([x, top - 8.0], Anchor::Start, -50.0, &named(model, topic, 24));
    }
    let largest = groups.iter().flat_map(|(_, shares)| shares.iter().copied()).fold(1e-9, f64::max);
    for (row, (label, shares)) in groups.iter().enumerate() {
        let y = top + ROW * row as f64;
        canvas.text([left - 8.0, y + 14.0], Anchor::End, &cut(label, 34));
        canvas.line([left, y + ROW], [right, y + ROW], GREY);
        for (place, &topic) in order.iter().enumerate() {
            let (x, share) = (left + CELL * place as f64, shares[topic]);
            let strength = 0.78 * (share / largest).sqrt();
            canvas.rectangle([x, y], [CELL - 1.0, ROW - 1.0], "#3b6fb6", strength);
            if share >= 0.005 {
                canvas.text([x + CELL / 2.0, y + 14.0], Anchor::Middle, &format!("{:.0} %", 100.0 * share));
            }
        }
    }
    canvas.finish()
}

/// The groups that have documents, with the shares of all topics.
fn present(shares: &GroupShares) -> Vec<(&str, &[f64])> {
    let groups = shares.grouping.groups.iter().zip(&shares.groups);
    let present = groups.filter(|(_, of_group)| of_group.n_documents > 0);
    present.map(|(group, of_group)| (group.label.as_str(), of_group.shares.as_slice())).collect()
}
