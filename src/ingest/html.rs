//! Converts HTML to text: blocks become lines, and scripts and styles are left out.
//!
//! Pages come from strangers. A parser that builds a tree takes time that grows with the square of its depth, of the
//! attributes of a tag and of the formatting elements left open. So tags are only scanned, in time and memory that are
//! linear in the length of the page.

use std::ops::Range;

/// Elements whose content is no text and is not parsed: it ends at the first end tag of the element.
const RAW: &[&str] = &["script", "style", "noscript", "iframe"];

/// Elements whose content is text in which tags are not parsed.
const PLAIN: &[&str] = &["title", "textarea"];

/// Elements that are left out with everything inside them; they may be nested.
const LEFT_OUT: &[&str] = &["template", "svg", "object"];

/// Elements that stand within a line; every other element begins and ends a line.
const INLINE: &[&str] = &[
    "a", "abbr", "acronym", "b", "bdi", "bdo", "big", "cite", "code", "data", "del", "dfn", "em", "font", "i", "ins",
    "kbd", "label", "mark", "q", "rp", "rt", "ruby", "s", "samp", "small", "span", "strike", "strong", "sub", "sup",
    "time", "tt", "u", "var", "wbr",
];

/// Length of the longest name in the lists above. Longer names are cut, since they match none.
const LONGEST_NAME: usize = 8;

pub(super) fn to_text(html: &str) -> String {
    let mut page = Page { html, text: String::new(), hidden: 0, ends: Vec::new() };
    let mut at = 0;
    while let Some(length) = html[at..].find('<') {
        page.text(at..at + length);
        at += length;
        let rest = &html[at..];
        at += match Tag::read(rest) {
            Some(tag) => tag.length + page.tag(&tag, at + tag.length),
            None if rest.starts_with("<!--") => 4 + length_to(&rest[4..], "-->"),
            None if rest.starts_with("<!") || rest.starts_with("<?") || rest.starts_with("</") => length_to(rest, ">"),
            None => {
                page.text(at..at + 1);
                1
            }
        };
    }
    page.text(at..html.len());
    let folded = |line: &str| line.split_whitespace().collect::<Vec<_>>().join(" ");
    let lines: Vec<String> = page.text.lines().map(folded).filter(|line| !line.is_empty()).collect();
    lines.join("\n")
}

/// Bytes up to and including the first `end`; the whole text if there is none, as in a browser.
fn length_to(html: &str, end: &str) -> usize {
    html.find(end).map_or(html.len(), |at| at + end.len())
}

/// A start or end tag.
struct Tag {
    /// In lower case, cut behind [`LONGEST_NAME`] + 1 bytes.
    name: String,
    is_end: bool,
    is_closed: bool,
    /// Bytes from `<` to `>`.
    length: usize,
}

impl Tag {
    /// The tag that the text begins with, without its attributes. A tag that does not end takes the rest of the page.
    fn read(html: &str) -> Option<Self> {
        let bytes = html.as_bytes();
        let is_end = bytes.get(1) == Some(&b'/');
        let start = 1 + usize::from(is_end);
        if !bytes.get(start)?.is_ascii_alphabetic() {
            return None;
        }
        let ends_name = |byte: &u8| byte.is_ascii_whitespace() || matches!(byte, b'/' | b'>');
        let end = bytes[start..].iter().position(ends_name).map_or(bytes.len(), |n| start + n);
        let name = bytes[start..end.min(start + LONGEST_NAME + 1)].to_ascii_lowercase();
        let last = tag_end(bytes, end);
        Some(Self {
            name: String::from_utf8_lossy(&name).into_owned(),
            is_end,
            is_closed: last > end && bytes[last - 1] == b'/',
            length: (last + 1).min(bytes.len()),
        })
    }
}

/// Position of the `>` that ends a tag, or the length of the text if there is none. A `>` within a quoted value of an
/// attribute does not end the tag.
fn tag_end(bytes: &[u8], mut at: usize) -> usize {
    let mut may_quote = false;
    while let Some(&byte) = bytes.get(at) {
        match byte {
            b'>' => return at,
            b'"' | b'\'' if may_quote => {
                let closing = bytes[at + 1..].iter().position(|&other| other == byte);
                at = closing.map_or(bytes.len(), |n| at + 1 + n);
                may_quote = false;
            }
            b'=' => may_quote = true,
            _ => may_quote &= byte.is_ascii_whitespace(),
        }
        at += 1;
    }
    bytes.len()
}

struct Page<'a> {
    html: &'a str,
    text: String,
    /// Number of open elements of [`LEFT_OUT`]; text is kept only while it is 0.
    hidden: usize,
    /// Position of the next end tag by element name, `None` if there is no further one. Without this cache a page of
    /// many start tags would be searched to its end at each of them.
    ends: Vec<(&'static str, Option<usize>)>,
}

