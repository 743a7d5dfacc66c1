//! Writes topics for people to read: number, share and top words of each, and what is to be known before it is trusted.

use super::{Align, Style, bar, percent, render};
use crate::evaluate::Verdict;
use crate::model::{Topic, TopicModel, TopicValues};

/// Values of a view that are shown of a topic.
const SHOWN_VALUES: usize = 3;

/// The verdicts on a topic in one line.
pub fn verdict(verdicts: &[Verdict]) -> String {
    verdicts.iter().map(Verdict::to_string).collect::<Vec<_>>().join(", ")
}

/// A table of topics with number, share and top words, one row per topic; with the names that somebody gave them, and
/// with verdicts, if there are any; on a terminal with shares as bars.
pub fn topics(model: &TopicModel, topics: &[Topic], verdicts: &[Vec<Verdict>], style: Style) -> String {
    let values = model.values(SHOWN_VALUES);
    let has_verdicts = verdicts.iter().any(|verdicts| !verdicts.is_empty());
    let largest = topics.iter().map(|topic| topic.share).fold(f64::MIN_POSITIVE, f64::max);
    let rows: Vec<Vec<String>> = topics
        .iter()
        .zip(verdicts)
        .map(|(topic, verdicts)| {
            let words: Vec<&str> = topic.words.iter().map(|word| word.form.as_str()).collect();
            let mut row = vec![topic.id.to_string(), percent(topic.share)];
            row.extend(style.is_terminal().then(|| bar(topic.share / largest)));
            row.extend(model.names.is_some().then(|| topic.name.clone()));
            row.extend(has_verdicts.then(|| verdict(verdicts)));
            row.push(words.join(", "));
            row.extend(values.iter().filter(|of| of.topic == topic.id).map(forms));
            row
        })
        .collect();
    let mut columns = vec![("topic", Align::Right), ("share", Align::Right)];
    columns.extend(style.is_terminal().then_some(("", Align::Bar)));
    columns.extend(model.names.is_some().then_some(("name", Align::Left)));
    columns.extend(has_verdicts.then_some(("verdict", Align::Warning)));
    columns.push(("words", Align::Left));
    columns.extend(model.views().iter().map(|view| (view.name.as_str(), Align::Left)));
    let (header, align): (Vec<&str>, Vec<Align>) = columns.into_iter().unzip();
    render(&header, &align, &rows, style)
}

/// The best values of a view in a topic, in one line.
fn forms(of: &TopicValues<'_>) -> String {
    of.values.iter().map(|value| value.form.as_str()).collect::<Vec<_>>().join(", ")
}

/// A table of topics within topics, one row per node and topic, each behind the node that it lies in and named by its
/// path; with verdicts on topics, if there are any. `levels` has the topics of each level, the coarsest first.
pub fn topic_tree(model: &TopicModel, levels: &[Vec<Topic>], verdicts: &[Vec<Verdict>], style: Style) -> String {
    let has_verdicts = verdicts.iter().any(|verdicts| !verdicts.is_empty());
    let mut rows: Vec<Vec<String>> = Vec::new();
    let mut last: Vec<usize> = Vec::new();
    for path in model.paths() {
        let n_known = path.iter().zip(&last).take_while(|(node, last)| node == last).count();
        for (level, &node) in path.iter().enumerate().skip(n_known) {
            let Topic { share, words, .. } = &levels[level][node];
            let words: Vec<&str> = words.iter().map(|word| word.form.as_str()).collect();
            let shown: Vec<String> = path[..=level].iter().map(usize::to_string).collect();
            let mut row = vec![shown.join("/"), percent(*share)];
            let is_topic = level + 1 == levels.len();
            row.extend(has_verdicts.then(|| if is_topic { verdict(&verdicts[node]) } else { String::new() }));
            row.push(words.join(", "));
            rows.push(row);
        }
        last = path;
    }
    let mut columns = vec![("path", Align::Left), ("share", Align::Right)];
    columns.extend(has_verdicts.then_some(("verdict", Align::Warning)));
    columns.push(("words", Align::Left));
    let (header, align): (Vec<&str>, Vec<Align>) = columns.into_iter().unzip();
    render(&header, &align, &rows, style)
}
