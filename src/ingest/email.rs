//! Strips mail and news messages of their header block, quoted lines, signature and encoded attachments, which would
//! become topics of their own.
//!
//! The subject stays as the first line: it is the author's own words, and becomes the title of the document.

/// A signature has at most this many lines. A mark further up separates parts of the text, which must stay.
const SIGNATURE_LINES: usize = 15;

/// A line that ends with one of these introduces a quotation.
const ATTRIBUTIONS: &[&str] = &["writes:", "wrote:", "said:", "says:", "writes in"];

/// The words that the author of a message wrote: the subject, if there is one, then the body.
pub(super) fn strip(text: &str) -> String {
    let (subject, body) = without_header(text);
    let body = strip_body(body);
    subject.map_or_else(
        || body.clone(),
        |subject| if body.is_empty() { subject.into() } else { format!("{subject}\n{body}") },
    )
}

/// The words that the author wrote of the body of a message.
pub(super) fn strip_body(body: &str) -> String {
    let lines: Vec<&str> = body.lines().collect();
    let end = signature_start(&lines);
    let mut kept: Vec<&str> = Vec::new();
    let mut in_attribution = false;
    for (i, line) in lines[..end].iter().enumerate() {
        // An attribution may take two lines: "In article <…>," and "somebody writes:".
        let attribution = is_attribution(line) || in_attribution;
        in_attribution = !in_attribution
            && opens_attribution(line)
            && !is_attribution(line)
            && lines[..end].get(i + 1).is_some_and(|next| is_attribution(next));
        if !(attribution || in_attribution || is_quoted(line) || is_encoded(line)) {
            kept.push(line);
        }
    }
    kept.join("\n")
}

/// Whether a text has the header block of a message with at least three fields, or quotes three lines or more.
pub fn looks_like_mail(text: &str) -> bool {
    let head = &text[..(0..=text.len().min(8192)).rev().find(|&end| text.is_char_boundary(end)).unwrap_or(0)];
    let (_, body) = without_header(head);
    let is_field = |line: &&str| line.split_once(": ").is_some_and(|(name, _)| is_field_name(name));
    let n_fields = head[..head.len() - body.len()].lines().filter(is_field).count();
    n_fields >= 3 || text.lines().filter(|line| line.starts_with('>')).take(3).count() == 3
}

/// Whether a text has five lines or more of an encoded attachment.
pub fn has_encoded_lines(text: &str) -> bool {
    text.lines().filter(|line| is_encoded(line)).take(5).count() == 5
}

/// The subject and the body of a message. The header block is cut off only if every line before the first blank one is
/// `Name: value` or its continuation; any other text is returned whole.
fn without_header(text: &str) -> (Option<&str>, &str) {
    let mut subject = None;
    let mut fields = 0;
    let mut at = 0;
    for line in text.split_inclusive('\n') {
        at += line.len();
        let content = line.trim_end();
        if content.is_empty() && fields == 0 {
            continue;
        }
        if content.is_empty() {
            return (subject, &text[at..]);
        }
        let continuation = fields > 0 && line.starts_with([' ', '\t']);
        match content.split_once(':') {
            Some((name, value)) if is_field_name(name) => {
                fields += 1;
                if name.eq_ignore_ascii_case("subject") {
                    subject = Some(without_reply_marks(value)).filter(|value| !value.is_empty());
                }
            }
            _ if continuation || fields == 0 && content.starts_with("From ") => {}
            _ => return (None, text),
        }
    }
    if fields > 0 { (subject, "") } else { (None, text) }
}

fn is_field_name(name: &str) -> bool {
    !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_')
}

/// The subject without leading reply and forward marks (`Re:`, `Fwd:`, `AW:` …).
pub(super) fn without_reply_marks(subject: &str) -> &str {
    let mut subject = subject.trim();
    while let Some((mark, rest)) = subject.split_once(':') {
        if !["re", "aw", "sv", "fw", "fwd", "wg"].contains(&mark.trim().to_ascii_lowercase().as_str()) {
            break;
        }
        subject = rest.trim();
    }
    subject
}

/// Whether a line is quoted, with a mark such as `>`, `|`, `:` or `AB>` (the initials of the author) at its start.
fn is_quoted(line: &str) -> bool {
    let trimmed = line.trim_start();
    let initials = trimmed.bytes().take_while(u8::is_ascii_alphabetic).take(4).count();
    trimmed[initials..].starts_with('>') || trimmed.starts_with('|') || trimmed.starts_with(':')
}

/// Whether a line says whose words are quoted below it.
fn is_attribution(line: &str) -> bool {
    let line = line.trim_end();
    line.len() < 200 && ATTRIBUTIONS.iter().any(|end| line.ends_with(end))
}

fn opens_attribution(line: &str) -> bool {
    let line = line.trim_start();
    ["In article", "In <", "On ", "Quoting "].iter().any(|start| line.starts_with(start)) || line.contains('@')
}

/// Whether a line is part of an attachment. Such a line is long, and has either no lower-case letters and much
/// punctuation (uuencode), or capitals and digits, but no spaces (Base64, BinHex).
fn is_encoded(line: &str) -> bool {
    let line = line.trim_end();
    if line.len() < 45 || !line.is_ascii() {
        return false;
    }
    let uuencoded = line.bytes().all(|byte| (b' '..=b'`').contains(&byte))
        && line.bytes().filter(|byte| !byte.is_ascii_alphanumeric() && *byte != b' ').count() * 6 > line.len();
    let base64 = line.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"+/=!\"#$%&'()*,-".contains(&byte))
        && line.bytes().any(|byte| byte.is_ascii_uppercase())
        && line.bytes().any(|byte| byte.is_ascii_digit());
    uuencoded || base64
}

/// Index of the line where the signature begins, or the number of lines if there is none. It begins at a line `--`,
/// else at the last ruled line (five or more of `-_=*~+#`), among the last [`SIGNATURE_LINES`] + 1 lines.
fn signature_start(lines: &[&str]) -> usize {
    let last = lines.iter().rposition(|line| !line.trim().is_empty()).map_or(0, |last| last + 1);
    let first = last.saturating_sub(SIGNATURE_LINES + 1);
    let is_rule = |line: &str| {
        let line = line.trim();
        line.len() >= 5 && line.bytes().all(|byte| b"-_=*~+#".contains(&byte))
    };
    let mark = (first..last).find(|&i| lines[i].trim_end() == "--" && i > 0);
    mark.or_else(|| (first..last).rfind(|&i| is_rule(lines[i]) && i > 0)).unwrap_or(lines.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_authors_words_are_left() {
        let message = "From: a@b.c\nSubject: Re: Orbits\nLines: 3\n  and more\n\nIn article <x@y>,\nz@y writes:\n> old words\n\
                       JR> older\n: oldest\n\nNew words.\n--\nAnn, Tel. 3\n";
        assert_eq!(strip(message), "Orbits\n\nNew words.");
        let attachment = "begin 644 a.bin\nM86)C9&5F9VAI:FML;6YO<'%R<W1U=G=X>7I!0D-$149'2$E*2TQ-3D]045)3\nend";
        assert_eq!(strip(attachment), "begin 644 a.bin\nend");
    }

    #[test]
    fn a_text_without_header_stays() {
        assert_eq!(strip("Note: this\nis no header\n\nat all"), "Note: this\nis no header\n\nat all");
        assert_eq!(strip(""), "");
        assert_eq!(strip("Subject: only\n"), "only");
    }
}
