//! Switched permissions: allowed, denied, or allowed under conditions, layer upon layer.

use super::condition::{Condition, Facts};
use super::kinds::Word;
use super::origin::{Origin, Sourced};
use std::collections::BTreeMap;
use std::marker::PhantomData;

/// What one layer, or all layers together, say about one word.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Switch {
    /// Allowed whatever the conditions.
    pub allowed: bool,
    /// Conditions of lower layers do not count any more.
    pub reset: bool,
    /// Conditions, any of which allows.
    pub conditions: Vec<Sourced<Condition>>,
    /// Who decided last.
    pub origin: Origin,
}

/// What is done to a switch.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Flip {
    /// Allow, whatever the conditions.
    Allow,
    /// Deny, and forget the conditions of lower layers.
    Deny,
    /// Allow when the condition holds.
    AllowIf(Condition),
}

impl Switch {
    fn new(origin: &Origin) -> Self {
        Self {
            allowed: false,
            reset: false,
            conditions: Vec::new(),
            origin: origin.clone(),
        }
    }

    fn flip(&mut self, flip: Flip, origin: &Origin) {
        match flip {
            Flip::Allow | Flip::Deny => {
                self.allowed = flip == Flip::Allow;
                self.reset = true;
                self.conditions.clear();
            }
            Flip::AllowIf(_) if self.allowed => return,
            Flip::AllowIf(condition) => self.add(Sourced::new(condition, origin)),
        }
        self.origin = origin.clone();
    }

    fn add(&mut self, condition: Sourced<Condition>) {
        if !self
            .conditions
            .iter()
            .any(|known| known.value == condition.value)
        {
            self.conditions.push(condition);
            self.conditions.sort_by_key(|known| known.value.to_string());
        }
    }

    /// Lays a higher layer over this one. A conditional one that does not reset replaces a plain
    /// permission below it and adds to conditions below it.
    fn merge(&mut self, upper: &Self) {
        if upper.reset {
            self.reset = true;
            self.conditions.clear();
        }
        self.allowed = upper.allowed;
        for condition in &upper.conditions {
            self.add(condition.clone());
        }
        self.origin = upper.origin.clone();
    }

    /// The same under these facts, without conditions.
    fn evaluated(&self, facts: &Facts) -> Self {
        let granted = self.granted(facts);
        let origin = granted.unwrap_or(&self.origin).clone();
        Self {
            allowed: granted.is_some(),
            reset: true,
            conditions: Vec::new(),
            origin,
        }
    }

    /// The origin of the permission when it is granted under these facts.
    pub fn granted(&self, facts: &Facts) -> Option<&Origin> {
        if self.allowed {
            return Some(&self.origin);
        }
        let holding = self
            .conditions
            .iter()
            .find(|condition| condition.value.holds(facts));
        holding.map(|condition| &condition.origin)
    }
}

/// The switches of one kind, by word. Words that are not known are kept, for rewriting a file, and
/// grant nothing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Switches<K> {
    entries: BTreeMap<String, Switch>,
    kind: PhantomData<K>,
}

impl<K> Default for Switches<K> {
    fn default() -> Self {
        Self {
            entries: BTreeMap::new(),
            kind: PhantomData,
        }
    }
}

impl<K: Word> Switches<K> {
    /// The switch of a word.
    pub fn get(&self, kind: K) -> Option<&Switch> {
        self.entries.get(kind.word())
    }

    /// All switches with their words, unknown ones included.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &Switch)> {
        self.entries
            .iter()
            .map(|(word, switch)| (word.as_str(), switch))
    }

    /// The words that this program does not know.
    pub fn unknown(&self) -> impl Iterator<Item = (&str, &Switch)> {
        self.iter().filter(|(word, _)| K::from_word(word).is_none())
    }

    /// What is granted under these facts, each with the origin that granted it.
    pub fn granted(&self, facts: &Facts) -> BTreeMap<K, Origin> {
        let rows = K::ALL.iter().filter_map(|&kind| {
            let origin = self.get(kind)?.granted(facts)?;
            Some((kind, origin.clone()))
        });
        rows.collect()
    }

    pub(super) fn evaluated(&self, facts: &Facts) -> Self {
        let rows = self.entries.iter();
        let entries = rows
            .map(|(word, switch)| (word.clone(), switch.evaluated(facts)))
            .collect();
        Self {
            entries,
            kind: PhantomData,
        }
    }

    /// Whether nothing is said.
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    pub(super) fn flip(&mut self, word: &str, flip: Flip, origin: &Origin) {
        let entry = self.entries.entry(word.to_owned());
        entry
            .or_insert_with(|| Switch::new(origin))
            .flip(flip, origin);
    }

    pub(super) fn merge(&mut self, upper: &Self) {
        for (word, switch) in &upper.entries {
            match self.entries.get_mut(word) {
                Some(lower) => lower.merge(switch),
                None => {
                    self.entries.insert(word.clone(), switch.clone());
                }
            }
        }
    }

    pub(super) fn retain(&mut self, keep: K) {
        self.entries.retain(|word, _| word == keep.word());
    }
}
