//! What runs or lies beside the sandbox, for it.

use super::bus_log::Log;
use super::printed::Output;
use crate::error::RunError;
use aril_flatpak::bus::Refusals;
use aril_flatpak::compose::{Note, Part, Transient};
use aril_profile::Composed;
use aril_sandbox::sys::process::Poll;
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
    /// What the payload prints, if that is kept.
    pub output: Option<Output>,
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
        if let Some(output) = &mut self.output {
            output.launched();
        }
    }

    /// What is to be waited for.
    pub fn polls(&self) -> [Poll; 3] {
        let log = self.bus_log.as_ref().and_then(Log::fd);
        let none = [Poll::readable(None), Poll::readable(None)];
        let [output, error] = self.output.as_ref().map_or(none, Output::polls);
        [Poll::readable(log), output, error]
    }

    /// Reads what has come, for the [polls](Self::polls) that are ready.
    pub fn read(&mut self, polls: &[Poll]) {
        let [log, output @ ..] = polls else { return };
        if log.is_ready() {
            self.bus_log.as_mut().map(Log::read);
        }
        if output.iter().any(Poll::is_ready) {
            self.output.as_mut().map(Output::read);
        }
    }

    /// Reads what is left; what is returned is what the proxy of the session bus refused.
    pub fn finish(&mut self) -> Result<Option<&Refusals>, RunError> {
        self.output.as_mut().map_or(Ok(()), Output::finish)?;
        Ok(self.bus_log.as_mut().map(Log::finish))
    }
}
