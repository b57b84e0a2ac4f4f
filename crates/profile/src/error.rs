//! What can be wrong with what was asked for, in words: *what, on what: why*.

use crate::setting::BadValue;
use aril_sandbox::Escaped;
use std::fmt::{self, Display, Formatter};
use std::os::unix::ffi::OsStrExt;
use std::path::Path;

/// Why no spec was made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProfileError {
    message: String,
    hint: Option<String>,
}

impl ProfileError {
    /// An error: what was done, on what, and why it could not be.
    pub fn on(what: &str, subject: impl Display, why: impl Display) -> Self {
        let message = format!("{what}, on {subject}: {why}");
        Self {
            message,
            hint: None,
        }
    }

    /// The same about a path.
    pub fn on_path(what: &str, path: &Path, why: impl Display) -> Self {
        Self::on(what, Escaped(path.as_os_str().as_bytes()), why)
    }

    /// That what an origin asks for cannot be given.
    pub fn of_grant(origin: &str, path: &Path, why: impl Display) -> Self {
        Self::on_path(&format!("give what {origin} asks for"), path, why)
    }

    /// For the value of an option or a key.
    pub fn of_value(what: &str, subject: impl Display, bad: &BadValue) -> Self {
        let error = Self::on(what, subject, bad);
        match bad.suggestion {
            Some(word) => error.with_hint(format!("did you mean `{word}`?")),
            None => error,
        }
    }

    /// The same with something that helps.
    pub fn with_hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }
}

impl std::error::Error for ProfileError {}

impl Display for ProfileError {
    fn fmt(&self, out: &mut Formatter<'_>) -> fmt::Result {
        out.write_str(&self.message)?;
        match &self.hint {
            Some(hint) => write!(out, "\nhint: {hint}"),
            None => Ok(()),
        }
    }
}
