//! What texts look like that were not asked to be read as such.

use super::{Document, Format};

/// Whether a text has the closing tags of HTML.
pub fn looks_like_html(text: &str) -> bool {
    const TAGS: &[&str] = &["</p>", "</div>", "</a>", "</span>", "</li>", "</td>", "<br>", "<br/>", "<br />"];
    let n = |tag: &&str| text.matches(tag).take(3).count();
    TAGS.iter().map(n).sum::<usize>() >= 3
}

/// Whether a document is a whole file that is a table by its name, as those of a folder are read.
pub fn is_in_table_file(document: &Document) -> bool {
    let is_table = matches!(Format::of_file(&document.source, &[]), Format::Csv | Format::Tsv | Format::Jsonl);
    is_table && document.source == document.id
}
