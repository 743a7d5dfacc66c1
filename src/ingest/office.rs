//! The text of a Word document or an OpenDocument text.

use super::package::Package;
use super::{docx, odt};

/// The text of a file; docx has relations between its parts, odt has none.
pub(super) fn text(bytes: Vec<u8>) -> Result<String, String> {
    let mut package = Package::open(bytes)?;
    if package.has("_rels/.rels") { docx::text(&mut package) } else { odt::text(&mut package) }
}
