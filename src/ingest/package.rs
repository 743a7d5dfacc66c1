//! A file of zipped XML parts (docx, odt, ods), read within bounds.

use std::io::{BufRead, BufReader, Cursor, Read};

use quick_xml::Reader;
use quick_xml::escape::resolve_predefined_entity;
use quick_xml::events::{BytesRef, BytesStart, Event};

/// Most bytes that one part may expand to; its text is held in memory.
const MOST_PART_BYTES: u64 = 128 << 20;
/// Most bytes of one tag, comment or run of text, which the parser holds in memory, and of all open tags' names.
const MOST_TEXT_BYTES: usize = 64 << 20;

/// An opened file.
pub(super) struct Package(zip::ZipArchive<Cursor<Vec<u8>>>);

impl Package {
    pub(super) fn open(bytes: Vec<u8>) -> Result<Self, String> {
        zip::ZipArchive::new(Cursor::new(bytes)).map(Self).map_err(|error| error.to_string())
    }

    /// Whether the file has a part of this name.
    pub(super) fn has(&self, name: &str) -> bool {
        self.0.index_for_name(name).is_some()
    }

    /// The events of a part.
    pub(super) fn part(&mut self, name: &str) -> Result<Events<impl BufRead>, String> {
        let part = self.0.by_name(name).map_err(|error| format!("{name}: {error}"))?;
        if part.size() > MOST_PART_BYTES {
            return Err(format!("{name} expands to {} bytes", part.size()));
        }
        let mut xml = Reader::from_reader(BufReader::new(part.take(MOST_PART_BYTES)));
        xml.config_mut().allow_dangling_amp = true;
        Ok(Events { xml, buffer: Vec::new(), name: name.to_string() })
    }
}

/// What a reader of documents needs to see of XML.
pub(super) enum Node<'a> {
    /// The start of an element; one without content is followed by its end too.
    Start(BytesStart<'a>),
    /// The end of an element, by its name without prefix.
    End(String),
    Text(String),
}

/// Iterates over the nodes of a part. No entities of a document type are expanded, and nothing recurses.
pub(super) struct Events<R> {
    xml: Reader<R>,
    buffer: Vec<u8>,
    name: String,
}

impl<R: BufRead> Events<R> {
    /// Calls `each` for every node.
    pub(super) fn for_each(mut self, mut each: impl FnMut(Node<'_>) -> Result<(), String>) -> Result<(), String> {
        loop {
            self.buffer.clear();
            let place = self.xml.buffer_position();
            let event = self.xml.read_event_into(&mut self.buffer);
            match event.map_err(|error| format!("{}, byte {place}: {error}", self.name))? {
                Event::Eof => return Ok(()),
                Event::Start(start) => each(Node::Start(start))?,
                Event::Empty(start) => {
                    let name = start.local_name().as_ref().to_string();
                    each(Node::Start(start))?;
                    each(Node::End(name))?;
                }
                Event::End(end) => each(Node::End(end.local_name().as_ref().to_string()))?,
                Event::Text(text) => each(Node::Text(text.xml10_content().into_owned()))?,
                Event::CData(text) => each(Node::Text(text.xml10_content().into_owned()))?,
                Event::GeneralRef(reference) => each(Node::Text(resolve(&reference)))?,
                Event::Comment(_) | Event::Decl(_) | Event::PI(_) | Event::DocType(_) => {}
            }
            if self.buffer.capacity() > MOST_TEXT_BYTES {
                return Err(format!("{}, byte {place}: a tag or text is too large", self.name));
            }
        }
    }
}

/// The character of a reference; nothing for an entity of the document's own.
fn resolve(reference: &BytesRef<'_>) -> String {
    match reference.resolve_char_ref() {
        Ok(Some(c)) => c.to_string(),
        _ => resolve_predefined_entity(reference.as_ref()).unwrap_or_default().to_string(),
    }
}

/// The value of an attribute by its name without prefix. Repeated attributes are not looked for, since that takes time
/// quadratic in their number.
pub(super) fn attribute(start: &BytesStart<'_>, name: &str) -> Option<String> {
    let found =
        start.attributes().with_checks(false).flatten().find(|field| field.key.local_name().as_ref() == name)?;
    quick_xml::escape::unescape(&found.value).ok().map(|value| value.into_owned())
}

/// White space of ODF: each run counts as one space, none at the start of a line.
pub(super) fn push_folded(text: &mut String, part: &str) {
    for c in part.chars() {
        match c {
            ' ' | '\t' | '\r' | '\n' if text.is_empty() || text.ends_with([' ', '\n']) => {}
            ' ' | '\t' | '\r' | '\n' => text.push(' '),
            c => text.push(c),
        }
    }
}
