//! What runs or lies beside the sandbox, for it.

use super::bus_log::Log;
use aril_flatpak::compose::{Note, Part, Transient};
use aril_profile::Composed;
use std::os::fd::OwnedFd;

/// What must be kept for a sandbox.
#[derive(Debug, Default)]
pub struct Beside {
    /// Open until its end: what closes them ends with it.
    kept: Vec<OwnedFd>,
    /// Open until it has been launched.
    held: Vec<OwnedFd>,
    /// On the host until it has been launched.
    transient: Vec<Transient>,
    /// What the proxy of the session bus tells, if a report is asked for.
    pub bus_log: Option<Log>,
}

impl Beside {
    /// Adds a part to the sandbox, and keeps what it needs.
    pub fn join(&mut self, part: Part, composed: &mut Composed) {
        composed.extend(part.tree, part.environment);
        for note in part.notes {
            match note {
                Note::Warning(text) => composed.warnings.push(text),
                Note::Detail(text) => composed.notes.push(text),
            }
        }
        self.kept.extend(part.kept);
        self.held.extend(part.held);
        self.transient.extend(part.transient);
    }

    /// The sandbox has been launched: nothing of it is left on the host, however the launcher ends.
    pub fn launched(&mut self) {
        self.held.clear();
        self.transient.clear();
    }
}
