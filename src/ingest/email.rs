//! Mail and news messages without their header block, quoted lines and signature.

/// Most lines that a signature has.
const SIGNATURE_LINES: usize = 15;

/// Ends of a line that introduces a quotation.
const ATTRIBUTIONS: &[&str] = &["writes:", "wrote:", "said:", "says:", "writes in"];

/// A message reduced to what its author wrote.
pub(super) struct Message {
    /// The body.
    pub(super) body: String,
    /// The subject, if the header block had one.
    pub(super) subject: Option<String>,
}

pub(super) fn strip(text: &str) -> Message {
    let (subject, body) = without_header(text);
    let lines: Vec<&str> = body.lines().collect();
    let end = signature_start(&lines);
    let kept: Vec<&str> = lines[..end].iter().copied().filter(|line| !is_quoted(line)).collect();
    Message { body: kept.join("\n"), subject }
}

/// Splits off the lines `Name: value` (and their continuations) up to the first blank line, if all lines up to there
/// are such.
fn without_header(text: &str) -> (Option<String>, &str) {
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
                    subject = Some(value.trim().to_string()).filter(|value| !value.is_empty());
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

/// `> …`, `| …`, `AB> …`, and the line that says whose words follow.
fn is_quoted(line: &str) -> bool {
    let trimmed = line.trim_start();
    let initials = trimmed.bytes().take_while(u8::is_ascii_alphabetic).take(4).count();
    let mark = &trimmed[initials..];
    let attribution = || {
        let line = trimmed.trim_end();
        line.len() < 200 && ATTRIBUTIONS.iter().any(|end| line.ends_with(end)) || trimmed.starts_with("In article <")
    };
    mark.starts_with('>') || trimmed.starts_with('|') || trimmed.starts_with(':') || attribution()
}

/// Index of the line `--`, or of a last rule of dashes or the like, that a signature follows; else the number of lines.
fn signature_start(lines: &[&str]) -> usize {
    let last = lines.iter().rposition(|line| !line.trim().is_empty()).map_or(0, |last| last + 1);
    let first = last.saturating_sub(SIGNATURE_LINES + 1);
    let is_rule = |line: &str| {
        let line = line.trim();
        line == "--" || line.len() >= 3 && line.bytes().all(|byte| b"-_=*~+#".contains(&byte))
    };
    (first..last).find(|&i| is_rule(lines[i]) && i > 0).unwrap_or(lines.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_authors_words_are_left() {
        let message = strip(
            "From: a@b.c\nSubject: Re: Orbits\n  and more\nLines: 3\n\nIn article <x@y> z@y writes:\n> old words\nJR> older\n: oldest\n\nNew words.\n--\nAnn, Tel. 3\n",
        );
        assert_eq!(message.body.trim(), "New words.");
        assert_eq!(message.subject.as_deref(), Some("Re: Orbits"));
    }

    #[test]
    fn a_text_without_header_stays() {
        assert_eq!(strip("Note: this\nis no header\n\nat all").body, "Note: this\nis no header\n\nat all");
        assert_eq!(strip("").body, "");
        assert_eq!(strip("Subject: only\n").body, "");
    }
}
