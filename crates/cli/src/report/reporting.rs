//! What becomes of a report when a run has ended.

use super::allowing::Surroundings;
use super::gather::{gather, of_bus};
use super::{Report, store, text};
use crate::error::RunError;
use crate::exec::status::Sink;
use aril_flatpak::bus::Refusals;
use aril_flatpak::instances::Directory;
use aril_sandbox::Sandbox;
use std::ffi::OsString;
use std::io::Write;

/// What is said where paths could not be looked at.
const BLIND: &str = "note: a filesystem with a server behind it is in reach, so that only system calls are reported\n";

/// How a run is reported.
#[derive(Debug)]
pub struct Reporting {
    command: Vec<OsString>,
    surroundings: Surroundings,
    /// Whether it is told at the end.
    is_told: bool,
    /// Where it is kept.
    place: Option<Directory>,
}

impl Reporting {
    /// To be made before the launch, so that the place is there to be covered.
    pub fn prepare(
        command: &[OsString],
        surroundings: Surroundings,
        is_told: bool,
    ) -> Result<Self, RunError> {
        Ok(Self {
            command: command.to_vec(),
            surroundings,
            is_told,
            place: store::make_place(is_told)?,
        })
    }

    /// What was denied: nothing inside runs any more, or it will not for long. `refused` is what the
    /// proxy of the session bus refused, where that is told.
    pub fn report(&self, sandbox: &Sandbox, refused: Option<&Refusals>) -> Report {
        let mut report = gather(sandbox, &self.command, &self.surroundings);
        if let Some(refused) = refused {
            report.denials.extend(refused.found().iter().map(of_bus));
            report.beyond = report.beyond.saturating_add(refused.beyond());
        }
        report
    }

    /// Tells and keeps it.
    pub fn finish(&self, report: Report, sink: Sink) -> Result<(), RunError> {
        if self.is_told {
            let is_blind = self.surroundings.observed && !report.observed;
            let note = if is_blind { BLIND } else { "" };
            match sink {
                Sink::None => write!(std::io::stderr(), "{note}{}", text::lines(&report))
                    // Nobody reads it; it is kept all the same.
                    .unwrap_or_default(),
                Sink::Fd(_) | Sink::StandardError => sink.denied(&report)?,
            }
        }
        self.place
            .as_ref()
            .map_or(Ok(()), |place| store::keep(place, report))
    }
}
