//! The natural logarithm of a virtual vector. It is written here, because the standard library's logarithm differs
//! between systems in its last bits.

use super::lanes::{LANES, Lanes, tree};

/// Σ w ln x over positive normal numbers x: added in f64 by lane over blocks of 16, then by the tree of the lanes. It
/// is always inlined, so that it is compiled for the instruction set of its caller.
#[inline(always)]
pub(super) fn weighted_logarithms(weights: &[f32], x: &[f32]) -> f64 {
    let mut sums = [0.0_f64; LANES];
    for (weights, x) in weights.chunks(LANES).zip(x.chunks(LANES)) {
        let mut block = [1.0; LANES];
        block[..x.len()].copy_from_slice(x);
        let logarithms = ln(block);
        for (lane, weight) in weights.iter().enumerate() {
            sums[lane] += f64::from(weight * logarithms[lane]);
        }
    }
    tree(sums)
}

/// Replaces positive normal numbers by their logarithms. It is always inlined, as [`weighted_logarithms`] is.
#[inline(always)]
pub(super) fn replace_by_logarithms(numbers: &mut [Lanes]) {
    numbers.iter_mut().for_each(|lanes| lanes.0 = ln(lanes.0));
}

/// The natural logarithm of each lane, for positive normal numbers, to about one unit in the last place.
///
/// It splits x = 2^e · m with m in [√½, √2) and evaluates the polynomial of the Cephes library (S. Moshier, *Methods
/// and Programs for Mathematical Functions*, 1989) in ln(1 + (m − 1)). It uses fused multiply-add, so that every
/// build gives the same bits. Zero and denormals give a finite number, never NaN.
#[inline(always)]
#[allow(clippy::excessive_precision, reason = "the constants as published")]
pub(super) fn ln(x: [f32; LANES]) -> [f32; LANES] {
    const SQRT_HALF: i32 = 0x3f35_04f3;
    let mut out = [0.0; LANES];
    for lane in 0..LANES {
        let shifted = (x[lane].to_bits() as i32).wrapping_sub(SQRT_HALF);
        let exponent = (shifted >> 23) as f32;
        let mantissa = f32::from_bits(((shifted & 0x007f_ffff) + SQRT_HALF) as u32);
        let f = mantissa - 1.0;
        let square = f * f;
        let mut p = 7.037_683_6e-2_f32;
        p = p.mul_add(f, -1.151_461_03e-1);
        p = p.mul_add(f, 1.167_699_87e-1);
        p = p.mul_add(f, -1.242_014_08e-1);
        p = p.mul_add(f, 1.424_932_28e-1);
        p = p.mul_add(f, -1.666_805_77e-1);
        p = p.mul_add(f, 2.000_071_48e-1);
        p = p.mul_add(f, -2.499_999_4e-1);
        p = p.mul_add(f, 3.333_333_1e-1);
        let mut y = p * f * square;
        y = exponent.mul_add(-2.121_944_4e-4, y);
        y = square.mul_add(-0.5, y);
        out[lane] = exponent.mul_add(0.693_359_375, f + y);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn agrees_with_the_f64_logarithm() {
        let mut x = 1e-30_f32;
        while x < 1e30 {
            let got = f64::from(ln([x; LANES])[3]);
            let want = libm::log(f64::from(x));
            assert!((got - want).abs() <= 2e-7 * want.abs().max(0.5), "ln {x}: {got} against {want}");
            x *= 1.000_37;
        }
        for step in 0..2000 {
            let x = 0.9 + 0.0001 * step as f32;
            let want = libm::log(f64::from(x));
            assert!((f64::from(ln([x; LANES])[0]) - want).abs() <= 1.2e-7 * want.abs() + 1e-12, "ln {x}");
        }
        assert!(ln([0.0; LANES])[0].is_finite());
        assert_eq!(ln([1.0; LANES])[0], 0.0);
    }
}
