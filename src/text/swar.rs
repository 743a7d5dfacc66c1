//! Tests on eight bytes of a text at once, held in one `u64` (SIMD within a register). Most text is ASCII, for which
//! this is faster than one byte at a time.

/// The byte repeated eight times.
pub(super) const fn splat(byte: u8) -> u64 {
    u64::from_le_bytes([byte; 8])
}

/// The high bit of each byte.
pub(super) const HIGH: u64 = splat(0x80);

/// The bit of each byte that makes an ASCII letter lower case; ASCII digits have it set already.
pub(super) const LOWER: u64 = splat(0x20);

/// Sets the high bit of each byte that lies in `first..=last`. All eight bytes must be below 0x80, so that no sum
/// carries into the next byte.
pub(super) fn within(bytes: u64, first: u8, last: u8) -> u64 {
    // The high bit of a byte of this sum is set if the byte is at least `byte`.
    let at_least = |byte: u8| bytes.wrapping_add(splat(0x80 - byte));
    at_least(first) & !at_least(last + 1) & HIGH
}

/// Sets the high bit of each byte that is an ASCII letter or digit. All eight bytes must be below 0x80.
pub(super) fn letters_and_digits(bytes: u64) -> u64 {
    within(bytes | LOWER, b'a', b'z') | within(bytes, b'0', b'9')
}
