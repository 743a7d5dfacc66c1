//! Sets tables with aligned columns, as plain text or Markdown.

use unicode_segmentation::UnicodeSegmentation;

use super::{Style, one_line};

/// On which side the cells of a column are aligned.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Align {
    /// Cells begin at the left of the column.
    Left,
    /// Cells end at the right of the column.
    Right,
    /// Cells are bars ([`bar`]), which begin at the left and are coloured where there are colours.
    Bar,
    /// Cells are warnings, which begin at the left and are coloured where there are colours.
    Warning,
}

/// A table. In plain text the last column is folded to the width of the style, with a hanging indent; where the other
/// columns leave it less than 20, it stands below them. `align` and each row have as many elements as `header`, which
/// has at least one.
///
/// ```
/// use topicmill::report::{Align, Style, render};
/// let rows = vec![vec!["0".to_string(), "orbit, moon".to_string()]];
/// let text = render(&["topic", "words"], &[Align::Right, Align::Left], &rows, Style::PLAIN);
/// assert_eq!(text, "topic  words\n    0  orbit, moon\n");
/// ```
pub fn render(header: &[&str], align: &[Align], rows: &[Vec<String>], style: Style) -> String {
    let cell = |cell: &String| one_line(cell);
    let rows: Vec<Vec<String>> = rows.iter().map(|row| row.iter().map(cell).collect()).collect();
    match style {
        Style::Markdown => markdown(header, align, &rows),
        Style::Text { width, colours } => text(header, align, &rows, width, colours),
    }
}

fn markdown(header: &[&str], align: &[Align], rows: &[Vec<String>]) -> String {
    let mut out = format!("| {} |\n|", header.join(" | "));
    align.iter().for_each(|align| out.push_str(if *align == Align::Right { "---:|" } else { "---|" }));
    out.push('\n');
    for row in rows {
        let cells: Vec<String> = row.iter().map(|cell| escape_markdown(cell)).collect();
        out.push_str(&format!("| {} |\n", cells.join(" | ")));
    }
    out
}

/// Escapes a text of one line, so that Markdown shows it unchanged: nothing in it becomes markup, HTML or a link.
///
/// ```
/// use topicmill::report::escape_markdown;
/// assert_eq!(escape_markdown("a|b <img src=x> [c](d)"), "a\\|b &lt;img src=x&gt; \\[c\\](d)");
/// assert_eq!(escape_markdown("see https://a.b"), "`see https://a.b`");
/// ```
pub fn escape_markdown(text: &str) -> String {
    let lower = text.to_ascii_lowercase();
    // GitHub's Markdown turns addresses into links, but not within code.
    if ["://", "www.", "@", "mailto:", "xmpp:"].iter().any(|mark| lower.contains(mark)) {
        let longest = text.split(|c| c != '`').map(str::len).max().unwrap_or(0);
        let fence = "`".repeat(longest + 1);
        let space = if text.starts_with('`') || text.ends_with('`') { " " } else { "" };
        return format!("{fence}{space}{}{space}{fence}", text.replace('|', "\\|"));
    }
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '&' => out.push_str("&amp;"),
            '\\' | '|' | '`' | '*' | '_' | '[' | ']' | '~' | '$' => out.extend(['\\', c]),
            c => out.push(c),
        }
    }
    out
}

fn text(header: &[&str], align: &[Align], rows: &[Vec<String>], width: Option<usize>, colours: bool) -> String {
    let all =
        || std::iter::once(header.to_vec()).chain(rows.iter().map(|row| row.iter().map(String::as_str).collect()));
    let last = header.len() - 1;
    let widths: Vec<usize> = (0..last).map(|i| all().map(|row| columns(row[i])).max().unwrap_or(0)).collect();
    let indent: usize = widths.iter().map(|width| width + 2).sum();
    if let Some(width) = width.filter(|width| indent + LEAST_ROOM > *width) {
        return all().map(|row| stacked(&row, width)).collect();
    }
    let mut out = String::new();
    for (number, row) in all().enumerate() {
        let paint = |align: Align| match align {
            _ if !colours => None,
            _ if number == 0 => Some(BOLD),
            Align::Bar => Some(CYAN),
            Align::Warning => Some(YELLOW),
            Align::Left | Align::Right => None,
        };
        for (i, &cell) in row[..last].iter().enumerate() {
            let space = " ".repeat(widths[i] - columns(cell));
            let cell = painted(cell, paint(align[i]));
            match align[i] {
                Align::Right => out.push_str(&format!("{space}{cell}  ")),
                _ => out.push_str(&format!("{cell}{space}  ")),
            }
        }
        let room = width.map_or(usize::MAX, |width| width - indent);
        let lines = fold(row[last], room).into_iter().map(|line| painted(&line, paint(align[last])));
        out.push_str(&lines.collect::<Vec<_>>().join(&format!("\n{}", " ".repeat(indent))));
        out.truncate(out.trim_end_matches(' ').len());
        out.push('\n');
    }
    out
}

/// Codes of ANSI terminals.
const BOLD: &str = "\u{1b}[1m";
const CYAN: &str = "\u{1b}[36m";
const YELLOW: &str = "\u{1b}[33m";

fn painted(cell: &str, code: Option<&str>) -> String {
    match code {
        Some(code) if !cell.is_empty() => format!("{code}{cell}\u{1b}[0m"),
        _ => cell.to_string(),
    }
}

