//! Names of applications and runtimes: ID, ARCH, BRANCH, and the refs made of them.
//!
//! Rules: contract, section 2 ("ID rules"); the forms a user may type: flatpak-run(1),
//! flatpak-install(1).

mod error;
mod name;
mod partial;

pub use error::{RefError, RefFault};
pub use name::{Arch, Branch, Id};
pub use partial::PartialRef;

use std::fmt::{self, Display, Formatter};
use std::path::PathBuf;
use std::str::FromStr;

/// The two kinds of things that can be installed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    /// An application: `app/…`.
    App,
    /// A runtime or an extension: `runtime/…`.
    Runtime,
}

impl Kind {
    /// The word in a ref, and the name of the directory in an installation.
    pub fn word(self) -> &'static str {
        match self {
            Self::App => "app",
            Self::Runtime => "runtime",
        }
    }

    fn from_word(word: &str) -> Option<Self> {
        [Self::App, Self::Runtime]
            .into_iter()
            .find(|kind| kind.word() == word)
    }
}

/// `ID/ARCH/BRANCH`, as the keys `runtime` and `sdk` of metadata give it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RuntimeRef {
    /// The name.
    pub id: Id,
    /// The architecture.
    pub arch: Arch,
    /// The branch.
    pub branch: Branch,
}

impl RuntimeRef {
    /// The full ref, of that kind.
    pub fn with_kind(self, kind: Kind) -> Ref {
        Ref {
            kind,
            id: self.id,
            arch: self.arch,
            branch: self.branch,
        }
    }
}

impl FromStr for RuntimeRef {
    type Err = RefError;

    fn from_str(text: &str) -> Result<Self, RefError> {
        let parts: Vec<&str> = text.split('/').collect();
        let &[id, arch, branch] = parts.as_slice() else {
            return Err(RefError::new("read runtime", text, RefFault::Parts));
        };
        Ok(Self {
            id: id.parse()?,
            arch: arch.parse()?,
            branch: branch.parse()?,
        })
    }
}

impl Display for RuntimeRef {
    fn fmt(&self, out: &mut Formatter<'_>) -> fmt::Result {
        write!(out, "{}/{}/{}", self.id, self.arch, self.branch)
    }
}

/// A full ref: `KIND/ID/ARCH/BRANCH`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Ref {
    /// Application or runtime.
    pub kind: Kind,
    /// The name.
    pub id: Id,
    /// The architecture.
    pub arch: Arch,
    /// The branch.
    pub branch: Branch,
}

impl Ref {
    /// Where its deployments lie, relative to an installation.
    ///
    /// No part can be `.`, `..` or contain a slash: the rules for names exclude that.
    pub fn directory(&self) -> PathBuf {
        let Self {
            kind,
            id,
            arch,
            branch,
        } = self;
        [kind.word(), id.as_str(), arch.as_str(), branch.as_str()]
            .iter()
            .collect()
    }
}

impl FromStr for Ref {
    type Err = RefError;

    fn from_str(text: &str) -> Result<Self, RefError> {
        let blame = |fault| RefError::new("read ref", text, fault);
        let (kind, rest) = text.split_once('/').ok_or_else(|| blame(RefFault::Parts))?;
        let kind = Kind::from_word(kind).ok_or_else(|| blame(RefFault::Kind))?;
        Ok(rest.parse::<RuntimeRef>()?.with_kind(kind))
    }
}

impl Display for Ref {
    fn fmt(&self, out: &mut Formatter<'_>) -> fmt::Result {
        write!(
            out,
            "{}/{}/{}/{}",
            self.kind.word(),
            self.id,
            self.arch,
            self.branch
        )
    }
}

#[cfg(test)]
mod tests;
