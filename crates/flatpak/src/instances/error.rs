//! What can go wrong with instance directories.

use crate::text::shown_path;
use std::error::Error;
use std::fmt::{self, Display, Formatter};
use std::io;
use std::path::{Path, PathBuf};

/// Something that could not be done to a file or directory of an instance.
#[derive(Debug)]
pub struct InstanceError {
    /// What, such as `make a directory`.
    pub action: &'static str,
    /// On what.
    pub path: PathBuf,
    /// Why.
    pub cause: io::Error,
}

impl InstanceError {
    /// Makes the error from a cause.
    pub(super) fn on<E: Into<io::Error>>(
        action: &'static str,
        path: &Path,
    ) -> impl Fn(E) -> Self + use<E> {
        let path = path.to_owned();
        move |cause| Self {
            action,
            path: path.clone(),
            cause: cause.into(),
        }
    }
}

impl Error for InstanceError {}

impl Display for InstanceError {
    fn fmt(&self, out: &mut Formatter<'_>) -> fmt::Result {
        let cause = self.cause.to_string();
        let cause = cause
            .find(" (os error ")
            .map_or(&*cause, |end| &cause[..end]);
        let mut rest = cause.chars();
        let first = rest.next().map(|letter| letter.to_ascii_lowercase());
        let first = first.map(String::from).unwrap_or_default();
        let path = shown_path(&self.path);
        write!(out, "{}, on {path}: {first}{}", self.action, rest.as_str())
    }
}
