//! Key files: the `[Group]` and `key=value` text of metadata, overrides and `/.flatpak-info`.
//!
//! The dialect is that of GLib's GKeyFile, which every reader and writer of these files uses
//! (Desktop Entry Specification, "Basic format of the file"). Lines that a program does not know,
//! comments among them, stay where they are, so that an override can be rewritten without a loss.

mod error;
mod group;
mod parse;
mod value;

#[cfg(test)]
mod tests;

pub use error::{KeyFileError, LineFault, ValueFault};
pub use group::Group;
pub use parse::{is_group_name, is_key};

use std::fmt::{self, Display, Formatter};

/// A key file in memory: its groups in their order, each with its lines in their order.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct KeyFile {
    preamble: Vec<String>,
    groups: Vec<Group>,
}

impl KeyFile {
    /// An empty key file.
    pub fn new() -> Self {
        Self::default()
    }

    /// Parses the bytes of a file.
    ///
    /// Groups that appear twice are one, and of equal keys the last wins, as in GKeyFile. A NUL is
    /// refused wherever it stands: it would end the text for one reader and not for another
    /// (CVE-2021-43860).
    pub fn parse(bytes: &[u8]) -> Result<Self, KeyFileError> {
        parse::parse(bytes)
    }

    /// The groups, in the order of the file.
    pub fn groups(&self) -> impl Iterator<Item = &Group> {
        self.groups.iter()
    }

    /// The group of that name.
    pub fn group(&self, name: &str) -> Option<&Group> {
        self.groups.iter().find(|group| group.name() == name)
    }

    /// Whether the group has the key.
    pub fn has(&self, group: &str, key: &str) -> bool {
        self.group(group)
            .is_some_and(|group| group.raw(key).is_some())
    }

    /// A string, its escapes resolved; `None` when the key is absent.
    pub fn string(&self, group: &str, key: &str) -> Result<Option<String>, KeyFileError> {
        self.group(group)
            .map_or(Ok(None), |group| group.string(key))
    }

    /// A list of strings, separated by `;`; `None` when the key is absent.
    pub fn list(&self, group: &str, key: &str) -> Result<Option<Vec<String>>, KeyFileError> {
        self.group(group).map_or(Ok(None), |group| group.list(key))
    }

    /// `true`, `1`, `false` or `0`; `None` when the key is absent.
    pub fn boolean(&self, group: &str, key: &str) -> Result<Option<bool>, KeyFileError> {
        self.group(group)
            .map_or(Ok(None), |group| group.boolean(key))
    }

    /// A decimal number; `None` when the key is absent.
    pub fn integer(&self, group: &str, key: &str) -> Result<Option<i32>, KeyFileError> {
        self.group(group)
            .map_or(Ok(None), |group| group.integer(key))
    }

    /// Sets a string, written with the escapes it needs. A group that is missing is appended.
    ///
    /// Names that would read back as something else are refused: a line feed in a variable's name
    /// must not become a permission.
    pub fn set_string(&mut self, group: &str, key: &str, value: &str) -> Result<(), KeyFileError> {
        self.set(group, key, value::escaped(value))
    }

    /// Sets a list of strings.
    pub fn set_list<S: AsRef<str>>(
        &mut self,
        group: &str,
        key: &str,
        values: &[S],
    ) -> Result<(), KeyFileError> {
        self.set(group, key, value::joined(values))
    }

    fn set(&mut self, group: &str, key: &str, raw: String) -> Result<(), KeyFileError> {
        if !is_group_name(group) {
            return Err(KeyFileError::Name(group.to_owned()));
        }
        if !is_key(key) || raw.contains('\0') {
            return Err(KeyFileError::Name(key.to_owned()));
        }
        self.group_mut(group).set(key, raw);
        Ok(())
    }

    /// Removes a key. A group without a line is not written.
    pub fn remove_key(&mut self, group: &str, key: &str) {
        if let Some(found) = self.groups.iter_mut().find(|found| found.name() == group) {
            found.remove(key);
        }
    }

    fn group_mut(&mut self, name: &str) -> &mut Group {
        let index = self.groups.iter().position(|group| group.name() == name);
        let index = index.unwrap_or_else(|| {
            self.groups.push(Group::new(name));
            self.groups.len() - 1
        });
        &mut self.groups[index]
    }
}

impl Display for KeyFile {
    fn fmt(&self, out: &mut Formatter<'_>) -> fmt::Result {
        let mut blank = true;
        for line in &self.preamble {
            writeln!(out, "{line}")?;
        }
        for group in self.groups.iter().filter(|group| !group.is_empty()) {
            if !blank {
                writeln!(out)?;
            }
            write!(out, "{group}")?;
            blank = group.ends_blank();
        }
        Ok(())
    }
}
