//! Cuts a JSON array into its elements in bounded memory; each is then parsed on its own, as a line of JSON Lines is.
use std::io::{self, BufRead};

/// An element of the array.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Element {
    /// Its bytes, not yet parsed, and the line it begins in, from 1.
    Bytes(Vec<u8>, u64),
    /// One longer than the limit, which was passed over.
    TooLong(u64),
}

/// Iterates over the elements of an array. Only brackets, strings and commas are looked at: whether an element is
/// valid JSON is for its parser to say.
pub(super) struct Elements<R> {
    input: R,
    limit: u64,
    line: u64,
    state: State,
}

#[derive(Clone, Copy, PartialEq)]
enum State {
    /// Nothing but a byte order mark and white space has been read.
    Start,
    /// After `[`: an element or `]` follows.
    First,
    /// After `,`: an element follows.
    Next,
    End,
}

impl<R: BufRead> Elements<R> {
    /// `limit` is the most bytes of an element.
    pub(super) fn new(input: R, limit: u64) -> Self {
        Self { input, limit, line: 1, state: State::Start }
    }

    /// The next element. After an error there is no way on.
    pub(super) fn next(&mut self) -> io::Result<Option<Element>> {
        if self.state == State::Start {
            for mark in b"\xef\xbb\xbf" {
                if self.input.fill_buf()?.first() == Some(mark) {
                    self.input.consume(1);
                }
            }
            match self.skip_space()? {
                Some(b'[') => self.input.consume(1),
                _ => return Err(self.broken("expected an array, which begins with [")),
            }
            self.state = State::First;
        }
        if self.state == State::End {
            return Ok(None);
        }
        match self.skip_space()? {
            Some(b']') if self.state == State::First => {
                self.input.consume(1);
                self.end()?;
                return Ok(None);
            }
            Some(b',' | b']') => return Err(self.broken("expected a value")),
            Some(_) => {}
            None => return Err(self.truncated()),
        }
        let first_line = self.line;
        let (mut element, mut too_long, mut scan) = (Vec::new(), false, Scan::default());
        loop {
            let buffer = match self.input.fill_buf() {
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                buffer => buffer?,
            };
            if buffer.is_empty() {
                return Err(self.truncated());
            }
            let mut ended = None;
            let mut n = 0;
            for byte in buffer {
                if let Step::Ended(byte) = scan.step(*byte) {
                    ended = Some(byte);
                    break;
                }
                self.line += u64::from(*byte == b'\n');
                n += 1;
            }
            too_long |= (element.len() + n) as u64 > self.limit;
            if too_long {
                element = Vec::new();
            } else {
                element.extend_from_slice(&buffer[..n]);
            }
            self.input.consume(n + usize::from(ended.is_some()));
            if let Some(byte) = ended {
                self.state = State::Next;
                if byte == b']' {
                    self.end()?;
                }
                let end = element.trim_ascii_end().len();
                element.truncate(end);
                return Ok(Some(if too_long {
                    Element::TooLong(first_line)
                } else {
                    Element::Bytes(element, first_line)
                }));
            }
        }
    }

    /// Nothing but white space may follow the array.
    fn end(&mut self) -> io::Result<()> {
        self.state = State::End;
        if self.skip_space()?.is_some() { Err(self.broken("expected nothing after the array")) } else { Ok(()) }
    }

    fn skip_space(&mut self) -> io::Result<Option<u8>> {
        loop {
            let Some(byte) = self.input.fill_buf()?.first().copied() else { return Ok(None) };
            if !byte.is_ascii_whitespace() {
                return Ok(Some(byte));
            }
            self.line += u64::from(byte == b'\n');
            self.input.consume(1);
        }
    }

    fn broken(&self, problem: &str) -> io::Error {
        io::Error::new(io::ErrorKind::InvalidData, format!("line {}: {problem}", self.line))
    }

    fn truncated(&self) -> io::Error {
        io::Error::new(io::ErrorKind::UnexpectedEof, format!("line {}: the array does not end", self.line))
    }
}

/// Where the scan is within an element. It keeps the depth alone, so that nesting costs no memory.
#[derive(Default)]
struct Scan {
    depth: u64,
    in_string: bool,
    escaped: bool,
}

/// What a byte does.
enum Step {
    Inside,
    /// The element has ended before this byte, `,` or `]`.
    Ended(u8),
}

impl Scan {
    fn step(&mut self, byte: u8) -> Step {
        if self.in_string {
            match byte {
                _ if self.escaped => self.escaped = false,
                b'\\' => self.escaped = true,
                b'"' => self.in_string = false,
                _ => {}
            }
            return Step::Inside;
        }
        match byte {
            b'"' => self.in_string = true,
            b'[' | b'{' => self.depth += 1,
            b',' | b']' if self.depth == 0 => return Step::Ended(byte),
            b']' | b'}' => self.depth = self.depth.saturating_sub(1),
            _ => {}
        }
        Step::Inside
    }
}
