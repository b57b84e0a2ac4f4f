//! Relative paths that a package gives, and that must stay where they are relative to.

use crate::text::is_graphic;
use std::fmt::{self, Display, Formatter};
use std::path::{Path, PathBuf};

/// Why a path that a package gives is refused (GHSA-w69g-9x8j-7p8f).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PathFault {
    /// It is not there.
    Empty,
    /// It starts at the root.
    Absolute,
    /// It has a `..`.
    DotDot,
    /// It has a character that cannot be seen.
    NotGraphic,
}

impl Display for PathFault {
    fn fmt(&self, out: &mut Formatter<'_>) -> fmt::Result {
        out.write_str(match self {
            Self::Empty => "it is empty",
            Self::Absolute => "it is absolute",
            Self::DotDot => "it contains ..",
            Self::NotGraphic => "it has an invisible character",
        })
    }
}

/// A relative path of at least one part, without `.`, `..` and empty parts.
pub(super) fn relative(text: &str) -> Result<PathBuf, PathFault> {
    let path = relative_or_here(text)?;
    match path == Path::new(".") {
        true => Err(PathFault::Empty),
        false => Ok(path),
    }
}

/// The same, or the very place that it is relative to: `.`, as codecs have it in `add-ld-path`.
pub(super) fn relative_or_here(text: &str) -> Result<PathBuf, PathFault> {
    if text.starts_with('/') {
        return Err(PathFault::Absolute);
    }
    if !text.chars().all(is_graphic) {
        return Err(PathFault::NotGraphic);
    }
    let parts = text
        .split('/')
        .filter(|part| !part.is_empty() && *part != ".");
    let parts: Vec<&str> = parts.collect();
    if parts.contains(&"..") {
        return Err(PathFault::DotDot);
    }
    match parts.is_empty() {
        true if text.is_empty() => Err(PathFault::Empty),
        true => Ok(PathBuf::from(".")),
        false => Ok(parts.iter().collect()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths() {
        assert_eq!(relative("lib//a/./b/").unwrap(), Path::new("lib/a/b"));
        for text in [".", "./", "././."] {
            assert_eq!(relative_or_here(text).unwrap(), Path::new("."), "{text}");
        }
        assert_eq!(relative_or_here(""), Err(PathFault::Empty));
        let rows = [
            ("", PathFault::Empty),
            (".", PathFault::Empty),
            ("/etc", PathFault::Absolute),
            ("//etc", PathFault::Absolute),
            ("..", PathFault::DotDot),
            ("a/../b", PathFault::DotDot),
            ("a/..", PathFault::DotDot),
            ("a\n", PathFault::NotGraphic),
        ];
        for (text, fault) in rows {
            assert_eq!(relative(text), Err(fault), "{text}");
        }
    }
}
