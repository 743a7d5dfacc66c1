//! Cuts an mbox stream into messages in bounded memory.

use std::io::{self, BufRead};

/// A message of a mailbox.
pub(super) enum Found {
    /// Its bytes, without the line `From …` in front and the `>` of quoted such lines.
    Message(Vec<u8>),
    /// A message longer than the limit, which was passed over.
    TooLong,
}

/// Iterates over the messages of an mbox file.
pub(super) struct Mbox<R> {
    input: R,
    limit: u64,
    /// Whether the line `From …` of the next message has been read.
    opened: bool,
}

impl<R: BufRead> Mbox<R> {
    pub(super) fn new(input: R, limit: u64) -> Self {
        Self { input, limit, opened: false }
    }

    /// The next message. A line `From …` begins one at the start of the file or after a blank line.
    pub(super) fn next(&mut self) -> io::Result<Option<Found>> {
        let mut message = Vec::new();
        let mut too_long = false;
        let mut blank = !self.opened;
        let mut any = false;
        loop {
            let mut line = Vec::new();
            let (read, long) = self.line(&mut line)?;
            if read == 0 {
                break;
            }
            if blank && is_separator(&line) {
                if std::mem::replace(&mut self.opened, true) && any {
                    return Ok(Some(if too_long { Found::TooLong } else { Found::Message(message) }));
                }
                (message, too_long, blank, any) = (Vec::new(), false, false, true);
                continue;
            }
            any |= self.opened;
            blank = line.trim_ascii().is_empty() && !long;
            let quotes = line.iter().take_while(|byte| **byte == b'>').count();
            let from = usize::from(quotes > 0 && line[quotes..].starts_with(b"From "));
            too_long |= long || (message.len() + line.len()) as u64 > self.limit;
            if too_long {
                message = Vec::new();
            } else if self.opened {
                message.extend_from_slice(&line[from..]);
            }
        }
        if !std::mem::take(&mut self.opened) {
            return Ok(None);
        }
        Ok(Some(if too_long { Found::TooLong } else { Found::Message(message) }))
    }

    /// Reads a line with its end; returns the bytes read, and whether some were dropped beyond the limit.
    fn line(&mut self, line: &mut Vec<u8>) -> io::Result<(usize, bool)> {
        let (mut read, mut long) = (0, false);
        loop {
            let buffer = match self.input.fill_buf() {
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                buffer => buffer?,
            };
            let end = buffer.iter().position(|byte| *byte == b'\n').map(|at| at + 1);
            let part = &buffer[..end.unwrap_or(buffer.len())];
            let n = part.len();
            long |= (line.len() + n) as u64 > self.limit;
            if long {
                // The start stays, so that a separator is still known as such.
                line.truncate(1024);
            } else {
                line.extend_from_slice(part);
            }
            self.input.consume(n);
            read += n;
            if end.is_some() || n == 0 {
                return Ok((read, long));
            }
        }
    }
}

/// Whether a line separates messages: `From `, a sender and a date with a time of day and a year.
pub(super) fn is_separator(line: &[u8]) -> bool {
    let Some(rest) = line.strip_prefix(b"From ") else { return false };
    let has_time = rest.windows(5).any(|w| w[2] == b':' && [w[0], w[1], w[3], w[4]].iter().all(u8::is_ascii_digit));
    has_time && rest.len() < 1000
}
