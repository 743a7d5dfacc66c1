//! Colours of topics: hues around the circle in an order in which neighbours are alike, so that topics that are alike
//! have colours that are alike, and three lightnesses in turn, which tell neighbours apart without colour too.

/// What colours stand on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Background {
    /// White paper.
    Light,
    /// A dark screen.
    Dark,
}

/// Lightnesses in OKLCH, and the largest chroma.
const ON_LIGHT: [f64; 3] = [0.62, 0.72, 0.53];
const ON_DARK: [f64; 3] = [0.72, 0.82, 0.63];
const CHROMA: f64 = 0.15;

/// Hue of the first topic, in degrees.
const FIRST_HUE: f64 = 25.0;

/// The colour of each topic as `#rrggbb`; `order` has the topics so that neighbours are alike.
///
/// ```
/// use topicmill::report::{Background, topic_colours};
/// let colours = topic_colours(&[2, 0, 1], Background::Light);
/// assert!(colours.len() == 3 && colours[0] != colours[1] && colours[0].starts_with('#'));
/// ```
pub fn topic_colours(order: &[usize], background: Background) -> Vec<String> {
    let lightnesses = if background == Background::Light { ON_LIGHT } else { ON_DARK };
    let mut colours = vec![String::new(); order.len()];
    for (place, &topic) in order.iter().enumerate() {
        let hue = FIRST_HUE + 360.0 * place as f64 / order.len() as f64;
        colours[topic] = hexadecimal(lightnesses[place % 3], hue.to_radians());
    }
    colours
}

/// A colour of OKLCH as sRGB (B. Ottosson, *A perceptual color space for image processing*, 2020), with less chroma
/// where sRGB has no such colour.
fn hexadecimal(lightness: f64, hue: f64) -> String {
    let chromas = (0..=30).map(|step| CHROMA * (1.0 - f64::from(step) / 30.0));
    let colours = chroma_colours(chromas, lightness, hue);
    let is_shown = |colour: &[f64; 3]| colour.iter().all(|part| (-1e-4..=1.0001).contains(part));
    let [red, green, blue] = colours.into_iter().find(is_shown).unwrap_or([lightness; 3]);
    let byte = |linear: f64| {
        let linear = linear.clamp(0.0, 1.0);
        let gamma = if linear <= 0.003_130_8 { 12.92 * linear } else { 1.055 * libm::pow(linear, 1.0 / 2.4) - 0.055 };
        (255.0 * gamma).round() as u8
    };
    format!("#{:02x}{:02x}{:02x}", byte(red), byte(green), byte(blue))
}

/// Linear sRGB of OKLCH colours.
fn chroma_colours(chromas: impl Iterator<Item = f64>, lightness: f64, hue: f64) -> Vec<[f64; 3]> {
    let of_chroma = |chroma: f64| {
        let (a, b) = (chroma * libm::cos(hue), chroma * libm::sin(hue));
        let cube = |x: f64| x * x * x;
        let l = cube(lightness + 0.396_337_777_4 * a + 0.215_803_757_3 * b);
        let m = cube(lightness - 0.105_561_345_8 * a - 0.063_854_172_8 * b);
        let s = cube(lightness - 0.089_484_177_5 * a - 1.291_485_548_0 * b);
        [
            4.076_741_662_1 * l - 3.307_711_591_3 * m + 0.230_969_929_2 * s,
            -1.268_438_004_6 * l + 2.609_757_401_1 * m - 0.341_319_396_5 * s,
            -0.004_196_086_3 * l - 0.703_418_614_7 * m + 1.707_614_701_0 * s,
        ]
    };
    chromas.map(of_chroma).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_topic_has_a_colour_of_its_own() {
        for n in [1, 2, 20, 100, 200] {
            let order: Vec<usize> = (0..n).rev().collect();
            for background in [Background::Light, Background::Dark] {
                let mut colours = topic_colours(&order, background);
                assert!(colours.iter().all(|colour| colour.len() == 7));
                colours.sort();
                colours.dedup();
                assert_eq!(colours.len(), n);
            }
        }
        assert_eq!(hexadecimal(1.0, 0.0), "#ffffff");
        // Calculated apart, by the formulas of the source.
        assert_eq!(hexadecimal(0.62, 25_f64.to_radians()), "#d15c56");
    }
}
