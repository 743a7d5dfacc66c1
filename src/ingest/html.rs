//! HTML to text: blocks become lines, scripts and styles disappear.

use ego_tree::iter::Edge;
use scraper::{Html, Node};

/// Elements whose content is no text.
const LEFT_OUT: &[&str] = &["script", "style", "noscript", "template", "svg", "iframe", "object"];

/// Elements that stand within a line; every other one begins and ends a line.
const INLINE: &[&str] = &[
    "a", "abbr", "acronym", "b", "bdi", "bdo", "big", "cite", "code", "data", "del", "dfn", "em", "font", "i", "ins",
    "kbd", "label", "mark", "q", "rp", "rt", "ruby", "s", "samp", "small", "span", "strike", "strong", "sub", "sup",
    "time", "tt", "u", "var", "wbr",
];

pub(super) fn to_text(html: &str) -> String {
    let document = Html::parse_document(html);
    let mut text = String::new();
    let mut hidden = 0_usize;
    for edge in document.tree.root().traverse() {
        let (node, opens) = match edge {
            Edge::Open(node) => (node, true),
            Edge::Close(node) => (node, false),
        };
        match node.value() {
            Node::Element(element) => {
                let name = element.name();
                if LEFT_OUT.contains(&name) {
                    hidden = if opens { hidden + 1 } else { hidden - 1 };
                }
                if !INLINE.contains(&name) {
                    text.push('\n');
                }
            }
            Node::Text(content) if opens && hidden == 0 => text.push_str(content),
            _ => {}
        }
    }
    let lines: Vec<String> = text
        .lines()
        .map(|line| line.split_whitespace().collect::<Vec<_>>().join(" "))
        .filter(|line| !line.is_empty())
        .collect();
    lines.join("\n")
}
