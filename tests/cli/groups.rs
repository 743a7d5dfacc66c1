//! Topics over time and by group: the same numbers as a computation of one's own, in every format.

use crate::common::shared;
use crate::common::workplace::{Workplace, columns_of, fails, succeeds};

/// Twelve documents of two subjects, with a year, a party and a number.
fn table() -> String {
    let sea = "the ship and the harbour, sailors on the sea, the ship in the harbour";
    let kitchen = "bread and butter in the kitchen, the cook and the bread, butter and salt";
    let row = |i: usize| {
        let text = if i < 6 { sea } else { kitchen };
        let party = if i.is_multiple_of(2) { "even" } else { "odd" };
        format!("d{i},{},{party},{},\"{text}\"\n", 1848 + i, i * 10)
    };
    "id,year,party,size,text\n".to_string() + &(0..12).map(row).collect::<String>()
}

fn fitted() -> Workplace {
    let place = Workplace::new();
    place.write("t.csv", table());
    let output = place.run(&["fit", "t.csv", "-k", "2", "-o", "m"]);
    succeeds(&output);
    let told = String::from_utf8_lossy(&output.stderr);
    assert!(told.contains("dates 1848 to 1859, in the column \"year\""), "{told}");
    place
}

/// The mean of p(topic | document) over the documents of each group, from the exported table.
fn means(place: &Workplace, group: impl Fn(&csv::StringRecord) -> String) -> Vec<(String, f64)> {
    let csv = place.stdout(&["export", "m", "--table", "document-topics", "--shares", "--metadata"]);
    let mut rows = csv::Reader::from_reader(csv.as_bytes());
    let last = rows.headers().unwrap().len() - 1;
    let mut groups: Vec<(String, Vec<f64>)> = Vec::new();
    for row in rows.records().map(Result::unwrap) {
        let (group, share) = (group(&row), row[last].parse().unwrap());
        match groups.iter_mut().find(|(label, _)| *label == group) {
            Some((_, shares)) => shares.push(share),
            None => groups.push((group, vec![share])),
        }
    }
    groups.into_iter().map(|(group, shares)| (group, shares.iter().sum::<f64>() / shares.len() as f64)).collect()
}

#[test]
fn shares_are_means_over_documents_in_all_formats() {
    let place = fitted();
    let expected = means(&place, |row| row[5][..3].to_string() + "0s");
    assert_eq!(expected.len(), 2);
    let json: serde_json::Value =
        place.stdout(&["over-time", "m", "--by", "decade", "--format", "json"]).parse().unwrap();
    let wide = place.stdout(&["over-time", "m", "--by", "decade", "--format", "csv", "--table", "wide"]);
    let long = place.stdout(&["over-time", "m", "--by", "decade", "--format", "csv"]);
    for (i, (label, share)) in expected.iter().enumerate() {
        let group = &json["groups"][i];
        assert_eq!(group["group"], *label);
        let topic = &group["topics"][1];
        let (found, low, high) = (&topic["share"], topic["low"].as_f64().unwrap(), topic["high"].as_f64().unwrap());
        let found = found.as_f64().unwrap();
        assert!((found - share).abs() < 1e-6 && low <= found && found <= high, "{topic}");
        let in_column = |csv: &str, column: &str, row: usize| -> f64 {
            columns_of(csv, |name| name == column)[row].parse().unwrap()
        };
        assert_eq!(in_column(&wide, "topic_1", i), found);
        assert_eq!(in_column(&long, "share", 2 * i + 1), found);
    }
    assert_eq!(json["groups"][0]["first"], "1848-01-01");
    assert!(json["topics"][0]["trend"]["p"].as_f64().unwrap() < 0.05);
}

