//! Tests the pictures: every kind as SVG and PNG, inert whatever documents say.

use crate::common::workplace::{Workplace, fails, succeeds};

fn fitted() -> Workplace {
    let place = Workplace::new();
    let row = |i: usize| {
        let text = if i < 6 { "the ship in the harbour, <b>sailors</b>" } else { "bread & butter, the cook's kitchen" };
        format!("d{i},{},\"</svg><script>{}\",{text:?}\n", 1990 + i, i % 2)
    };
    let rows: String = (0..12).map(row).collect();
    place.write("t.csv", format!("id,year,party,text\n{rows}"));
    succeeds(&place.run(&["fit", "t.csv", "-k", "2", "-q", "-o", "m"]));
    place.write("names.txt", "<script>alert(1)</script>\n\"&'\u{202e}\n");
    succeeds(&place.run(&["rename", "m", "names.txt", "-q"]));
    place
}

const KINDS: [&[&str]; 7] = [
    &["map"],
    &["terms"],
    &["time", "--by", "year"],
    &["heatmap"],
    &["heatmap", "--column", "party"],
    &["hierarchy"],
    &["convergence"],
];

#[test]
fn every_kind_is_drawn_and_inert() {
    let place = fitted();
    for (i, kind) in KINDS.iter().enumerate() {
        let file = format!("{i}.svg");
        succeeds(&place.run(&[&["plot", "m", "-o", &file, "--kind"], *kind].concat()));
        let svg = std::fs::read_to_string(place.path(&file)).unwrap();
        assert!(svg.starts_with("<svg") && svg.ends_with("</svg>\n"), "{kind:?}");
        assert_eq!((svg.matches("</svg>").count(), svg.matches("<script").count()), (1, 0), "{kind:?}");
        assert!(!svg.contains('\u{202e}') && !svg.contains("NaN") && !svg.contains("inf"), "{kind:?}: {svg}");
        let names = ["&lt;script&gt;", "&lt;/svg&gt;"];
        assert!(*kind == ["convergence"] || names.iter().any(|name| svg.contains(name)), "{kind:?}");
        // The same model gives the same picture.
        succeeds(&place.run(&[&["plot", "m", "-o", "again.svg", "--threads", "1", "--kind"], *kind].concat()));
        assert_eq!(svg, std::fs::read_to_string(place.path("again.svg")).unwrap());
    }
}

#[cfg(feature = "png")]
#[test]
fn a_picture_has_pixels_where_there_are_fonts() {
    let place = fitted();
    for kind in KINDS {
        let output = place.run(&[&["plot", "m", "-o", "x.png", "--kind"], kind].concat());
        if String::from_utf8_lossy(&output.stderr).contains("no fonts") {
            eprintln!("skipped: there are no fonts on this machine");
            return;
        }
        succeeds(&output);
        let png = std::fs::read(place.path("x.png")).unwrap();
        assert!(png.starts_with(b"\x89PNG\r\n") && png.len() > 5_000, "{kind:?}: {} bytes", png.len());
    }
}

#[test]
fn numbers_of_topics_are_drawn_and_mistakes_told() {
    let place = fitted();
    place.corpus(3, 8);
    succeeds(&place.run(&["select", "news", "-k", "2,3,4", "-q", "-o", "s"]));
    succeeds(&place.run(&["plot", "s", "--kind", "selection", "-o", "s.svg"]));
    assert!(std::fs::read_to_string(place.path("s.svg")).unwrap().contains("Stability"));
    fails(&place.run(&["plot", "m", "--kind", "map", "-o", "x.jpg"]), 1, &["ends with .svg or .png"]);
    fails(&place.run(&["plot", "m", "--kind", "map", "--by", "year", "-o", "x.svg"]), 2, &["is for --kind time"]);
    fails(&place.run(&["plot", "m", "--kind", "heatmap", "--column", "z", "-o", "x.svg"]), 1, &["year, party"]);
    fails(&place.run(&["plot", "s", "--kind", "map", "-o", "x.svg"]), 1, &["topicmill fit"]);
    assert!(!place.path("x.svg").exists());
}
