//! Many short texts in one.

/// Texts one after another, each with its end.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct TextColumn {
    pub(super) text: String,
    /// The end of each text in bytes, without what lies above 32 bits.
    ends: Vec<u32>,
    /// The places of the texts at whose ends another 4 GiB begin.
    wraps: Vec<usize>,
}

impl TextColumn {
    pub(super) fn push(&mut self, text: &str) {
        let before = self.text.len() >> 32;
        self.text.push_str(text);
        let place = self.ends.len();
        self.wraps.extend((before..self.text.len() >> 32).map(|_| place));
        self.ends.push(self.text.len() as u32);
    }

    /// Adds empty texts until there are as many as this.
    pub(super) fn fill_up(&mut self, n: usize) {
        while self.ends.len() < n {
            self.push("");
        }
    }

    /// The text at a place. Panics if there is none.
    pub(super) fn get(&self, place: usize) -> &str {
        let start = if place == 0 { 0 } else { self.end(place - 1) };
        &self.text[start..self.end(place)]
    }

    fn end(&self, place: usize) -> usize {
        (self.wraps.partition_point(|&wrap| wrap <= place) << 32) + self.ends[place] as usize
    }

    pub(super) fn memory_bytes(&self) -> usize {
        self.text.capacity() + 4 * self.ends.capacity() + 8 * self.wraps.capacity()
    }

    pub(super) fn shrink(&mut self) {
        self.text.shrink_to_fit();
        self.ends.shrink_to_fit();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #![proptest_config(crate::random::random_cases(128))]

        #[test]
        fn texts_come_back(texts in prop::collection::vec("\\PC{0,5}", 0..20), n_more in 0_usize..4) {
            let mut column = TextColumn::default();
            texts.iter().for_each(|text| column.push(text));
            column.fill_up(texts.len() + n_more);
            column.shrink();
            let found: Vec<&str> = (0..texts.len() + n_more).map(|place| column.get(place)).collect();
            prop_assert_eq!(&found[..texts.len()], &texts.iter().map(String::as_str).collect::<Vec<_>>()[..]);
            prop_assert!(found[texts.len()..].iter().all(|text| text.is_empty()));
        }
    }
}
