//! What can go wrong, in words: *what, on what: why*.

use aril_flatpak::{plain_words, shown_path};
use std::borrow::Cow;
use std::fmt::{self, Display, Formatter};
use std::path::Path;

/// The exit status when a command that starts nothing could not be done.
pub const FAILED: u8 = 1;
/// The exit status when the sandbox could not be set up.
pub const SETUP: u8 = 125;
/// The exit status when the command cannot be executed.
pub const CANNOT_EXECUTE: u8 = 126;
/// The exit status when the command is not found.
pub const NOT_FOUND: u8 = 127;

/// Why nothing was run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RunError {
    message: String,
    hint: Option<Cow<'static, str>>,
    status: u8,
}

impl RunError {
    /// An error whose words are complete.
    pub fn new(message: impl Display) -> Self {
        Self {
            message: message.to_string(),
            hint: None,
            status: SETUP,
        }
    }

    /// Something that could not be done to a path.
    pub fn on(what: &str, path: &Path, why: impl Display) -> Self {
        let why = plain_words(&why.to_string());
        Self::new(format_args!("{what}, on {}: {why}", shown_path(path)))
    }

    /// The same with something that helps.
    pub fn with_hint(mut self, hint: impl Into<Cow<'static, str>>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    /// The same with another exit status.
    pub fn with_status(mut self, status: u8) -> Self {
        self.status = status;
        self
    }

    /// The exit status.
    pub fn status(&self) -> u8 {
        self.status
    }
}

impl std::error::Error for RunError {}

impl Display for RunError {
    fn fmt(&self, out: &mut Formatter<'_>) -> fmt::Result {
        out.write_str(&self.message)?;
        match &self.hint {
            Some(hint) => write!(out, "\nhint: {hint}"),
            None => Ok(()),
        }
    }
}
