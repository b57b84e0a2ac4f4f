//! What becomes of a report when a run has ended.

use super::allowing::Surroundings;
use super::gather::gather;
use super::{store, text};
use crate::error::RunError;
use crate::exec::status::Sink;
use aril_flatpak::instances::Directory;
use aril_sandbox::Sandbox;
use std::ffi::OsString;
use std::io::Write;

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

    /// Tells and keeps what was denied: nothing inside runs any more, or it will not for long.
    pub fn finish(&self, sandbox: &Sandbox, sink: Sink) -> Result<(), RunError> {
        let report = gather(sandbox, &self.command, &self.surroundings);
        if self.is_told {
            match sink {
                Sink::None => write!(std::io::stderr(), "{}", text::lines(&report))
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
