//! Gives topics names: those that somebody gave them, or else the best words without a word that only repeats another.

use super::{ModelError, Ranking, TopicModel};
use crate::text::Stemmer;

/// Words in a name: entries are added while it has fewer, and an entry may be a phrase of two.
const NAME_WORDS: usize = 3;

/// Ranked words that a name is made of, where they do not repeat each other.
const CANDIDATES: usize = 12;

/// Letters that two words begin with, if they are forms of one: with a stemmer, which knows the rest, and without.
const COMMON_LETTERS: [usize; 2] = [6, 4];

/// Letters that may follow those.
const ENDING_LETTERS: usize = 2;

/// Most characters of a name.
pub(super) const MOST_NAME_CHARACTERS: usize = 200;

impl TopicModel {
    /// The topic's name: the one that [`rename`](Self::rename) gave it, or its best words, two to four of them in
    /// their order, joined by commas. Words that are forms of an earlier one, or parts of an earlier phrase, are left
    /// out: "labs" after "lab".
    pub fn topic_name(&self, topic: usize) -> String {
        if let Some(names) = &self.names {
            return names[topic].clone();
        }
        let analyzer = self.manifest.analyzer.as_ref();
        let stemmer = analyzer.and_then(|analyzer| analyzer.language).and_then(Stemmer::new);
        let (mut name, mut n_words): (Vec<String>, usize) = (Vec::new(), 0);
        for word in self.top_words(topic, CANDIDATES, Ranking::default()) {
            if n_words >= NAME_WORDS {
                break;
            }
            if !name.iter().any(|earlier| repeats(&word.form, earlier, stemmer.as_ref())) {
                n_words += word.form.split(' ').count();
                name.push(word.form);
            }
        }
        name.join(", ")
    }

    /// The names of all topics; see [`topic_name`](Self::topic_name).
    pub fn topic_names(&self) -> Vec<String> {
        (0..self.n_topics()).map(|topic| self.topic_name(topic)).collect()
    }

    /// The model with names given to topics; the others keep theirs. Fails if a topic does not exist or is named
    /// twice, or if a name is empty, longer than 200 characters, or has control characters.
    ///
    /// ```
    /// use topicmill::model::TopicModel;
    /// let model = TopicModel::load("tests/golden/model-v1")?;
    /// let model = model.rename([(0, "Money and markets")])?;
    /// assert_eq!(model.topic_name(0), "Money and markets");
    /// assert!(model.rename([(99, "Nothing")]).is_err());
    /// # Ok::<(), topicmill::Error>(())
    /// ```
    pub fn rename<N: AsRef<str>>(self, given: impl IntoIterator<Item = (usize, N)>) -> Result<Self, ModelError> {
        let mut names: Vec<String> = (0..self.n_topics()).map(|topic| self.storable_name(topic)).collect();
        let mut is_named = vec![false; names.len()];
        for (topic, name) in given {
            let name = name.as_ref().trim();
            check_name(name).map_err(|problem| ModelError::Name { topic, problem })?;
            let Some(place) = names.get_mut(topic) else {
                let last = self.n_topics() - 1;
                return Err(ModelError::Name { topic, problem: format!("the model has the topics 0 to {last}") });
            };
            if std::mem::replace(&mut is_named[topic], true) {
                return Err(ModelError::Name { topic, problem: "is named twice".into() });
            }
            *place = name.to_string();
        }
        Ok(Self { names: Some(names), ..self })
    }

    /// The topic's name, or, of a topic whose words make no name, its number.
    fn storable_name(&self, topic: usize) -> String {
        let name = self.topic_name(topic);
        if check_name(&name).is_ok() { name } else { format!("topic {topic}") }
    }
}

/// Fails if a text is no name.
pub(super) fn check_name(name: &str) -> Result<(), String> {
    match name {
        "" => Err("the name is empty".into()),
        _ if name.chars().count() > MOST_NAME_CHARACTERS => {
            Err(format!("the name is longer than {MOST_NAME_CHARACTERS} characters"))
        }
        _ if name.contains(char::is_control) => Err(format!("the name {name:?} has control characters in it")),
        _ => Ok(()),
    }
}

/// Whether an entry of a name says nothing beyond an earlier one: all its words are forms of words in it.
fn repeats(entry: &str, earlier: &str, stemmer: Option<&Stemmer>) -> bool {
    entry.split(' ').all(|word| earlier.split(' ').any(|known| is_form(word, known, stemmer)))
}

/// Whether two words are forms of one: they have the same stem, or the same beginning and short endings.
fn is_form(a: &str, b: &str, stemmer: Option<&Stemmer>) -> bool {
    let stem = |word: &str| stemmer.and_then(|stemmer| stemmer.stem(word));
    if a == b || stem(a).is_some_and(|stem_of_a| Some(stem_of_a) == stem(b)) {
        return true;
    }
    let common = a.chars().zip(b.chars()).take_while(|(x, y)| x == y).count();
    let longer = a.chars().count().max(b.chars().count());
    common >= COMMON_LETTERS[usize::from(stemmer.is_none())] && longer - common <= ENDING_LETTERS
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::Language;

    #[test]
    fn forms_of_one_word_are_known() {
        let english = Stemmer::new(Language::English);
        let is = |a, b| repeats(a, b, english.as_ref());
        assert!(
            is("labs", "lab") && is("israeli", "israel") && is("atheism", "atheist") && is("computing", "computer")
        );
        assert!(is("blair", "tony blair") && is("tony blair", "tony blair") && is("blairs", "mr blair"));
        assert!(!is("card", "car") && !is("tony blair", "blair") && !is("orbit", "moon") && !is("war", "ward"));
        assert!(repeats("banki", "bank", None) && !repeats("card", "car", None));
    }
}
