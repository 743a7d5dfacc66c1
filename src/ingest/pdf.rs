//! The text of PDF files. Readers of PDF loop, panic and take all memory on files made to that end; so each file is
//! read by a process of its own, with bounds on its time and memory.

use std::io::{Read, Write};
use std::path::PathBuf;
use std::sync::OnceLock;

use crate::system::{Ended, bound_process, run_child};

/// Seconds that the reading of a file may take.
const MOST_SECONDS: u64 = 60;

/// Bytes of memory that the reading of a file may take.
const MOST_MEMORY: u64 = 2 << 30;

/// The command that reads a PDF from its standard input.
pub(crate) const COMMAND: &str = "pdf-text";

static PROGRAM: OnceLock<PathBuf> = OnceLock::new();

/// Names the program that reads PDF files, which must be this version of `topicmill`. The program itself does so at its
/// start; until a library user does, PDF files are skipped and told. The first call counts.
///
/// ```
/// topicmill::ingest::read_pdf_with("/usr/local/bin/topicmill");
/// ```
pub fn read_pdf_with(program: impl Into<PathBuf>) {
    PROGRAM.get_or_init(|| program.into());
}

/// The text of a file; the error says why there is none.
pub(super) fn text(bytes: &[u8], most_bytes: u64) -> Result<String, String> {
    let Some(program) = PROGRAM.get() else {
        return Err("a PDF: `ingest::read_pdf_with` names the program that reads it".into());
    };
    let problem = match run_child(program, COMMAND, bytes, most_bytes, MOST_SECONDS) {
        Ok(Ended::Done(text)) if text.len() as u64 > most_bytes => {
            return Err(format!("a PDF of more than {most_bytes} bytes of text"));
        }
        Ok(Ended::Done(text)) => return Ok(join_lines(String::from_utf8_lossy(&text).trim_start())),
        Ok(Ended::Failed(reason)) => format!("its reader says: {}", String::from_utf8_lossy(&reason).trim()),
        Ok(Ended::Broken) => "its reader fails on it".to_string(),
        Ok(Ended::Late) => format!("its reader has not ended within {MOST_SECONDS} seconds"),
        Err(error) => format!("its reader cannot be started: {error}"),
    };
    Err(format!("a PDF: make it text first, for example with pdftotext; {problem}"))
}

/// Reads a PDF from standard input and writes its text to standard output, within bounds; on failure the reason, and 1
/// is returned.
pub(crate) fn serve() -> u8 {
    bound_process(MOST_SECONDS, MOST_MEMORY);
    let mut bytes = Vec::new();
    let text = match std::io::stdin().lock().read_to_end(&mut bytes) {
        Ok(_) => pdf_extract::extract_text_from_mem(&bytes).map_err(|error| error.to_string()),
        Err(error) => Err(error.to_string()),
    };
    let (Ok(written) | Err(written)) = text.as_ref();
    let is_written = std::io::stdout().lock().write_all(written.as_bytes()).is_ok();
    u8::from(text.is_err() || !is_written)
}

/// Joins words that a hyphen parts at the end of a line.
fn join_lines(text: &str) -> String {
    let mut joined = String::with_capacity(text.len());
    let mut lines = text.lines().map(str::trim_end).peekable();
    while let Some(line) = lines.next() {
        let is_parted = line.strip_suffix('-').is_some_and(|word| word.ends_with(char::is_lowercase))
            && lines.peek().is_some_and(|next| next.starts_with(char::is_lowercase));
        joined.push_str(if is_parted { &line[..line.len() - 1] } else { line });
        if !is_parted {
            joined.push('\n');
        }
    }
    joined
}

#[cfg(test)]
mod tests {
    use super::join_lines;

    #[test]
    fn words_parted_at_the_end_of_a_line_are_whole() {
        assert_eq!(
            join_lines("an iden-\ntifier  \nof 2-\nfold X-\nrays -\nend-\n"),
            "an identifier\nof 2-\nfold X-\nrays -\nend-\n"
        );
    }
}
