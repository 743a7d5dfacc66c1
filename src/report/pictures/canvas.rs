//! Writes shapes and texts as SVG, on white paper.

use crate::model::TopicModel;
use crate::report::svg::escape;

/// Width of a letter of the texts, on average.
const LETTER: f64 = 6.4;

/// A picture that is being drawn. Its parts stand in the order in which they are drawn, later ones above earlier ones.
pub(super) struct Canvas {
    width: f64,
    height: f64,
    title: String,
    parts: Vec<String>,
}

/// Where a text stands at its place.
#[derive(Clone, Copy)]
pub(super) enum Anchor {
    Start,
    Middle,
    End,
}

/// Colours of what is no topic.
pub(super) const INK: &str = "#1c2024";
pub(super) const GREY: &str = "#d9dde3";

impl Canvas {
    pub(super) fn new(title: &str, width: f64, height: f64) -> Self {
        Self { width, height, title: title.to_string(), parts: Vec::new() }
    }

    pub(super) fn line(&mut self, from: [f64; 2], to: [f64; 2], colour: &str) {
        let ([x1, y1], [x2, y2]) = (from, to);
        self.parts
            .push(format!("<line x1=\"{x1:.1}\" y1=\"{y1:.1}\" x2=\"{x2:.1}\" y2=\"{y2:.1}\" stroke=\"{colour}\"/>"));
    }

    pub(super) fn circle(&mut self, at: [f64; 2], radius: f64, colour: &str, opacity: f64) {
        let [x, y] = at;
        self.parts.push(format!(
            "<circle cx=\"{x:.1}\" cy=\"{y:.1}\" r=\"{radius:.2}\" fill=\"{colour}\" fill-opacity=\"{opacity:.2}\"/>"
        ));
    }

    pub(super) fn rectangle(&mut self, at: [f64; 2], size: [f64; 2], colour: &str, opacity: f64) {
        let ([x, y], [width, height]) = (at, size);
        self.parts.push(format!(
            "<rect x=\"{x:.1}\" y=\"{y:.1}\" width=\"{width:.1}\" height=\"{height:.1}\" fill=\"{colour}\" \
             fill-opacity=\"{opacity:.3}\"/>"
        ));
    }

    /// A closed shape.
    pub(super) fn area(&mut self, points: &[[f64; 2]], colour: &str) {
        let points: Vec<String> = points.iter().map(|[x, y]| format!("{x:.1},{y:.1}")).collect();
        self.parts.push(format!(
            "<polygon points=\"{}\" fill=\"{colour}\" stroke=\"#fff\" stroke-width=\".5\"/>",
            points.join(" ")
        ));
    }

    pub(super) fn text(&mut self, at: [f64; 2], anchor: Anchor, text: &str) {
        self.turned_text(at, anchor, 0.0, text);
    }

    /// A text that is turned by so many degrees at its place.
    pub(super) fn turned_text(&mut self, at: [f64; 2], anchor: Anchor, degrees: f64, text: &str) {
        let [x, y] = at;
        let anchor = match anchor {
            Anchor::Start => "start",
            Anchor::Middle => "middle",
            Anchor::End => "end",
        };
        let turn =
            if degrees == 0.0 { String::new() } else { format!(" transform=\"rotate({degrees} {x:.1} {y:.1})\"") };
        self.parts
            .push(format!("<text x=\"{x:.1}\" y=\"{y:.1}\" text-anchor=\"{anchor}\"{turn}>{}</text>", escape(text)));
    }

    pub(super) fn finish(self) -> String {
        let Self { width, height, title, parts } = self;
        format!(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {width:.0} {height:.0}\" width=\"{width:.0}\" \
             height=\"{height:.0}\" role=\"img\" font-family=\"sans-serif\" font-size=\"12\" fill=\"{INK}\">\n\
             <title>{}</title>\n<rect width=\"{width:.0}\" height=\"{height:.0}\" fill=\"#fff\"/>\n{}\n</svg>\n",
            escape(&title),
            parts.join("\n")
        )
    }
}

/// Width that a text takes, about.
pub(super) fn text_width(text: &str) -> f64 {
    LETTER * text.chars().count() as f64
}

/// A text cut to a number of characters, with an ellipsis.
pub(super) fn cut(text: &str, length: usize) -> String {
    if text.chars().count() <= length {
        return text.to_string();
    }
    let cut: String = text.chars().take(length - 1).collect();
    format!("{}…", cut.trim_end())
}

/// A topic by number and name.
pub(super) fn named(model: &TopicModel, topic: usize, length: usize) -> String {
    cut(&format!("{topic} {}", model.topic_name(topic)), length)
}
