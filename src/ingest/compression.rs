//! Decompresses inputs. gzip, Zstandard and bzip2 are recognised by their first bytes, since standard input has no name
//! and a file's name may be wrong.

use std::io::{self, BufRead, BufReader, Cursor, Read};

use ruzstd::decoding::errors::{FrameDecoderError, ReadFrameHeaderError};
use ruzstd::decoding::{FrameDecoder, StreamingDecoder};

/// A stream of bytes. It is boxed, since files, standard input and decompressors have different types.
pub(super) type Stream = Box<dyn Read + Send>;

const BUFFER: usize = 1 << 16;

/// The decompressed stream of `input`; a stream in no known compression passes unchanged.
pub(super) fn decompress(mut input: Stream) -> io::Result<Stream> {
    let mut head = [0; 4];
    let n = read_up_to(&mut input, &mut head)?;
    let input = BufReader::with_capacity(BUFFER, Cursor::new(head[..n].to_vec()).chain(input));
    Ok(match compression(&head[..n]) {
        Some(Compression::Gzip) => Box::new(flate2::bufread::MultiGzDecoder::new(input)),
        Some(Compression::Bzip2) => Box::new(bzip2::bufread::MultiBzDecoder::new(input)),
        Some(Compression::Zstandard) => Box::new(Zstandard { state: State::Between(input) }),
        None => Box::new(input),
    })
}

enum Compression {
    Gzip,
    Bzip2,
    Zstandard,
}

fn compression(head: &[u8]) -> Option<Compression> {
    match head {
        [0x1f, 0x8b, ..] => Some(Compression::Gzip),
        [b'B', b'Z', b'h', b'1'..=b'9', ..] => Some(Compression::Bzip2),
        [0x28, 0xb5, 0x2f, 0xfd, ..] | [0x50..=0x5f, 0x2a, 0x4d, 0x18, ..] => Some(Compression::Zstandard),
        _ => None,
    }
}

/// Whether a stream that begins with these bytes is compressed.
pub(super) fn is_compressed(head: &[u8]) -> bool {
    compression(head).is_some()
}

/// Reads until `buffer` is full or the stream ends, and returns the number of bytes read. A single `read` may return
/// fewer bytes than the stream still holds.
pub(super) fn read_up_to(input: &mut impl Read, buffer: &mut [u8]) -> io::Result<usize> {
    let mut filled = 0;
    while filled < buffer.len() {
        match input.read(&mut buffer[filled..]) {
            Ok(0) => break,
            Ok(n) => filled += n,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(filled)
}

/// Reads concatenated Zstandard frames, since the decoder handles one frame at a time; skippable frames are skipped.
struct Zstandard<R: BufRead> {
    state: State<R>,
}

enum State<R: BufRead> {
    Between(R),
    Frame(Box<StreamingDecoder<R, FrameDecoder>>),
    End,
}

impl<R: BufRead> Read for Zstandard<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        loop {
            match std::mem::replace(&mut self.state, State::End) {
                State::End => return Ok(0),
                State::Between(mut input) => {
                    let head = input.fill_buf()?;
                    if head.is_empty() {
                        return Ok(0);
                    }
                    if let [low, 0x2a, 0x4d, 0x18, ..] = head
                        && low & 0xf0 == 0x50
                    {
                        skip_frame(&mut input)?;
                        self.state = State::Between(input);
                        continue;
                    }
                    match StreamingDecoder::new(input) {
                        Ok(frame) => self.state = State::Frame(Box::new(frame)),
                        Err(FrameDecoderError::ReadFrameHeaderError(ReadFrameHeaderError::MagicNumberReadError(
                            error,
                        ))) => {
                            return Err(error);
                        }
                        Err(error) => return Err(io::Error::new(io::ErrorKind::InvalidData, error.to_string())),
                    }
                }
                State::Frame(mut frame) => match frame.read(buffer)? {
                    0 if !buffer.is_empty() => {
                        check(&frame.decoder)?;
                        self.state = State::Between(frame.into_inner());
                    }
                    n => {
                        self.state = State::Frame(frame);
                        return Ok(n);
                    }
                },
            }
        }
    }
}

/// Verifies the checksum of a frame that has been read to its end, if the frame has one: the decoder computes it, but
/// leaves the comparison to its caller.
fn check(frame: &FrameDecoder) -> io::Result<()> {
    match frame.get_checksum_from_data() {
        Some(checksum) if frame.get_calculated_checksum() != Some(checksum) => Err(io::Error::new(
            io::ErrorKind::InvalidData,
            "the checksum of the Zstandard frame does not fit its content",
        )),
        _ => Ok(()),
    }
}

fn skip_frame(input: &mut impl Read) -> io::Result<()> {
    let mut header = [0; 8];
    input.read_exact(&mut header)?;
    let length = u64::from(u32::from_le_bytes([header[4], header[5], header[6], header[7]]));
    let skipped = io::copy(&mut input.take(length), &mut io::sink())?;
    if skipped < length { Err(io::ErrorKind::UnexpectedEof.into()) } else { Ok(()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn decompressed(bytes: Vec<u8>) -> io::Result<Vec<u8>> {
        let mut text = Vec::new();
        decompress(Box::new(Cursor::new(bytes)))?.read_to_end(&mut text)?;
        Ok(text)
    }

    /// A flipped bit of a compressed text is an error or changes nothing; it never yields another text.
    #[test]
    fn altered_text_is_found_out() {
        use std::io::Write;
        let text: Vec<u8> =
            (0..400).flat_map(|i| format!("line {} of a text\n", i * 7919 % 1009).into_bytes()).collect();
        let zstd = ruzstd::encoding::compress_to_vec(&text[..], ruzstd::encoding::CompressionLevel::Fastest);
        let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        gzip.write_all(&text).unwrap();
        let mut bzip2 = bzip2::write::BzEncoder::new(Vec::new(), bzip2::Compression::fast());
        bzip2.write_all(&text).unwrap();
        for compressed in [zstd, gzip.finish().unwrap(), bzip2.finish().unwrap()] {
            assert_eq!(decompressed(compressed.clone()).unwrap(), text);
            // The first four bytes stay: if they change, the file is not recognised as compressed and read as it is.
            for bit in (32..8 * compressed.len()).step_by(13) {
                let mut flipped = compressed.clone();
                flipped[bit / 8] ^= 1 << (bit % 8);
                if let Ok(altered) = decompressed(flipped) {
                    assert_eq!(altered.len(), text.len(), "bit {bit}");
                    assert!(altered == text, "bit {bit}");
                }
            }
        }
    }
}
