//! From bytes to text: byte order mark, UTF-8, declaration, detection, in this order.

use std::borrow::Cow;
use std::io::{self, Read};

use chardetng::{EncodingDetector, Iso2022JpDetection, Utf8Detection};
use encoding_rs::{CoderResult, Decoder, Encoding, ISO_2022_JP, UTF_8, UTF_16BE, UTF_16LE, WINDOWS_1252};

use super::compression::{Stream, read_up_to};

/// Bytes in which a declaration is looked for.
const DECLARATION_BYTES: usize = 4096;

/// Decodes a text. With a `forced` encoding (a label of the WHATWG Encoding Standard) malformed parts become U+FFFD;
/// else they do only in a text that is UTF-8 but for a few bytes: any other falls back to a legacy encoding that has a
/// character for every byte.
///
/// ```
/// use topicmill::ingest::decode;
/// assert_eq!(decode("naïve".as_bytes(), None), "naïve");
/// assert_eq!(decode(b"na\xefve fa\xe7ade", None), "naïve façade");
/// assert_eq!(decode(b"\xff\xfeh\0i\0", None), "hi");
/// assert_eq!(decode(b"\x1b$BEl5~\x1b(B", None), "東京");
/// assert_eq!(decode(b"\xcf\xf0\xe8\xe2\xe5\xf2", Some("windows-1251")), "Привет");
/// ```
pub fn decode(bytes: &[u8], forced: Option<&str>) -> String {
    decode_with(bytes, forced.and_then(|label| Encoding::for_label(label.as_bytes())))
}

/// Decodes a text and keeps its memory where nothing has to change.
pub(super) fn decode_owned(bytes: Vec<u8>, forced: Option<&'static Encoding>) -> String {
    let is_plain = forced.is_none_or(|encoding| encoding == UTF_8)
        && !bytes.contains(&0)
        && !bytes.contains(&0x1b)
        && Encoding::for_bom(&bytes).is_none();
    if !is_plain {
        return decode_with(&bytes, forced);
    }
    String::from_utf8(bytes).unwrap_or_else(|error| decode_with(error.as_bytes(), forced))
}

pub(super) fn decode_with(bytes: &[u8], forced: Option<&'static Encoding>) -> String {
    if let Some(encoding) = forced {
        return encoding.decode(bytes).0.into_owned();
    }
    if let Some(text) = utf32(bytes) {
        return text;
    }
    if let Some((encoding, length)) = Encoding::for_bom(bytes) {
        return encoding.decode_without_bom_handling(&bytes[length..]).0.into_owned();
    }
    if let Some(encoding) = utf16_without_mark(bytes) {
        return encoding.decode_without_bom_handling(bytes).0.into_owned();
    }
    if bytes.contains(&0x1b) && detect(bytes) == ISO_2022_JP {
        let (text, malformed) = ISO_2022_JP.decode_without_bom_handling(bytes);
        if !malformed {
            return text.into_owned();
        }
    }
    if let Ok(text) = std::str::from_utf8(bytes) {
        return text.to_string();
    }
    if is_nearly_utf8(bytes) {
        return String::from_utf8_lossy(bytes).into_owned();
    }
    let declared = declared_encoding(bytes).filter(|encoding| *encoding != UTF_8);
    let clean = |encoding: &'static Encoding| match encoding.decode_without_bom_handling(bytes) {
        (text, false) => Some(text.into_owned()),
        (_, true) => None,
    };
    declared.and_then(clean).or_else(|| clean(detect(bytes))).unwrap_or_else(|| {
        let (text, _) = WINDOWS_1252.decode_without_bom_handling(bytes);
        text.into_owned()
    })
}

fn detect(bytes: &[u8]) -> &'static Encoding {
    let mut detector = EncodingDetector::new(Iso2022JpDetection::Allow);
    detector.feed(bytes, true);
    detector.guess(None, Utf8Detection::Deny)
}

/// UTF-32 with a byte order mark, which the WHATWG standard leaves out.
fn utf32(bytes: &[u8]) -> Option<String> {
    let read: fn([u8; 4]) -> u32 = match bytes {
        [0xff, 0xfe, 0, 0, ..] => u32::from_le_bytes,
        [0, 0, 0xfe, 0xff, ..] => u32::from_be_bytes,
        _ => return None,
    };
    let unit = |unit: &[u8]| <[u8; 4]>::try_from(unit).ok().and_then(|unit| char::from_u32(read(unit)));
    Some(bytes[4..].chunks(4).map(|bytes| unit(bytes).unwrap_or(char::REPLACEMENT_CHARACTER)).collect())
}

/// UTF-16 without a mark: every other byte is zero, as in Latin text.
fn utf16_without_mark(bytes: &[u8]) -> Option<&'static Encoding> {
    let head = &bytes[..bytes.len().min(4096) & !1];
    let zeros = |first: usize| head.iter().skip(first).step_by(2).filter(|byte| **byte == 0).count();
    let (even, odd, units) = (zeros(0), zeros(1), head.len() / 2);
    if units < 4 {
        None
    } else if odd * 2 > units && even * 20 < units {
        Some(UTF_16LE)
    } else if even * 2 > units && odd * 20 < units {
        Some(UTF_16BE)
    } else {
        None
    }
}

