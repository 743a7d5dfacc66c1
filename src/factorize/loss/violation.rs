//! The rule by which an entry of a factor violates the Karush-Kuhn-Tucker conditions. It is its own file, because it
//! is the same for every loss.

/// The violation of an entry `a` with the gradient g = `plus` − `minus`: |a g| as a share of the size of its row, or,
/// for an entry at or below its floor, the relative gain of leaving zero.
pub(in crate::factorize) fn violation(a: f64, floor: f64, plus: f64, minus: f64, size: f64) -> f64 {
    match a > floor {
        true if size > 0.0 => (a * (plus - minus)).abs() / size,
        false if plus > 0.0 => (minus / plus - 1.0).max(0.0),
        _ => 0.0,
    }
}
