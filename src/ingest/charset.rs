//! Decodes bytes of unknown character set. What is tried first is least likely to be wrong: a byte order mark, then
//! UTF-8, then the encoding that the text declares, then detection.

use std::borrow::Cow;
use std::io::{self, Read};

use chardetng::{EncodingDetector, Iso2022JpDetection, Utf8Detection};
use encoding_rs::{CoderResult, Decoder, Encoding, ISO_2022_JP, UTF_8, UTF_16BE, UTF_16LE, WINDOWS_1252};

use super::compression::{Stream, read_up_to};

/// A declaration of the encoding is looked for only in this many first bytes, since it stands in the head of a text.
const DECLARATION_BYTES: usize = 4096;

/// Decodes a whole text. It never fails: malformed bytes become U+FFFD, and a text that is neither Unicode nor
/// well-formed in any declared or detected encoding is read as windows-1252, which has a character for every byte.
///
/// `forced` is the label of an encoding (WHATWG Encoding Standard) that is used in place of detection; an unknown
/// label is ignored.
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

/// Decodes a text like [`decode_with`], but keeps the memory of plain UTF-8 instead of copying it.
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
    if let Some(text) = iso_2022_jp(bytes) {
        return text;
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

/// The text if it is in ISO-2022-JP. Only its escape sequences tell it from ASCII, so it must be tried before UTF-8.
fn iso_2022_jp(bytes: &[u8]) -> Option<String> {
    if !bytes.contains(&0x1b) || detect(bytes) != ISO_2022_JP {
        return None;
    }
    let (text, malformed) = ISO_2022_JP.decode_without_bom_handling(bytes);
    (!malformed).then(|| text.into_owned())
}

fn detect(bytes: &[u8]) -> &'static Encoding {
    let mut detector = EncodingDetector::new(Iso2022JpDetection::Allow);
    detector.feed(bytes, true);
    detector.guess(None, Utf8Detection::Deny)
}

/// The text if it is in UTF-32 with a byte order mark. The WHATWG standard, and so `encoding_rs`, leaves UTF-32 out and
/// would take its little-endian mark for that of UTF-16.
fn utf32(bytes: &[u8]) -> Option<String> {
    let read: fn([u8; 4]) -> u32 = match bytes {
        [0xff, 0xfe, 0, 0, ..] => u32::from_le_bytes,
        [0, 0, 0xfe, 0xff, ..] => u32::from_be_bytes,
        _ => return None,
    };
    let unit = |unit: &[u8]| <[u8; 4]>::try_from(unit).ok().and_then(|unit| char::from_u32(read(unit)));
    Some(bytes[4..].chunks(4).map(|bytes| unit(bytes).unwrap_or(char::REPLACEMENT_CHARACTER)).collect())
}

/// The byte order of UTF-16 without a byte order mark. In Latin text every other byte is zero. In other scripts only
/// line ends and spaces have zeros: then one byte order must give characters in common use and the other must not.
fn utf16_without_mark(bytes: &[u8]) -> Option<&'static Encoding> {
    let head = &bytes[..bytes.len().min(4096) & !1];
    let zeros = |first: usize| head.iter().skip(first).step_by(2).filter(|byte| **byte == 0).count();
    let (even, odd, units) = (zeros(0), zeros(1), head.len() / 2);
    if units < 4 || even + odd == 0 {
        return None;
    }
    if odd * 2 > units && even * 20 < units {
        return Some(UTF_16LE);
    }
    if even * 2 > units && odd * 20 < units {
        return Some(UTF_16BE);
    }
    // Cyrillic in UTF-16 consists of bytes below 0x80 and so is valid UTF-8, but full of control characters. Text with
    // few of them is UTF-8 with a stray zero.
    let n_controls = head.iter().filter(|byte| matches!(byte, 1..=8 | 0x0b | 0x0c | 0x0e..=0x1a)).count();
    let is_utf8 = std::str::from_utf8(head).map_or_else(|error| error.error_len().is_none(), |_| true);
    if is_utf8 && n_controls * 10 < head.len() {
        return None;
    }
    let (little, big) = (text_share(head, u16::from_le_bytes), text_share(head, u16::from_be_bytes));
    match () {
        () if little > UTF_16_SHARE && big < little - UTF_16_MARGIN => Some(UTF_16LE),
        () if big > UTF_16_SHARE && little < big - UTF_16_MARGIN => Some(UTF_16BE),
        () => None,
    }
}