/// Whether most sequences beyond ASCII are well-formed UTF-8: a damaged UTF-8 text, not a legacy encoding.
fn is_nearly_utf8(bytes: &[u8]) -> bool {
    let (mut good, mut bad) = (0_usize, 0_usize);
    for chunk in bytes.utf8_chunks() {
        good += chunk.valid().chars().filter(|c| !c.is_ascii()).count();
        bad += usize::from(!chunk.invalid().is_empty());
    }
    good >= 4 * bad.max(1)
}

/// The label behind the first `charset=` or `encoding=` (HTML, XML, mail header) near the start.
fn declared_encoding(bytes: &[u8]) -> Option<&'static Encoding> {
    let head = bytes[..bytes.len().min(DECLARATION_BYTES)].to_ascii_lowercase();
    [&b"charset="[..], b"encoding="].iter().find_map(|key| {
        let at = head.windows(key.len()).position(|window| window == *key)? + key.len();
        let value = head[at..].strip_prefix(b"\"").or_else(|| head[at..].strip_prefix(b"'")).unwrap_or(&head[at..]);
        let end = value.iter().position(|byte| !(byte.is_ascii_alphanumeric() || b"-_:.".contains(byte)));
        Encoding::for_label(&value[..end.unwrap_or(value.len())])
    })
}

/// Bytes of a container by which its encoding is judged.
const SAMPLE_BYTES: usize = 1 << 18;

/// A stream of a container (lines, rows) as UTF-8: its byte order mark is taken off; UTF-16, a forced encoding, or the
/// legacy encoding that its first 256 KiB show, is transcoded. A stream that begins as UTF-8 stays as it is, and what is
/// not UTF-8 further on is decoded record by record.
pub(super) fn transcode(mut input: Stream, forced: Option<&'static Encoding>) -> io::Result<Stream> {
    let mut head = vec![0; SAMPLE_BYTES];
    let n = read_up_to(&mut input, &mut head)?;
    head.truncate(n);
    let (encoding, skip) = match (Encoding::for_bom(&head), forced) {
        (Some((encoding, length)), None) => (encoding, length),
        (Some((encoding, length)), Some(forced)) if encoding == forced => (forced, length),
        (_, Some(forced)) => (forced, 0),
        (None, None) => (legacy_encoding(&head).unwrap_or(UTF_8), 0),
    };
    head.drain(..skip);
    let rest = io::Cursor::new(head).chain(input);
    Ok(if encoding == UTF_8 { Box::new(rest) } else { Box::new(Transcoder::new(rest, encoding)) })
}

/// The encoding of a sample that is not UTF-8; none if it is, but for a few bytes or a character cut off at its end.
fn legacy_encoding(sample: &[u8]) -> Option<&'static Encoding> {
    if let Some(encoding) = utf16_without_mark(sample) {
        return Some(encoding);
    }
    match std::str::from_utf8(sample) {
        Ok(_) => None,
        Err(error) if error.error_len().is_none() => None,
        Err(_) if is_nearly_utf8(sample) => None,
        Err(_) => Some(detect(sample)),
    }
}

struct Transcoder<R> {
    input: R,
    decoder: Decoder,
    raw: Vec<u8>,
    raw_end: usize,
    out: String,
    out_start: usize,
    finished: bool,
}

impl<R: Read> Transcoder<R> {
    fn new(input: R, encoding: &'static Encoding) -> Self {
        let decoder = encoding.new_decoder_without_bom_handling();
        Self { input, decoder, raw: vec![0; 1 << 15], raw_end: 0, out: String::new(), out_start: 0, finished: false }
    }
}

impl<R: Read> Read for Transcoder<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        while self.out_start == self.out.len() {
            if self.finished {
                return Ok(0);
            }
            let n = self.input.read(&mut self.raw[self.raw_end..])?;
            self.raw_end += n;
            self.out.clear();
            self.out_start = 0;
            self.out.reserve(4 * self.raw.len());
            let (result, read, _) = self.decoder.decode_to_string(&self.raw[..self.raw_end], &mut self.out, n == 0);
            self.raw.copy_within(read..self.raw_end, 0);
            self.raw_end -= read;
            self.finished = n == 0 && matches!(result, CoderResult::InputEmpty);
        }
        let n = buffer.len().min(self.out.len() - self.out_start);
        buffer[..n].copy_from_slice(&self.out.as_bytes()[self.out_start..self.out_start + n]);
        self.out_start += n;
        Ok(n)
    }
}

/// One field or line of a container.
pub(super) fn decode_field(bytes: &[u8]) -> Cow<'_, str> {
    match std::str::from_utf8(bytes) {
        Ok(text) => Cow::Borrowed(text),
        Err(_) => Cow::Owned(decode_with(bytes, None)),
    }
}
