//! Cuts a stream into lines in bounded memory, since a stream need not have any line ends.

use std::io::{self, BufRead};

/// One line of a stream.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Line {
    /// Its bytes, without the line end.
    Bytes(Vec<u8>),
    /// A line longer than the limit, which was passed over.
    TooLong,
}

/// The next line, or `None` at the end of the stream. At most `limit` bytes are held; a longer line is read to its end
/// and dropped.
pub(super) fn next_line(input: &mut impl BufRead, limit: u64) -> io::Result<Option<Line>> {
    let mut line = Vec::new();
    let mut too_long = false;
    let mut any = false;
    loop {
        let buffer = match input.fill_buf() {
            Ok(buffer) => buffer,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            Err(error) => return Err(error),
        };
        if buffer.is_empty() {
            break;
        }
        any = true;
        let end = buffer.iter().position(|byte| *byte == b'\n');
        let part = &buffer[..end.unwrap_or(buffer.len())];
        too_long |= (line.len() + part.len()) as u64 > limit;
        if too_long {
            line = Vec::new();
        } else {
            line.extend_from_slice(part);
        }
        let consumed = part.len() + usize::from(end.is_some());
        input.consume(consumed);
        if end.is_some() {
            break;
        }
    }
    if line.last() == Some(&b'\r') {
        line.pop();
    }
    Ok(any.then_some(if too_long { Line::TooLong } else { Line::Bytes(line) }))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #![proptest_config(crate::random::random_cases(256))]

        #[test]
        fn lines_are_the_lines(text in "[ab\r\n]{0,40}", capacity in 1_usize..9) {
            let mut input = io::BufReader::with_capacity(capacity, text.as_bytes());
            let mut lines = Vec::new();
            while let Some(line) = next_line(&mut input, 5).unwrap() { lines.push(line); }
            let expected: Vec<Line> = text.strip_suffix('\n').unwrap_or(&text).split('\n').map(|line| {
                if line.len() > 5 { Line::TooLong } else { Line::Bytes(line.strip_suffix('\r').unwrap_or(line).into()) }
            }).collect();
            prop_assert_eq!(lines, if text.is_empty() { Vec::new() } else { expected });
        }
    }
}
