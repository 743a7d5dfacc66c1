//! The explorer: one HTML file with everything that is known of a model, which needs no network and no other file.
//!
//! The program of the page is written in TypeScript (`src/`) and built into `explorer.js` and `explorer.css`
//! (`build.mjs`), which stand here as they are put into the page; `cargo build` needs no Node. Data are compressed
//! blocks that nothing on the page runs: a content-security policy lets it run the program alone, and load nothing.

mod arrays;
mod numbers;
mod texts;

use std::io::{self, Write};

use base64::Engine;
use base64::engine::general_purpose::STANDARD as BASE64;
use serde_json::Value;

use super::svg::escape;
pub use arrays::Arrays;
pub use numbers::numbers;
pub use texts::TextPacker;
use texts::compressed;

const SCRIPT: &str = include_str!("explorer.js");
const STYLE: &str = include_str!("explorer.css");

/// SHA-256 of the program and of the style, each in a line, as a content-security policy names them.
const DIGESTS: &str = include_str!("digests.txt");

/// What a page shows.
#[derive(Debug)]
pub struct Page {
    /// Title of the page.
    pub title: String,
    /// Everything but the documents, by name.
    pub facts: Value,
    /// The documents: a list for each column.
    pub documents: Value,
    /// Numbers.
    pub arrays: Arrays,
    /// Texts of the documents; `None` if there are none.
    pub texts: Option<TextPacker>,
}

impl Page {
    /// Number of documents on the page.
    pub fn n_documents(&self) -> usize {
        self.documents["ids"].as_array().map_or(0, Vec::len)
    }

    /// Number of documents with a text; `None` if the page has no texts.
    pub fn n_texts(&self) -> Option<usize> {
        self.texts.as_ref().map(TextPacker::n_texts)
    }

    /// Writes the page as HTML.
    pub fn write(self, out: &mut dyn Write) -> io::Result<()> {
        let Self { title, mut facts, documents, mut arrays, texts } = self;
        let texts = texts.map(TextPacker::finish);
        let mut blocks: Vec<(String, Vec<u8>)> = Vec::new();
        if let Some(texts) = texts {
            arrays.integers("piece_terms", texts.terms);
            arrays.shorts("piece_words", texts.words);
            arrays.integers("text_blocks", texts.starts);
            blocks.push(("pieces".into(), compressed(&json_bytes(&Value::from(texts.pieces))?)));
            blocks.extend(texts.blocks.into_iter().enumerate().map(|(i, block)| (format!("texts-{i}"), block)));
        }
        let (directory, bytes) = arrays.finish();
        facts["arrays"] = directory;
        facts["title"] = title.as_str().into();
        let head = [
            ("facts".to_string(), compressed(&json_bytes(&facts)?)),
            ("arrays".to_string(), compressed(&bytes)),
            ("documents".to_string(), compressed(&json_bytes(&documents)?)),
        ];
        let mut digests = DIGESTS.lines();
        let (script, style) = (digests.next().unwrap_or_default(), digests.next().unwrap_or_default());
        write!(
            out,
            "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
             <meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; script-src '{script}'; \
             style-src '{style}'; base-uri 'none'; form-action 'none'\">\n\
             <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
             <meta name=\"color-scheme\" content=\"light dark\">\n<title>{}</title>\n<style>{STYLE}</style>\n</head>\n\
             <body>\n<noscript><p>This page needs JavaScript. The same is shown as text by topicmill topics, clusters, \
             over-time and info.</p></noscript>\n<div id=\"app\"></div>\n",
            escape(&title)
        )?;
        for (name, block) in head.into_iter().chain(blocks) {
            write!(out, "<script type=\"application/octet-stream\" id=\"data-{name}\">")?;
            out.write_all(BASE64.encode(block).as_bytes())?;
            out.write_all(b"</script>\n")?;
        }
        write!(out, "<script>{SCRIPT}</script>\n</body>\n</html>\n")
    }
}

fn json_bytes(value: &Value) -> io::Result<Vec<u8>> {
    serde_json::to_vec(value).map_err(io::Error::from)
}
