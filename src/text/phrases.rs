//! Phrases: two words in a row that are one term.

use hashbrown::HashSet;

use super::token::Token;

/// Pairs of terms that are one term where they follow each other.
#[derive(Debug, Default)]
pub(super) struct Phrases(HashSet<String>);

impl FromIterator<String> for Phrases {
    fn from_iter<I: IntoIterator<Item = String>>(phrases: I) -> Self {
        Self(phrases.into_iter().collect())
    }
}

impl Phrases {
    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether two terms are one where they follow each other. Terms with a space (of a pattern that matches spaces)
    /// are no parts of phrases, since the name of the phrase would not say where the first one ends.
    pub(super) fn contains(&self, first: &str, second: &str) -> bool {
        !first.contains(' ') && !second.contains(' ') && self.0.contains(&format!("{first} {second}"))
    }

    /// The tokens with each two that are a phrase made one.
    pub(super) fn join(&self, mut tokens: Vec<Token>) -> Vec<Token> {
        if !self.is_empty() {
            join_pairs(&mut tokens, |a, b| {
                self.contains(&a.term, &b.term).then(|| Token {
                    range: a.range.start..b.range.end,
                    surface: format!("{} {}", a.surface, b.surface),
                    term: format!("{} {}", a.term, b.term),
                })
            });
        }
        tokens
    }
}

/// Replaces two neighbours by what `join` makes of them, if anything, from the first to the last: of "a b c" with the
/// phrases "a b" and "b c" it is "a b" and c.
pub(super) fn join_pairs<T>(items: &mut Vec<T>, mut join: impl FnMut(&T, &T) -> Option<T>) {
    let mut joined = Vec::with_capacity(items.len());
    let mut rest = std::mem::take(items).into_iter().peekable();
    while let Some(item) = rest.next() {
        let pair = rest.peek().and_then(|next| join(&item, next));
        joined.push(match pair {
            Some(pair) => {
                rest.next();
                pair
            }
            None => item,
        });
    }
    *items = joined;
}

#[cfg(test)]
mod tests {
    use super::join_pairs;

    #[test]
    fn of_overlapping_phrases_the_first_is_taken() {
        let mut items = vec![1, 2, 3, 1, 2, 3, 3];
        join_pairs(&mut items, |&a, &b| [(1, 2), (2, 3), (3, 3)].contains(&(a, b)).then_some(10 * a + b));
        assert_eq!(items, [12, 3, 12, 33]);
    }
}
