//! Draws charts of lines as SVG, for browsers and documents: no scripts, no fonts, readable in light and in dark.

use super::printable;

/// A line of a chart: its name and a value for each place on the horizontal axis, or none.
#[derive(Clone, Debug, PartialEq)]
pub struct Line {
    /// Name in the legend.
    pub name: String,
    /// The values.
    pub values: Vec<Option<f64>>,
}

/// A chart over whole numbers.
#[derive(Clone, Debug, PartialEq)]
pub struct Chart {
    /// Title above the chart.
    pub title: String,
    /// The lines, which share the vertical axis.
    pub lines: Vec<Line>,
}

const WIDTH: f64 = 720.0;
const HEIGHT: f64 = 200.0;
const LEFT: f64 = 64.0;
const RIGHT: f64 = 16.0;
const TOP: f64 = 28.0;
const BOTTOM: f64 = 28.0;

/// Colours that people with any kind of colour vision tell apart (M. Okabe, K. Ito, *Color universal design*, 2008).
const COLOURS: [&str; 4] = ["#0072b2", "#d55e00", "#009e73", "#cc79a7"];

/// Charts one below the other over the same horizontal axis, with a dashed line at each of `marks`.
///
/// ```
/// use topicmill::report::{Chart, Line, svg};
/// let line = Line { name: "stability".into(), values: vec![Some(0.5), Some(0.9), None] };
/// let picture = svg("topics", &[4, 5, 6], &[Chart { title: "Stability".into(), lines: vec![line] }], &[5]);
/// assert!(picture.starts_with("<svg") && picture.contains("<polyline") && picture.ends_with("</svg>\n"));
/// ```
pub fn svg(axis: &str, places: &[usize], charts: &[Chart], marks: &[usize]) -> String {
    let height = HEIGHT * charts.len() as f64 + BOTTOM;
    let mut out = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {WIDTH} {height}\" role=\"img\" \
         font-family=\"sans-serif\" font-size=\"12\">\n<style>\nsvg {{ background: #fff; color: #222 }}\n\
         text {{ fill: currentColor }}\n.axis {{ stroke: currentColor; stroke-opacity: .25 }}\n\
         .mark {{ stroke: currentColor; stroke-dasharray: 4 3; stroke-opacity: .6 }}\n\
         polyline {{ fill: none; stroke-width: 2 }}\n\
         @media (prefers-color-scheme: dark) {{ svg {{ background: #1b1b1b; color: #eee }} }}\n</style>\n\
         <title>{}</title>\n",
        escape(&charts.iter().map(|chart| chart.title.as_str()).collect::<Vec<_>>().join("; "))
    );
    let (first, last) = (places.first().copied().unwrap_or(0) as f64, places.last().copied().unwrap_or(1) as f64);
    let x = |place: usize| LEFT + (WIDTH - LEFT - RIGHT) * (place as f64 - first) / (last - first).max(1.0);
    for (i, chart) in charts.iter().enumerate() {
        draw(&mut out, chart, HEIGHT * i as f64, places, &x);
        let (top, bottom) = (HEIGHT * i as f64 + TOP, HEIGHT * (i + 1) as f64 - 8.0);
        for &mark in marks {
            let at = x(mark);
            out.push_str(&format!(
                "<line class=\"mark\" x1=\"{at:.1}\" x2=\"{at:.1}\" y1=\"{top:.1}\" y2=\"{bottom:.1}\"/>\n"
            ));
        }
    }
    let below = HEIGHT * charts.len() as f64 + 8.0;
    let step = places.len().div_ceil(12).max(1);
    for &place in places.iter().step_by(step) {
        out.push_str(&format!("<text x=\"{:.1}\" y=\"{below:.1}\" text-anchor=\"middle\">{place}</text>\n", x(place)));
    }
    let (middle, bottom) = ((WIDTH + LEFT) / 2.0, below + 16.0);
    out.push_str(&format!(
        "<text x=\"{middle:.1}\" y=\"{bottom:.1}\" text-anchor=\"middle\">{}</text>\n</svg>\n",
        escape(axis)
    ));
    out
}

fn draw(out: &mut String, chart: &Chart, above: f64, places: &[usize], x: &impl Fn(usize) -> f64) {
    let values = || chart.lines.iter().flat_map(|line| line.values.iter().flatten().copied());
    let (low, high) = (values().fold(f64::INFINITY, f64::min), values().fold(f64::NEG_INFINITY, f64::max));
    out.push_str(&format!(
        "<text x=\"{LEFT}\" y=\"{:.1}\" font-weight=\"bold\">{}</text>\n",
        above + 16.0,
        escape(&chart.title)
    ));
    if low > high {
        return;
    }
    let (top, bottom) = (above + TOP, above + HEIGHT - 8.0);
    let range = (high - low).max(1e-9);
    let y = |value: f64| bottom - (bottom - top) * (value - low) / range;
    for value in [low, (low + high) / 2.0, high] {
        let at = y(value);
        out.push_str(&format!(
            "<line class=\"axis\" x1=\"{LEFT}\" x2=\"{:.1}\" y1=\"{at:.1}\" y2=\"{at:.1}\"/>\n\
             <text x=\"{:.1}\" y=\"{:.1}\" text-anchor=\"end\">{value:.3}</text>\n",
            WIDTH - RIGHT,
            LEFT - 6.0,
            at + 4.0
        ));
    }
    for (i, line) in chart.lines.iter().enumerate() {
        let colour = COLOURS[i % COLOURS.len()];
        let points: Vec<String> = places
            .iter()
            .zip(&line.values)
            .filter_map(|(&place, value)| value.map(|value| format!("{:.1},{:.1}", x(place), y(value))))
            .collect();
        out.push_str(&format!("<polyline stroke=\"{colour}\" points=\"{}\"/>\n", points.join(" ")));
        if chart.lines.len() > 1 {
            let at = WIDTH - RIGHT - 160.0 * (chart.lines.len() - i) as f64 + 24.0;
            out.push_str(&format!(
                "<rect x=\"{at:.1}\" y=\"{:.1}\" width=\"12\" height=\"4\" fill=\"{colour}\"/>\n\
                 <text x=\"{:.1}\" y=\"{:.1}\">{}</text>\n",
                above + 10.0,
                at + 18.0,
                above + 16.0,
                escape(&line.name)
            ));
        }
    }
}

/// A text within SVG.
pub(super) fn escape(text: &str) -> String {
    printable(text).replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}
