//! Writes numbers as text, in one form for all text formats.

use std::fmt::{Display, LowerExp, Write};

/// The shortest decimal form that reads back to the same bits, with an exponent below 1e-5 and from 1e16 on.
///
/// ```
/// use topicmill::export::shortest;
/// assert_eq!(shortest(0.1_f32), "0.1");
/// assert_eq!(shortest(2.5e-9_f64), "2.5e-9");
/// ```
pub fn shortest<T: Copy + Display + LowerExp + Into<f64>>(number: T) -> String {
    let mut text = String::new();
    push_shortest(&mut text, number);
    text
}

/// Appends the text that [`shortest`] returns, without an allocation per number.
pub(super) fn push_shortest<T: Copy + Display + LowerExp + Into<f64>>(text: &mut String, number: T) {
    let size = number.into().abs();
    // Writing to a string cannot fail.
    let _ = match size != 0.0 && !(1e-5..1e16).contains(&size) {
        true => write!(text, "{number:e}"),
        false => write!(text, "{number}"),
    };
}