/// Bytes are taken for UTF-16 of a byte order if more than this share of their units are characters in common use: text
/// holds few others, while arbitrary bytes hold many.
const UTF_16_SHARE: f64 = 0.98;
/// The other byte order must have a share smaller by more than this; else the bytes do not tell the order.
const UTF_16_MARGIN: f64 = 0.1;

/// The share of UTF-16 units, read in the byte order of `read`, that stand for characters in common use.
fn text_share(bytes: &[u8], read: fn([u8; 2]) -> u16) -> f64 {
    let is_common = |unit: u16| {
        matches!(unit, 0x09 | 0x0a | 0x0d | 0x20..=0x7e | 0xa0..=0x52f | 0x5d0..=0x6ff | 0x900..=0xdff | 0xe01..=0xe5b
            | 0x10d0..=0x10ff | 0x1e00..=0x1fff | 0x2010..=0x2044 | 0x20a0..=0x214f | 0x2190..=0x21ff | 0x2460..=0x25ff
            | 0x3000..=0x30ff | 0x3105..=0x318e | 0x4e00..=0x9fff | 0xac00..=0xd7a3 | 0xff01..=0xffe6)
    };
    let (units, _) = bytes.as_chunks::<2>();
    units.iter().filter(|unit| is_common(read(**unit))).count() as f64 / units.len().max(1) as f64
}

/// Whether at least four non-ASCII characters are well-formed for each malformed sequence: then the text is damaged
/// UTF-8, since text in a legacy encoding is hardly ever well-formed UTF-8 by chance.
fn is_nearly_utf8(bytes: &[u8]) -> bool {
    let (mut good, mut bad) = (0_usize, 0_usize);
    for chunk in bytes.utf8_chunks() {
        good += chunk.valid().chars().filter(|c| !c.is_ascii()).count();
        bad += usize::from(!chunk.invalid().is_empty());
    }
    good >= 4 * bad.max(1)
}

/// The encoding that the text declares near its start: behind the first `charset=` (HTML, mail header) or, if this
/// names none, behind the first `encoding=` (XML).
fn declared_encoding(bytes: &[u8]) -> Option<&'static Encoding> {
    let head = bytes[..bytes.len().min(DECLARATION_BYTES)].to_ascii_lowercase();
    [&b"charset="[..], b"encoding="].iter().find_map(|key| {
        let at = head.windows(key.len()).position(|window| window == *key)? + key.len();
        let value = head[at..].strip_prefix(b"\"").or_else(|| head[at..].strip_prefix(b"'")).unwrap_or(&head[at..]);
        let end = value.iter().position(|byte| !(byte.is_ascii_alphanumeric() || b"-_:.".contains(byte)));
        Encoding::for_label(&value[..end.unwrap_or(value.len())])
    })
}

/// The encoding of a container is judged by this many bytes: all of its records must be read in the same one, and it
/// may be too large to be read twice.
const SAMPLE_BYTES: usize = 1 << 18;

/// The stream of a container (lines, rows) in UTF-8, without its byte order mark. UTF-16, a forced encoding, or the
/// legacy encoding that the first [`SAMPLE_BYTES`] show, is transcoded. A stream that begins as UTF-8 passes unchanged;
/// records further on that are not UTF-8 are decoded one by one ([`decode_field`]).
pub(super) fn transcode(mut input: Stream, forced: Option<&'static Encoding>) -> io::Result<Stream> {
    let mut head = vec![0; SAMPLE_BYTES];
    let n = read_up_to(&mut input, &mut head)?;
    head.truncate(n);
    if forced.is_none() && utf32(&head).is_some() {
        let problem = "is in UTF-32, which only whole files may be in: convert it to UTF-8";
        return Err(io::Error::new(io::ErrorKind::InvalidData, problem));
    }
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

/// The encoding of a sample that is not UTF-8; `None` if it is UTF-8, apart from a few malformed bytes or a character
/// cut off at the end of the sample.
fn legacy_encoding(sample: &[u8]) -> Option<&'static Encoding> {
    if let Some(encoding) = utf16_without_mark(sample) {
        return Some(encoding);
    }
    if sample.contains(&0x1b) && detect(sample) == ISO_2022_JP {
        return Some(ISO_2022_JP);
    }
    match std::str::from_utf8(sample) {
        Ok(_) => None,
        Err(error) if error.error_len().is_none() => None,
        Err(_) if is_nearly_utf8(sample) => None,
        Err(_) => Some(detect(sample)),
    }
}

