//! Errors in one grammar: what we did, on what: why.

use std::fmt::{self, Display};

/// Something that could not be done, in words.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Error(String);

impl Error {
    /// What was done, with its object, and why it failed.
    pub(crate) fn new(action: impl Display, why: impl Display) -> Self {
        Self(format!("{action}: {why}"))
    }

    /// Adds what a user can do about it.
    pub(crate) fn hint(self, hint: impl Display) -> Self {
        Self(format!("{}\nhint: {hint}", self.0))
    }
}

impl Display for Error {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.0)
    }
}

impl std::error::Error for Error {}

/// For `map_err`: the action that failed.
pub(crate) fn failed<E: Display>(action: impl Display) -> impl FnOnce(E) -> Error {
    move |why| Error::new(action, why)
}
