//! Numbers distinct strings. They are stored end to end in one string, since an allocation for each would take more
//! memory.

use std::hash::BuildHasher;

use hashbrown::{DefaultHashBuilder, HashTable};

/// Distinct strings, each with a number from 0 in order of first arrival.
///
/// ```
/// use topicmill::text::Vocabulary;
/// let mut vocabulary = Vocabulary::default();
/// assert_eq!(vocabulary.intern("topic"), 0);
/// assert_eq!(vocabulary.intern("mill"), 1);
/// assert_eq!(vocabulary.intern("topic"), 0);
/// assert_eq!(vocabulary.get("mill"), Some(1));
/// assert_eq!(vocabulary.iter().collect::<Vec<_>>(), ["topic", "mill"]);
/// ```
#[derive(Clone, Default)]
pub struct Vocabulary {
    /// All strings end to end; string `i` is `arena[ends[i-1]..ends[i]]`.
    arena: String,
    ends: Vec<usize>,
    table: HashTable<u32>,
    hasher: DefaultHashBuilder,
}

impl Vocabulary {
    /// The number of a string, which is added if it is new.
    pub fn intern(&mut self, string: &str) -> u32 {
        let hash = self.hasher.hash_one(string);
        let (arena, ends) = (&self.arena, &self.ends);
        if let Some(&id) = self.table.find(hash, |&id| at(arena, ends, id) == string) {
            return id;
        }
        self.insert(hash, string)
    }

    /// Adds a string that is not in the vocabulary yet, without looking for it.
    pub(super) fn push(&mut self, string: &str) -> u32 {
        self.insert(self.hasher.hash_one(string), string)
    }

    /// An empty vocabulary with room for `n` strings.
    pub(super) fn with_capacity(n: usize) -> Self {
        Self { table: HashTable::with_capacity(n), ends: Vec::with_capacity(n), ..Default::default() }
    }

    fn insert(&mut self, hash: u64, string: &str) -> u32 {
        let (arena, ends, hasher) = (&self.arena, &self.ends, &self.hasher);
        let id = ends.len() as u32;
        self.table.insert_unique(hash, id, |&id| hasher.hash_one(at(arena, ends, id)));
        self.arena.push_str(string);
        self.ends.push(self.arena.len());
        id
    }

    /// The number of a string, if it is in the vocabulary.
    pub fn get(&self, string: &str) -> Option<u32> {
        let hash = self.hasher.hash_one(string);
        self.table.find(hash, |&id| at(&self.arena, &self.ends, id) == string).copied()
    }

    /// The string with this number. Panics if there is no such number.
    pub fn string(&self, id: u32) -> &str {
        at(&self.arena, &self.ends, id)
    }

    /// Number of strings.
    pub fn len(&self) -> usize {
        self.ends.len()
    }

    /// Whether there are no strings.
    pub fn is_empty(&self) -> bool {
        self.ends.is_empty()
    }

    /// The strings in order of their numbers.
    pub fn iter(&self) -> impl Iterator<Item = &str> {
        (0..self.len() as u32).map(|id| self.string(id))
    }
}

impl<S: AsRef<str>> FromIterator<S> for Vocabulary {
    fn from_iter<I: IntoIterator<Item = S>>(strings: I) -> Self {
        let mut vocabulary = Self::default();
        for string in strings {
            vocabulary.intern(string.as_ref());
        }
        vocabulary
    }
}

impl std::fmt::Debug for Vocabulary {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_list().entries(self.iter()).finish()
    }
}

fn at<'a>(arena: &'a str, ends: &[usize], id: u32) -> &'a str {
    let id = id as usize;
    let start = if id == 0 { 0 } else { ends[id - 1] };
    &arena[start..ends[id]]
}

/// How often each number of a term occurs, ascending by number.
pub(crate) fn count_numbers(mut terms: Vec<u32>) -> Vec<(u32, f32)> {
    terms.sort_unstable();
    terms.chunk_by(|a, b| a == b).map(|same| (same[0], same.len() as f32)).collect()
}
