//! Eight bytes of a text judged at a time, in one number.

/// The same byte eight times.
pub(super) const fn splat(byte: u8) -> u64 {
    u64::from_le_bytes([byte; 8])
}

/// The high bit of each byte.
pub(super) const HIGH: u64 = splat(0x80);

/// The bit that makes an ASCII letter lower case; digits have it already.
pub(super) const LOWER: u64 = splat(0x20);

/// The high bits of those of eight bytes below 0x80 that lie in `first..=last`.
pub(super) fn within(bytes: u64, first: u8, last: u8) -> u64 {
    // Whether each byte is at least `byte`, in its high bit; no sum carries into the next.
    let at_least = |byte: u8| bytes.wrapping_add(splat(0x80 - byte));
    at_least(first) & !at_least(last + 1) & HIGH
}

/// The high bits of those of eight bytes below 0x80 that are letters or digits.
pub(super) fn letters_and_digits(bytes: u64) -> u64 {
    within(bytes | LOWER, b'a', b'z') | within(bytes, b'0', b'9')
}
