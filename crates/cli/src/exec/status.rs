//! How a run began and ended, as lines of JSON.

use crate::error::RunError;
use crate::output::json_lines;
use crate::report::Report;
use aril_sandbox::{Ended, Outcome};
use serde::Serialize;
use std::io::Write;

#[derive(Serialize)]
#[serde(tag = "event", rename_all = "kebab-case")]
enum Event {
    Started {
        pid: i32,
    },
    Report {
        #[serde(flatten)]
        report: Box<Report>,
    },
    Ended {
        cause: String,
        #[serde(rename = "exit-code", skip_serializing_if = "Option::is_none")]
        exit_code: Option<u8>,
        #[serde(skip_serializing_if = "Option::is_none")]
        signal: Option<u8>,
    },
}

/// Where the lines go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sink {
    /// Nowhere.
    None,
    /// To this descriptor, from the start on.
    Fd(i32),
    /// To standard error, at the end.
    StandardError,
}

impl Sink {
    /// The payload runs; `pid` is the first process inside, by the caller's process ids.
    pub fn started(self, pid: i32) -> Result<(), RunError> {
        match self {
            Self::Fd(_) => self.write(&Event::Started { pid }),
            Self::None | Self::StandardError => Ok(()),
        }
    }

    /// The payload ended.
    pub fn ended(self, ended: &Ended) -> Result<(), RunError> {
        let (exit_code, signal) = match &ended.outcome {
            Outcome::Exited(code) => (Some(*code), None),
            Outcome::Signaled(signal) => (None, Some(*signal)),
            Outcome::SetupFailed(_) => (None, None),
        };
        let cause = ended.cause.to_string();
        self.write(&Event::Ended {
            cause,
            exit_code,
            signal,
        })
    }

    /// What was denied, if that is to be told.
    pub fn denied(self, report: &Report) -> Result<(), RunError> {
        let report = Box::new(report.clone());
        self.write(&Event::Report { report })
    }

    fn write(self, event: &Event) -> Result<(), RunError> {
        let failed = |why: &dyn std::fmt::Display| {
            RunError::new(format_args!("write the status, on a descriptor: {why}"))
        };
        let line = serde_json::to_string(event).map_err(|error| failed(&error))?;
        let line = json_lines(&line) + "\n";
        let line = line.as_bytes();
        match self {
            Self::None => Ok(()),
            Self::Fd(fd) => {
                aril_sandbox::sys::file::write_all(aril_sandbox::sys::Fd::new(fd), line)
                    .map_err(|errno| failed(&errno))
            }
            Self::StandardError => std::io::stderr()
                .write_all(line)
                .map_err(|error| failed(&error)),
        }
    }
}