#[test]
fn groups_are_values_or_ranges_of_numbers() {
    let place = fitted();
    let groups = |arguments: &[&str]| {
        let all = [&["by-group", "m", "--format", "json"], arguments].concat();
        let json: serde_json::Value = place.stdout(&all).parse().unwrap();
        let label = |group: &serde_json::Value| group["group"].as_str().unwrap().to_string();
        json["groups"].as_array().unwrap().iter().map(label).collect::<Vec<_>>()
    };
    assert_eq!(groups(&["--column", "party"]), ["even", "odd"]);
    assert_eq!(groups(&["--column", "size", "--quantiles", "3"]), ["0 to 30", "40 to 70", "80 to 110"]);
    assert_eq!(groups(&["--column", "size", "--most", "2"]).len(), 2);
    let expected = means(&place, |row| row[6].to_string());
    let csv = place.stdout(&["by-group", "m", "--column", "party", "--format", "csv"]);
    let shares = columns_of(&csv, |name| name == "share");
    for (i, (_, share)) in expected.iter().enumerate() {
        assert!((shares[2 * i + 1].parse::<f64>().unwrap() - share).abs() < 1e-6);
    }
}

#[test]
fn numbers_that_are_written_in_several_ways_are_one_group() {
    let place = Workplace::new();
    let row = |i: usize| {
        let text = if i < 4 { "the ship and the sea" } else { "bread and butter" };
        format!("{},{text}\n", ["01851", "1851.0", "1851", "7"][i % 4])
    };
    place.write("t.csv", "year,text\n".to_string() + &(0..8).map(row).collect::<String>());
    succeeds(&place.run(&["fit", "t.csv", "-k", "2", "-q", "-o", "m"]));
    let wide = place.stdout(&["by-group", "m", "--column", "year", "--format", "csv", "--table", "wide"]);
    assert_eq!(columns_of(&wide, |name| name == "group" || name == "documents"), ["7,2", "01851,6"]);
}

#[test]
fn what_people_see_of_time_and_groups() {
    let place = fitted();
    insta::assert_snapshot!(place.show(&["over-time", "m", "--by", "decade"]));
    insta::assert_snapshot!(place.show(&["over-time", "m", "--by", "quantile", "--quantiles", "3"]));
    insta::assert_snapshot!(place.show(&["by-group", "m", "--column", "party"]));
    insta::assert_snapshot!(place.stdout(&[
        "over-time",
        "m",
        "--format",
        "csv",
        "--by",
        "decade",
        "--table",
        "changes"
    ]));
}

#[test]
fn a_mistake_names_the_way_out() {
    let place = fitted();
    fails(&place.run(&["over-time", "m", "--by", "month"]), 1, &["no month", "known to the year", "--by"]);
    fails(&place.run(&["over-time", "m", "--date-column", "party"]), 1, &["no date that can be read", "even"]);
    fails(
        &place.run(&["over-time", "m", "--date-column", "yaer"]),
        1,
        &["no document has a column", "year, party, size"],
    );
    fails(&place.run(&["by-group", "m", "--column", "label"]), 1, &["no document has a column", "the columns are"]);
    fails(&place.run(&["by-group", "m", "--column", "party", "--quantiles", "2"]), 1, &["quantiles are of numbers"]);
    place.write("plain/a.txt", "the ship and the harbour, sailors on the sea, the ship in the harbour");
    place.write("plain/b.txt", "bread and butter in the kitchen, the cook and the bread, butter and salt");
    succeeds(&place.run(&["fit", "plain", "-k", "2", "-q", "-o", "p"]));
    fails(&place.run(&["over-time", "p"]), 1, &["no column of the documents has dates", "from a table"]);
    let warned = place.run(&["fit", "t.csv", "-k", "2", "-q", "-o", "w", "--date-column", "party"]);
    succeeds(&warned);
    assert!(String::from_utf8_lossy(&warned.stderr).contains("date_column: the column \"party\" has no date"));
}

#[test]
fn decades_of_speeches_are_those_of_a_computation_of_ones_own() {
    let Some(input) = shared("corpora/state-of-the-union.csv") else { return };
    let place = Workplace::new();
    succeeds(&place.run(&["fit", input.to_str().unwrap(), "-k", "8", "-q", "-o", "m"]));
    let expected = means(&place, |row| row[5][..3].to_string() + "0s");
    let csv = place.stdout(&["over-time", "m", "--by", "decade", "--format", "csv", "--table", "wide"]);
    let (periods, shares) = (columns_of(&csv, |name| name == "period"), columns_of(&csv, |name| name == "topic_7"));
    assert_eq!(periods.len(), expected.len());
    for (label, share) in expected {
        let row = periods.iter().position(|period| *period == label).unwrap();
        assert!((shares[row].parse::<f64>().unwrap() - share).abs() < 1e-6, "{label}");
    }
}