/// Reader that yields the bytes of `input` transcoded to UTF-8.
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

/// Decodes one field or line of a container. The stream was transcoded by its first bytes, so a field that is not UTF-8
/// is an exception, whose encoding is detected from the field alone.
pub(super) fn decode_field(bytes: &[u8]) -> Cow<'_, str> {
    match std::str::from_utf8(bytes) {
        Ok(text) => iso_2022_jp(bytes).map_or(Cow::Borrowed(text), Cow::Owned),
        Err(_) => Cow::Owned(decode_with(bytes, None)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXTS: [&str; 6] = [
        "今日は天気がいいです。一緒に公園へ行きましょう。\n経済の見通しは一般に明るい、と銀行は述べた。\n",
        "id\ttext\n1\t经济增长一直是政府关注的重点。\n2\t球队在一场比赛中获胜。\n",
        "\"id\",\"text\"\n1,한국어 문장은 이렇게 씁니다. 날씨가 좋습니다.\n2,경제 전망이 밝다고 은행이 말했다.\n",
        "Сегодня хорошая погода.\nБанк повысил ставку на один процент.\n",
        "Η οικονομία αναπτύσσεται.\nΟ αγώνας τελείωσε ισόπαλος.\n",
        "plain text of an ordinary kind\nand a second line\n",
    ];

    fn transcoded(bytes: Vec<u8>) -> String {
        let mut text = String::new();
        transcode(Box::new(io::Cursor::new(bytes)), None).unwrap().read_to_string(&mut text).unwrap();
        text
    }

    #[test]
    fn utf_16_is_read_without_a_mark() {
        for text in TEXTS {
            for to_bytes in [u16::to_le_bytes, u16::to_be_bytes] {
                let bytes: Vec<u8> = text.encode_utf16().flat_map(to_bytes).collect();
                assert_eq!(transcoded(bytes.clone()), text);
                assert_eq!(decode(&bytes, None), text);
            }
            assert_eq!(transcoded(text.into()), text);
        }
    }

    #[test]
    fn a_stray_zero_makes_no_utf_16() {
        for text in ["a b c d e f g h\0 i j\n", "id,text\n1,one\0two\n", "caf\u{e9} na\u{ef}ve\0 \u{6771}\u{4eac}\n"] {
            assert_eq!(transcoded(text.into()), text);
        }
    }

    #[test]
    fn legacy_encodings_of_east_asia_are_read_as_containers() {
        use encoding_rs::{BIG5, EUC_JP, EUC_KR, GBK, SHIFT_JIS};
        let encodings = [(ISO_2022_JP, 0), (SHIFT_JIS, 0), (EUC_JP, 0), (GBK, 1), (EUC_KR, 2)];
        for (encoding, text) in encodings {
            let text = TEXTS[text].repeat(20);
            assert_eq!(transcoded(encoding.encode(&text).0.into_owned()), text, "{}", encoding.name());
        }
        let traditional = "經濟增長一直是政府關注的重點。\n球隊在一場比賽中獲勝。\n".repeat(20);
        assert_eq!(transcoded(BIG5.encode(&traditional).0.into_owned()), traditional);
        // Records beyond the sample are decoded one by one.
        let late = [b"plain\n".repeat(1 << 16), ISO_2022_JP.encode("東京\n").0.into_owned()].concat();
        let text = transcoded(late.clone());
        assert_eq!(decode_field(text.lines().last().unwrap().as_bytes()), "東京");
    }
}
