//! The text of a Word document: a line per paragraph, without deleted text, field codes and comments.

use super::package::{Node, Package, attribute};

/// Elements whose content is no text of the document: deleted or moved away, codes of fields, a second form of the same
/// content.
const SKIPPED: &[&str] = &["del", "moveFrom", "instrText", "delText", "delInstrText", "Fallback", "rt"];

/// The text of the body, then of footnotes and endnotes.
pub(super) fn text(package: &mut Package) -> Result<String, String> {
    let main = main_part(package)?;
    let folder = main.rsplit_once('/').map_or("", |(folder, _)| folder);
    let notes = ["footnotes.xml", "endnotes.xml"].map(|name| format!("{folder}/{name}"));
    let mut text = String::new();
    for part in std::iter::once(main.clone()).chain(notes) {
        if part == main || package.has(&part) {
            part_text(package, &part, &mut text)?;
        }
    }
    Ok(text)
}

/// The name of the part that holds the document, most often `word/document.xml`.
fn main_part(package: &mut Package) -> Result<String, String> {
    let mut found = None;
    package.part("_rels/.rels")?.for_each(|node| {
        if let Node::Start(start) = node
            && attribute(&start, "Type").is_some_and(|kind| kind.ends_with("/officeDocument"))
        {
            found = attribute(&start, "Target");
        }
        Ok(())
    })?;
    found.map(|name| name.trim_start_matches('/').to_string()).ok_or_else(|| "no main document".into())
}

fn part_text(package: &mut Package, part: &str, text: &mut String) -> Result<(), String> {
    // Number of open elements inside a skipped one, itself included.
    let mut skipping = 0_usize;
    let mut in_text = false;
    // Paragraphs of text boxes lie in other paragraphs.
    let mut paragraphs = 0_usize;
    package.part(part)?.for_each(|node| {
        match node {
            Node::Start(_) if skipping > 0 => skipping += 1,
            Node::End(_) if skipping > 0 => skipping -= 1,
            Node::Start(start) => match start.local_name().as_ref() {
                name if SKIPPED.contains(&name) => skipping = 1,
                "t" => in_text = true,
                "p" => paragraphs += 1,
                "tab" if paragraphs > 0 && attribute(&start, "val").is_none() => text.push('\t'),
                "br" | "cr" => text.push('\n'),
                "noBreakHyphen" => text.push('-'),
                _ => {}
            },
            Node::End(name) => match name.as_str() {
                "t" => in_text = false,
                "p" => {
                    paragraphs = paragraphs.saturating_sub(1);
                    text.push(if paragraphs == 0 { '\n' } else { ' ' });
                }
                _ => {}
            },
            Node::Text(part) if in_text && skipping == 0 => text.push_str(&part),
            Node::Text(_) => {}
        }
        Ok(())
    })
}