impl Page<'_> {
    fn text(&mut self, range: Range<usize>) {
        if self.hidden == 0 {
            self.text.push_str(&htmlize::unescape(&self.html[range]));
        }
    }

    /// Handles a tag whose content begins at `at`. If the content holds no tags ([`RAW`], [`PLAIN`]) it is handled too,
    /// and its length is returned, else 0. An element that is never closed hides nothing, unless it is [`RAW`].
    fn tag(&mut self, tag: &Tag, at: usize) -> usize {
        let known = |names: &[&'static str]| names.iter().copied().find(|name| *name == tag.name);
        if known(INLINE).is_none() && self.hidden == 0 {
            self.text.push('\n');
        }
        if let Some(name) = known(LEFT_OUT) {
            if tag.is_end {
                self.hidden = self.hidden.saturating_sub(1);
            } else if !(tag.is_closed && name == "svg") && self.next_end(name, at).is_some() {
                self.hidden += 1;
            }
        } else if let Some(name) = known(RAW).filter(|_| !tag.is_end) {
            return self.next_end(name, at).unwrap_or(self.html.len()) - at;
        } else if let Some(name) = known(PLAIN).filter(|_| !tag.is_end)
            && let Some(end) = self.next_end(name, at)
        {
            self.text(at..end);
            return end - at;
        }
        0
    }

    /// Position of the next end tag of this name at or after `at`, if there is one.
    fn next_end(&mut self, name: &'static str, at: usize) -> Option<usize> {
        let known = self.ends.iter().position(|(known, _)| *known == name);
        let found = match known.map(|i| self.ends[i].1) {
            Some(Some(end)) if end >= at => return Some(end),
            Some(None) => return None,
            _ => end_tag(name, &self.html[at..]).map(|length| at + length),
        };
        match known {
            Some(i) => self.ends[i].1 = found,
            None => self.ends.push((name, found)),
        }
        found
    }
}

/// Position of the first end tag of this name in `html`, if there is one.
fn end_tag(name: &str, html: &str) -> Option<usize> {
    let bytes = html.as_bytes();
    html.match_indices("</").map(|(at, _)| at).find(|at| {
        let found = &bytes[at + 2..];
        let ends = found.get(name.len()).is_none_or(|byte| byte.is_ascii_whitespace() || matches!(byte, b'/' | b'>'));
        ends && found.len() >= name.len() && found[..name.len()].eq_ignore_ascii_case(name.as_bytes())
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn what_a_reader_sees_is_text() {
        let cases = [
            ("<p>stone <b>wh</b>eel<p>caf&eacute;", "stone wheel\ncafé"),
            ("<title>a < b &amp; c</title><style>p > q {}</style>x", "a < b & c\nx"),
            ("a<br>b<img alt='x > y'>c", "a\nb\nc"),
            ("<SCRIPT>if (a<b) '</p>'</SCRIPT >seen<!-- not <p> -->too", "seentoo"),
            ("1 < 2 and 2 > 1 <3", "1 < 2 and 2 > 1 <3"),
            ("<svg><text>no</text></svg>yes<svg/>yes", "yes\nyes"),
            ("<object>no<object>no</object>no</object>yes", "yes"),
            ("<svg>an unclosed one hides nothing", "an unclosed one hides nothing"),
            ("<p>text<script>cut off", "text"),
            ("<p>text <a href=\"x", "text"),
            ("<!doctype html><?xml?></>ab", "ab"),
        ];
        for (html, text) in cases {
            assert_eq!(to_text(html), text, "{html}");
        }
    }

    #[test]
    fn time_grows_with_length_alone() {
        // Each of these pages took minutes with a tree, or would with a search that starts again at every tag.
        for page in ["<div>", "<font a>", "<svg>", "<script>", "<title>", "</p", "<a b='", "&amp", "<!--", "<object>"] {
            to_text(&page.repeat(200_000));
        }
        let attributes: String = (0..200_000).map(|i| format!(" a{i}")).collect();
        assert_eq!(to_text(&format!("<p{attributes}>text")), "text");
        assert_eq!(to_text(&("<object>".repeat(50_000) + "x" + &"</object>".repeat(50_000) + "y")), "y");
    }

    proptest! {
        #![proptest_config(crate::random::random_cases(256))]

        #[test]
        fn no_page_brings_the_reader_down(
            page in r#"([<>/&;="' a-c!-]|<(p|svg|title|script|!--)|</(svg|title|script)|é){0,40}"#
        ) {
            let text = to_text(&page);
            prop_assert!(text.len() <= 2 * page.len());
        }
    }
}
