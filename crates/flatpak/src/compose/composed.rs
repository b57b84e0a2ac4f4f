//! What comes out: a spec, and what must live as long as its sandbox.

use super::part::{Note, Transient};
use crate::beneath::Beneath;
use crate::instances::Instance;
use aril_sandbox::Spec;
use std::os::fd::OwnedFd;

/// Whether something may be made on the host.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// It is going to be launched: directories are made, helpers are started.
    Launch,
    /// It is shown: nothing is made.
    Explain,
}

/// A sandbox that is put together.
#[derive(Debug)]
pub struct Composed {
    /// What is launched.
    pub spec: Spec,
    /// What the user is told.
    pub notes: Vec<Note>,
    /// What must live until the sandbox has been launched, or has ended.
    pub lives: Lives,
}

/// Descriptors and directories that belong to a spec.
#[derive(Debug, Default)]
pub struct Lives {
    /// Those that entries name by number: until the sandbox has been launched.
    pub until_launched: Vec<OwnedFd>,
    /// Until the sandbox has ended.
    pub until_ended: Vec<OwnedFd>,
    /// Its number and directories, until the sandbox has ended.
    pub instance: Option<Instance>,
    /// What the instance tells of itself, the text of `/.flatpak-info`; it is to be written there
    /// ([`Instance::write_info`]) before the application runs.
    pub info: String,
    /// Files that are removed once it has been launched.
    pub(super) transient: Vec<Transient>,
    /// The trees of files, until it has been launched.
    pub(super) directories: Vec<Beneath>,
}

impl Lives {
    /// Closes what is of no use once the sandbox has been launched.
    pub fn launched(&mut self) {
        self.until_launched.clear();
        self.directories.clear();
        self.transient.clear();
    }
}
