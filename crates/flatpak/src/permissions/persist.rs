//! Paths of the home directory that are kept in the application's own directory.

use super::error::{Fault, PermissionError};
use super::filesystem::normal;
use crate::text::is_graphic;
use std::fmt::{self, Display, Formatter};
use std::str::FromStr;

/// A path relative to the home directory; `.` is the home directory itself.
///
/// Slashes at the start are dropped and `..` is refused (contract, 1.6). Whoever mounts it opens it
/// beneath the application's directory, following no symbolic link (CVE-2024-42472).
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PersistPath(String);

impl PersistPath {
    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for PersistPath {
    type Err = PermissionError;

    fn from_str(text: &str) -> Result<Self, PermissionError> {
        let blame = |fault| PermissionError::new("persistent path", text, fault);
        if let Some(c) = text.chars().find(|&c| !is_graphic(c)) {
            return Err(blame(Fault::NotGraphic(c)));
        }
        if text.trim_start_matches('/').is_empty() {
            return Err(blame(Fault::EmptyPath));
        }
        let path = normal(text).map_err(blame)?;
        Ok(Self(if path.is_empty() {
            ".".to_owned()
        } else {
            path
        }))
    }
}

impl Display for PersistPath {
    fn fmt(&self, out: &mut Formatter<'_>) -> fmt::Result {
        out.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths() {
        for (text, path) in [
            (".", "."),
            ("/abs", "abs"),
            (".cfg//x/", ".cfg/x"),
            ("a/./b", "a/b"),
        ] {
            assert_eq!(text.parse::<PersistPath>().unwrap().as_str(), path);
        }
        for bad in ["", "/", "..", "a/../b", "/..", "a\n"] {
            assert!(bad.parse::<PersistPath>().is_err(), "{bad}");
        }
    }
}
