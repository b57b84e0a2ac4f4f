//! One group of a key file.

use super::value;
use super::{KeyFileError, ValueFault};
use std::fmt::{self, Display, Formatter};

/// One group: its name and its lines, comments and unknown keys included.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Group {
    name: String,
    lines: Vec<Line>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Line {
    Comment(String),
    Entry { key: String, value: String },
}

impl Line {
    fn is(&self, wanted: &str) -> bool {
        matches!(self, Self::Entry { key, .. } if key == wanted)
    }
}

impl Group {
    pub(super) fn new(name: &str) -> Self {
        Self {
            name: name.to_owned(),
            lines: Vec::new(),
        }
    }

    /// The name between the brackets.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The keys, in the order of the file.
    pub fn keys(&self) -> impl Iterator<Item = &str> {
        self.lines.iter().filter_map(|line| match line {
            Line::Entry { key, .. } => Some(key.as_str()),
            Line::Comment(_) => None,
        })
    }

    /// A value as it stands in the file, its escapes unresolved.
    pub fn raw(&self, wanted: &str) -> Option<&str> {
        self.lines.iter().find_map(|line| match line {
            Line::Entry { key, value } if key == wanted => Some(value.as_str()),
            _ => None,
        })
    }

    /// A string, its escapes resolved; `None` when the key is absent.
    pub fn string(&self, key: &str) -> Result<Option<String>, KeyFileError> {
        self.read(key, value::unescaped)
    }

    /// A list of strings, separated by `;`; `None` when the key is absent.
    pub fn list(&self, key: &str) -> Result<Option<Vec<String>>, KeyFileError> {
        self.read(key, value::split)
    }

    /// `true`, `1`, `false` or `0`; `None` when the key is absent.
    pub fn boolean(&self, key: &str) -> Result<Option<bool>, KeyFileError> {
        self.read(key, value::boolean)
    }

    /// A decimal number; `None` when the key is absent.
    pub fn integer(&self, key: &str) -> Result<Option<i32>, KeyFileError> {
        self.read(key, value::integer)
    }

    fn read<T>(
        &self,
        key: &str,
        read: impl Fn(&str) -> Result<T, ValueFault>,
    ) -> Result<Option<T>, KeyFileError> {
        let blame = |fault| KeyFileError::Value {
            group: self.name.clone(),
            key: key.to_owned(),
            fault,
        };
        self.raw(key)
            .map(|raw| read(raw).map_err(blame))
            .transpose()
    }

    pub(super) fn push_comment(&mut self, text: &str) {
        self.lines.push(Line::Comment(text.to_owned()));
    }

    /// Sets a value: where the key stands, or after the last key, before what separates groups.
    pub(super) fn set(&mut self, wanted: &str, raw: String) {
        if let Some(Line::Entry { value, .. }) = self.lines.iter_mut().find(|l| l.is(wanted)) {
            *value = raw;
            return;
        }
        let blank = |line: &&Line| matches!(line, Line::Comment(text) if text.trim().is_empty());
        let trailing = self.lines.iter().rev().take_while(blank).count();
        let entry = Line::Entry {
            key: wanted.to_owned(),
            value: raw,
        };
        self.lines.insert(self.lines.len() - trailing, entry);
    }

    pub(super) fn remove(&mut self, key: &str) {
        self.lines.retain(|line| !line.is(key));
    }

    pub(super) fn is_empty(&self) -> bool {
        self.lines.is_empty()
    }

    pub(super) fn ends_blank(&self) -> bool {
        matches!(self.lines.last(), Some(Line::Comment(text)) if text.is_empty())
    }
}

impl Display for Group {
    fn fmt(&self, out: &mut Formatter<'_>) -> fmt::Result {
        writeln!(out, "[{}]", self.name)?;
        for line in &self.lines {
            match line {
                Line::Comment(text) => writeln!(out, "{text}")?,
                Line::Entry { key, value } => writeln!(out, "{key}={value}")?,
            }
        }
        Ok(())
    }
}
