//! The text of an OpenDocument text (odt, odp): a line per paragraph or heading, without deleted text and comments.

use super::package::{Node, Package, attribute, push_folded};

/// Elements whose content is no text of the document: deleted text, comments, marks of notes, readings of characters,
/// descriptions of pictures, embedded objects.
const SKIPPED: &[&str] = &[
    "tracked-changes",
    "annotation",
    "note-citation",
    "ruby-text",
    "title",
    "desc",
    "binary-data",
    "forms",
    "scripts",
    "automatic-styles",
    "font-face-decls",
    "sequence-decls",
    "variable-decls",
    "settings",
];
/// Most spaces of one `text:s`, which may declare any number.
const MOST_SPACES: usize = 100;

pub(super) fn text(package: &mut Package) -> Result<String, String> {
    let mut text = String::new();
    let mut skipping = 0_usize;
    // Paragraphs of notes and frames lie in other paragraphs.
    let mut paragraphs = 0_usize;
    package.part("content.xml")?.for_each(|node| {
        match node {
            Node::Start(_) if skipping > 0 => skipping += 1,
            Node::End(_) if skipping > 0 => skipping -= 1,
            Node::Start(start) => match start.local_name().as_ref() {
                name if SKIPPED.contains(&name) => skipping = 1,
                "p" | "h" => {
                    if paragraphs > 0 && !text.ends_with([' ', '\n']) {
                        text.push(' ');
                    }
                    paragraphs += 1;
                }
                "s" if paragraphs > 0 => {
                    let n = attribute(&start, "c").and_then(|n| n.parse().ok()).unwrap_or(1_usize);
                    text.extend(std::iter::repeat_n(' ', n.min(MOST_SPACES)));
                }
                "tab" if paragraphs > 0 => text.push('\t'),
                "line-break" => text.push('\n'),
                _ => {}
            },
            Node::End(name) if matches!(name.as_str(), "p" | "h") => {
                paragraphs = paragraphs.saturating_sub(1);
                text.push(if paragraphs == 0 { '\n' } else { ' ' });
            }
            Node::Text(part) if paragraphs > 0 && skipping == 0 => push_folded(&mut text, &part),
            Node::End(_) | Node::Text(_) => {}
        }
        Ok(())
    })?;
    Ok(text)
}
