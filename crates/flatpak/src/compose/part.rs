//! The common shape of what the parts of a sandbox add to it.

use aril_sandbox::Entry;
use aril_sandbox::spec::EnvChange;
use std::ffi::OsString;
use std::fmt::{self, Display, Formatter};
use std::os::fd::OwnedFd;
use std::path::PathBuf;

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
    /// Files of the host that are needed until the sandbox has been launched: dropping them then
    /// removes them, so that nothing is left however the launcher ends later.
    pub transient: Vec<Transient>,
    /// Names in the directory of sockets (`/run/user/UID`), see
    /// [`runtime_links`](super::sockets::runtime_links).
    pub runtime_links: Vec<RuntimeLink>,
    /// Descriptors of the launcher that the payload gets under the same number.
    pub passed: Vec<i32>,
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
        self.transient.extend(other.transient);
        self.runtime_links.extend(other.runtime_links);
        self.passed.extend(other.passed);
        self.notes.extend(other.notes);
    }
}

/// A file or an empty directory of the host that is removed when this is dropped.
///
/// A socket that has been mounted in a sandbox stays reachable there: `connect(2)` finds it by its
/// inode.
#[derive(Debug)]
pub struct Transient(pub PathBuf);

impl Drop for Transient {
    /// There is nobody to tell of a failure, and what is left is an empty directory or a socket
    /// that nobody listens on, below the user's runtime directory.
    fn drop(&mut self) {
        if let Err(_file) = std::fs::remove_file(&self.0)
            && let Err(_directory) = std::fs::remove_dir(&self.0)
        {}
    }
}

/// A symbolic link in the directory of sockets, where libraries look for a name.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct RuntimeLink {
    /// The name, a single component.
    pub name: OsString,
    /// Where it points, seen from the directory.
    pub to: PathBuf,
}

impl RuntimeLink {
    /// A link to what is in `/run/flatpak` under the same name.
    pub fn to_run_flatpak(name: impl Into<OsString>) -> Self {
        let name = name.into();
        let to = PathBuf::from("../../flatpak").join(&name);
        Self { name, to }
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
