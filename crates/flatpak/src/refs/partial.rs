//! What a user types for a ref.

use super::error::{RefError, RefFault};
use super::{Arch, Branch, Id, Kind};
use std::fmt::{self, Display, Formatter};
use std::str::FromStr;

/// `[KIND/]ID[/ARCH[/BRANCH]]`, where ARCH and BRANCH may be left empty: `ID//BRANCH`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PartialRef {
    /// Application or runtime, when the text says so.
    pub kind: Option<Kind>,
    /// The name.
    pub id: Id,
    /// The architecture, when given.
    pub arch: Option<Arch>,
    /// The branch, when given.
    pub branch: Option<Branch>,
}

impl FromStr for PartialRef {
    type Err = RefError;

    fn from_str(text: &str) -> Result<Self, RefError> {
        let split = text.split_once('/');
        let kind = split.and_then(|(word, _)| Kind::from_word(word));
        let rest = match split {
            Some((_, rest)) if kind.is_some() => rest,
            _ => text,
        };
        let mut parts = rest.split('/');
        let id = parts.next().unwrap_or_default().parse()?;
        let arch = optional(parts.next())?;
        let branch = optional(parts.next())?;
        if parts.next().is_some() {
            return Err(RefError::new("read ref", text, RefFault::Parts));
        }
        Ok(Self {
            kind,
            id,
            arch,
            branch,
        })
    }
}

fn optional<T: FromStr>(part: Option<&str>) -> Result<Option<T>, T::Err> {
    part.filter(|part| !part.is_empty())
        .map(str::parse)
        .transpose()
}

impl Display for PartialRef {
    fn fmt(&self, out: &mut Formatter<'_>) -> fmt::Result {
        if let Some(kind) = self.kind {
            write!(out, "{}/", kind.word())?;
        }
        write!(out, "{}", self.id)?;
        match (&self.arch, &self.branch) {
            (None, None) => Ok(()),
            (Some(arch), None) => write!(out, "/{arch}"),
            (None, Some(branch)) => write!(out, "//{branch}"),
            (Some(arch), Some(branch)) => write!(out, "/{arch}/{branch}"),
        }
    }
}
