//! What the doctor says: one finding for each thing that was looked at.

use serde::Serialize;
use std::fmt::{self, Display, Formatter};

/// How bad it is. The order is that of the exit status.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// As it should be.
    Ok,
    /// Something that only some sandboxes use is missing.
    Note,
    /// Something that many sandboxes use is missing, or a protection is.
    Warning,
    /// No sandbox starts.
    Problem,
}

impl Severity {
    /// The exit status of a report whose worst finding this is.
    pub fn status(self) -> u8 {
        match self {
            Self::Ok | Self::Note => 0,
            Self::Warning => 1,
            Self::Problem => 2,
        }
    }
}

impl Display for Severity {
    fn fmt(&self, out: &mut Formatter<'_>) -> fmt::Result {
        out.pad(match self {
            Self::Ok => "ok",
            Self::Note => "note",
            Self::Warning => "warning",
            Self::Problem => "problem",
        })
    }
}

/// One thing that was looked at. Its texts are fit for a terminal.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// What was looked at: a name that stays the same from version to version.
    pub check: &'static str,
    /// How bad it is.
    pub severity: Severity,
    /// What was found.
    pub found: String,
    /// What that means for sandboxes; empty where there is nothing to say.
    pub means: String,
    /// Commands and texts that mend it, line by line; empty where nothing has to be mended.
    pub remedy: Vec<String>,
}

impl Finding {
    /// All is well.
    pub fn ok(check: &'static str, found: impl Into<String>) -> Self {
        Self::new(check, Severity::Ok, found)
    }

    /// Something is to be told.
    pub fn new(check: &'static str, severity: Severity, found: impl Into<String>) -> Self {
        Self {
            check,
            severity,
            found: found.into(),
            means: String::new(),
            remedy: Vec::new(),
        }
    }

    /// The same, with what it means.
    pub fn meaning(mut self, means: impl Into<String>) -> Self {
        self.means = means.into();
        self
    }

    /// The same, with a line more of what mends it.
    pub fn mended_by(mut self, line: impl Into<String>) -> Self {
        self.remedy.push(line.into());
        self
    }
}
