//! Generic policies: `[Policy SUBSYSTEM]`, `KEY=VALUE;!VALUE;`.

use super::error::{Fault, PermissionError};
use super::origin::{Origin, Sourced};
use crate::keyfile::{is_group_name, is_key};

/// A subsystem and a key of it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PolicyKey {
    /// The subsystem; it has no dot.
    pub subsystem: String,
    /// The key.
    pub key: String,
}

/// What the policies of a key say about their values, in the order of the last word on each.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PolicyValues(Vec<Sourced<(String, bool)>>);

impl PolicyValues {
    /// Each value with whether it is in.
    pub fn iter(&self) -> impl Iterator<Item = (&str, bool, &Origin)> {
        self.0
            .iter()
            .map(|entry| (entry.value.0.as_str(), entry.value.1, &entry.origin))
    }

    pub(super) fn put(&mut self, value: &str, added: bool, origin: &Origin) {
        self.0.retain(|entry| entry.value.0 != value);
        self.0.push(Sourced::new((value.to_owned(), added), origin));
    }

    pub(super) fn merge(&mut self, upper: &Self) {
        for (value, added, origin) in upper.iter() {
            self.put(value, added, origin);
        }
    }
}

/// Parses `SUBSYSTEM.KEY=VALUE`, the argument of `--add-policy` and `--remove-policy`.
pub(super) fn parse(text: &str) -> Result<(PolicyKey, String), PermissionError> {
    let parts = text.split_once('=').and_then(|(name, value)| {
        let (subsystem, key) = name.split_once('.')?;
        let valid = is_group_name(subsystem) && is_key(key) && !value.starts_with('!');
        valid.then(|| {
            let key = PolicyKey {
                subsystem: subsystem.to_owned(),
                key: key.to_owned(),
            };
            (key, value.to_owned())
        })
    });
    parts.ok_or_else(|| PermissionError::new("policy", text, Fault::Policy))
}