/// A bar of up to eight columns for a share of the largest, 0 to 1, in eighths of a column.
///
/// ```
/// use topicmill::report::bar;
/// assert_eq!([bar(1.0), bar(0.53), bar(0.0)], ["████████", "████▏", ""]);
/// ```
pub fn bar(share: f64) -> String {
    const EIGHTHS: [&str; 8] = ["", "▏", "▎", "▍", "▌", "▋", "▊", "▉"];
    let eighths = (share.clamp(0.0, 1.0) * 64.0).floor() as usize;
    format!("{}{}", "█".repeat(eighths / 8), EIGHTHS[eighths % 8])
}

/// Least columns of the last cell of a row.
const LEAST_ROOM: usize = 20;

/// A row whose last cell stands below the others.
fn stacked(row: &[&str], width: usize) -> String {
    let (last, first) = row.split_last().unwrap_or((&"", &[]));
    let first: Vec<&str> = first.iter().copied().filter(|cell| !cell.is_empty()).collect();
    let lines = fold(&first.join("  "), width);
    let below = fold(last, width.saturating_sub(2)).into_iter().map(|line| format!("  {line}"));
    lines.into_iter().chain(below).map(|line| format!("{}\n", line.trim_end())).collect()
}

/// The lines of a text, folded to the width of the style with a hanging indent of two. Markdown is not folded.
pub fn folded(text: &str, style: Style) -> String {
    let Style::Text { width: Some(width), .. } = style else { return text.to_string() };
    let line = |line: &str| fold(line, width.saturating_sub(2)).join("\n  ");
    text.split('\n').map(line).collect::<Vec<_>>().join("\n")
}

/// Breaks a text at spaces into lines of at most `room` columns; a longer word has a line of its own.
fn fold(text: &str, room: usize) -> Vec<String> {
    let mut lines = vec![String::new()];
    for word in text.split(' ') {
        let line = lines.last().map_or(0, |line| columns(line));
        if line > 0 && line + 1 + columns(word) > room {
            lines.push(word.to_string());
        } else if let Some(last) = lines.last_mut() {
            if line > 0 {
                last.push(' ');
            }
            last.push_str(word);
        }
    }
    lines
}

/// Columns that a text takes on a terminal: ideographs, other wide characters and emoji take two.
fn columns(text: &str) -> usize {
    let wide = |c: char| matches!(c as u32, 0x1100..=0x115f | 0x2e80..=0xa4cf | 0xac00..=0xd7a3 | 0xf900..=0xfaff | 0xfe30..=0xfe6f | 0xff00..=0xff60 | 0x1f300..=0x1f9ff | 0x20000..=0x3fffd);
    text.graphemes(true).map(|cluster| if cluster.chars().next().is_some_and(wide) { 2 } else { 1 }).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_is_wider_than_a_narrow_terminal() {
        let rows = vec![
            vec!["0".to_string(), "carried by few documents".to_string(), "orbit, moon, telescope, stars".to_string()],
            vec!["11".to_string(), String::new(), "sauce, butter, chef, kitchen, recipe, oven".to_string()],
        ];
        let header = ["topic", "verdict", "words"];
        let align = [Align::Right, Align::Left, Align::Left];
        for width in 24..80 {
            let table = render(&header, &align, &rows, Style::Text { width: Some(width), colours: false });
            assert!(table.lines().all(|line| columns(line) <= width), "{width}:\n{table}");
            let words = |text: &str| text.split_whitespace().map(str::to_string).collect::<Vec<_>>();
            assert_eq!(words(&table), words(&render(&header, &align, &rows, Style::PLAIN)));
        }
        let narrow = render(&header, &align, &rows, Style::Text { width: Some(36), colours: false });
        let expected = [
            "topic  verdict",
            "  words",
            "0  carried by few documents",
            "  orbit, moon, telescope, stars",
            "11",
            "  sauce, butter, chef, kitchen,",
            "  recipe, oven",
        ];
        assert_eq!(narrow, expected.join("\n") + "\n");
    }

    #[test]
    fn colours_change_nothing_but_colours() {
        let rows = vec![
            vec!["0".to_string(), bar(0.7), "few documents".to_string(), "orbit, moon, stars".to_string()],
            vec!["11".to_string(), bar(1.0), String::new(), "sauce, butter, chef, kitchen".to_string()],
        ];
        let (header, align) =
            (["topic", "", "verdict", "words"], [Align::Right, Align::Bar, Align::Warning, Align::Left]);
        for width in [30, 60, 80] {
            let table = |colours| render(&header, &align, &rows, Style::Text { width: Some(width), colours });
            let mut coloured = table(true);
            for code in [BOLD, CYAN, YELLOW, "\u{1b}[0m"] {
                coloured = coloured.replace(code, "");
            }
            assert_eq!(coloured, table(false));
            assert!(width == 30 || table(true).contains(CYAN) && table(true).contains(YELLOW));
        }
    }

    #[test]
    fn lines_are_folded_between_words() {
        let text = "labels: economy 23, health 4\n\nend\n";
        assert_eq!(
            folded(text, Style::Text { width: Some(22), colours: false }),
            "labels: economy 23,\n  health 4\n\nend\n"
        );
        assert_eq!(folded(text, Style::PLAIN), text);
        assert_eq!(folded(text, Style::Markdown), text);
    }
}
