//! Decodes a mail message (`.eml`, one of a mailbox or a maildir): its headers of interest and its text without
//! attachments.

use std::borrow::Cow;

use mail_parser::{Encoding, HeaderName, HeaderValue, Message, MessageParser, MessagePart, MimeHeaders, PartType};

/// Most parts and header lines of a message: one of a few bytes costs hundreds in memory.
const MOST_HEADER_LINES: usize = 100_000;

/// A message as a document: subject as title, the other headers as metadata.
#[derive(Debug, Default)]
pub(super) struct Mail {
    pub(super) subject: String,
    pub(super) from: String,
    /// In the form of RFC 3339; empty if the header is missing or wrong.
    pub(super) date: String,
    pub(super) text: String,
}

/// The decoded message; `html` turns a part of HTML into text, for messages without plain text, and
/// `guess` decodes bytes of an unknown character set.
pub(super) fn decode(
    raw: &[u8],
    html: impl Fn(&str) -> String,
    guess: impl Fn(&[u8]) -> String,
) -> Result<Mail, String> {
    check_size(raw)?;
    // Only these headers are parsed: a list of a million addresses takes much memory.
    let parser = MessageParser::new()
        .with_mime_headers()
        .header_text(HeaderName::Subject)
        .header_address(HeaderName::From)
        .header_date(HeaderName::Date)
        .default_header_ignore();
    let raw = without_nested_messages(raw);
    let message = parser.parse(raw.as_ref()).ok_or("not a mail message")?;
    let mut mail = Mail {
        subject: message.subject().map(one_line).unwrap_or_default(),
        from: from(message.header(HeaderName::From)),
        date: message.date().filter(|date| date.is_valid()).map(|date| date.to_rfc3339()).unwrap_or_default(),
        text: String::new(),
    };
    for part in text_parts(&message) {
        let text = match &part.body {
            PartType::Text(text) => Cow::Borrowed(text.as_ref()),
            PartType::Html(text) => Cow::Owned(html(text)),
            _ => continue,
        };
        if !mail.text.is_empty() && !mail.text.ends_with('\n') {
            mail.text.push('\n');
        }
        let has_charset = part.content_type().is_some_and(|kind| kind.has_attribute("charset"));
        match message.raw_message.get(part.offset_body as usize..part.offset_end as usize) {
            Some(bytes) if part.encoding == Encoding::None && !has_charset => mail.text.push_str(&guess(bytes)),
            _ => mail.text.push_str(&text),
        }
    }
    Ok(mail)
}

/// The parts that hold the text: plain text, else HTML, else a broken part such as one without its closing boundary,
/// which the parser puts among the attachments.
fn text_parts<'a>(message: &'a Message<'a>) -> Vec<&'a MessagePart<'a>> {
    let (plain, html): (Vec<_>, Vec<_>) = (message.text_bodies().collect(), message.html_bodies().collect());
    let attached = |part: &MessagePart| part.content_disposition().is_some_and(|value| value.is_attachment());
    let broken = || message.attachments().find(|part| part.is_encoding_problem && part.is_text() && !attached(part));
    match (plain.is_empty(), html.is_empty()) {
        (false, _) => plain,
        (true, false) => html,
        (true, true) => broken().into_iter().collect(),
    }
}

/// Refuses a message of too many parts (a line `--` in front of each) and header lines.
fn check_size(raw: &[u8]) -> Result<(), String> {
    let mut in_header = true;
    let mut lines = 0;
    for line in raw.split(|byte| *byte == b'\n') {
        in_header = (in_header || line.starts_with(b"--")) && !matches!(line, b"" | b"\r");
        lines += usize::from(in_header);
    }
    if lines > MOST_HEADER_LINES { Err(format!("more than {MOST_HEADER_LINES} header lines")) } else { Ok(()) }
}

fn from(value: Option<&HeaderValue<'_>>) -> String {
    let Some(address) = value.and_then(HeaderValue::as_address).and_then(|address| address.first()) else {
        return String::new();
    };
    match (address.name(), address.address()) {
        (Some(name), Some(address)) => one_line(&format!("{name} <{address}>")),
        (name, address) => one_line(name.or(address).unwrap_or_default()),
    }
}

fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// The message with the content types `message/…` and `multipart/digest` made unknown. The parser puts messages inside
/// messages without limit, and dropping a deep nest overflows the stack. Attached messages are no text of this one, and
/// those of a digest are read as plain text.
fn without_nested_messages(raw: &[u8]) -> Cow<'_, [u8]> {
    let mut changed = Cow::Borrowed(raw);
    let mut start = 0;
    let mut in_type = false;
    for line in raw.split_inclusive(|byte| *byte == b'\n') {
        let is_folded = line.first().is_some_and(|byte| matches!(byte, b' ' | b'\t'));
        let name = line.trim_ascii_start().get(..12).unwrap_or_default();
        in_type = name.eq_ignore_ascii_case(b"content-type") || in_type && (is_folded || line.trim_ascii().is_empty());
        if in_type {
            for word in [&b"message"[..], b"digest"] {
                for at in 0..(line.len() + 1).saturating_sub(word.len()) {
                    if line[at..at + word.len()].eq_ignore_ascii_case(word) {
                        changed.to_mut()[start + at..start + at + word.len()].fill(b'x');
                    }
                }
            }
        }
        start += line.len();
    }
    changed
}
