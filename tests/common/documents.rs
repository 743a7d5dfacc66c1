//! Documents whose topics are known.

use std::fmt::Write;

/// A table of documents about planted topics, each with forty words of its own beside words that all share.
pub fn planted_table(n_topics: usize, n_documents: usize) -> String {
    let mut table = "text,label\n".to_string();
    let mut state = 7_u64;
    let mut draw = |n: u64| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) % n
    };
    let word = |topic: usize, i: u64| {
        let letter = |n: u64| char::from(b'a' + (n % 26) as u8);
        format!("{}{}{}{}", letter(topic as u64), letter(i), letter(i / 26 + 3 * topic as u64), letter(7 * i + 1))
    };
    for document in 0..n_documents {
        let topic = document % n_topics;
        for _ in 0..30 + draw(30) {
            let (a, b) = (draw(40), draw(40));
            let text = if draw(10) < 4 { word(25, a.min(b)) } else { word(topic, a.min(b)) };
            let _ = write!(table, "{text} ");
        }
        let _ = writeln!(table, ",t{topic}");
    }
    table
}
