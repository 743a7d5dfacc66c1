//! Turns pictures into pixels.

use resvg::tiny_skia::{Color, Pixmap, Transform};
use resvg::usvg::{Options, Tree};

/// Most pixels of a picture, which are bytes of memory by four.
const MOST_PIXELS: f32 = 1e8;

/// A picture as PNG on white, twice as large as its SVG, with the fonts of the system. Fails with a sentence on what is
/// missing.
pub fn png(svg: &str) -> Result<Vec<u8>, String> {
    let mut options = Options::default();
    options.fontdb_mut().load_system_fonts();
    if options.fontdb.is_empty() {
        return Err("there are no fonts on this machine, without which a PNG has no texts: write an SVG".into());
    }
    // The default of sans-serif is a font that not every machine has.
    let is_there =
        |name: &str| options.fontdb.faces().any(|face| face.families.iter().any(|(family, _)| family == name));
    let usual = ["Helvetica", "Arial", "DejaVu Sans", "Liberation Sans", "Noto Sans", "Segoe UI"];
    let first = options.fontdb.faces().next().and_then(|face| face.families.first()).map(|(name, _)| name.clone());
    let family = usual.into_iter().find(|name| is_there(name)).map(str::to_string).or(first).unwrap_or_default();
    options.fontdb_mut().set_sans_serif_family(family);
    let tree = Tree::from_str(svg, &options).map_err(|error| error.to_string())?;
    let size = tree.size();
    let scale = (MOST_PIXELS / (size.width() * size.height())).sqrt().min(2.0);
    let (width, height) = ((size.width() * scale).ceil() as u32, (size.height() * scale).ceil() as u32);
    let mut pixels = Pixmap::new(width, height).ok_or("the picture is empty")?;
    pixels.fill(Color::WHITE);
    resvg::render(&tree, Transform::from_scale(scale, scale), &mut pixels.as_mut());
    pixels.encode_png().map_err(|error| error.to_string())
}
