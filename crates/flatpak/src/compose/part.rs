//! The common shape of what the parts of a sandbox add to it.

use aril_sandbox::Entry;
use aril_sandbox::spec::EnvChange;
use std::fmt::{self, Display, Formatter};
use std::os::fd::OwnedFd;

/// What one part of an application's sandbox adds: the sockets, say, or the fonts.
#[derive(Debug, Default)]
pub struct Part {
    /// What appears, in this order.
    pub tree: Vec<Entry>,
    /// Variables that are set or removed.
    pub environment: Vec<EnvChange>,
    /// Descriptors that entries name by number: open until the sandbox has been launched.
    pub held: Vec<OwnedFd>,
    /// Descriptors that are open until the sandbox has ended: what closes them ends with it.
    pub kept: Vec<OwnedFd>,
    /// What the user is told.
    pub notes: Vec<Note>,
}

impl Part {
    /// Appends what another part adds.
    pub fn extend(&mut self, other: Self) {
        self.tree.extend(other.tree);
        self.environment.extend(other.environment);
        self.held.extend(other.held);
        self.kept.extend(other.kept);
        self.notes.extend(other.notes);
    }
}

/// Something the user should know though the application starts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Note {
    /// Something that was asked for is refused or missing: always told.
    Warning(String),
    /// Told with `-v`.
    Detail(String),
}

impl Display for Note {
    fn fmt(&self, out: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Self::Warning(text) => write!(out, "warning: {text}"),
            Self::Detail(text) => write!(out, "note: {text}"),
        }
    }
}
