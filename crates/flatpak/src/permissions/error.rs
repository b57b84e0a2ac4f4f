//! What can be wrong with a permission.

use crate::keyfile::KeyFileError;
use crate::text::shown;
use std::error::Error;
use std::fmt::{self, Display, Formatter};

/// Why a permission could not be read: what it was to be, the text, and the fault.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PermissionError {
    what: &'static str,
    subject: String,
    fault: Fault,
}

/// What can be wrong with a permission.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fault {
    /// A word outside its list, which follows.
    UnknownWord(Vec<&'static str>),
    /// Not `WORD`, `!WORD`, `if:WORD:CONDITION`, or on a command line `WORD:CONDITION`.
    Conditional,
    /// A filesystem that is none of the known places.
    UnknownLocation,
    /// A path with `..` in it.
    DotDot,
    /// The root directory.
    Root,
    /// A character that cannot be seen.
    NotGraphic(char),
    /// A suffix after `:` that is not known.
    UnknownSuffix(String),
    /// `:reset` where nothing is taken away, or on a place other than `host`.
    Reset,
    /// A persistent path that is empty.
    EmptyPath,
    /// A name that no bus accepts.
    BusName,
    /// An access word other than none, see, talk, own.
    BusAccess,
    /// Not `NAME=VALUE`, or a name that no variable can have.
    Environment,
    /// Not `SUBSYSTEM.KEY=VALUE`.
    Policy,
    /// Not a USB query.
    Usb(&'static str),
    /// No option that changes permissions.
    UnknownOption,
    /// The key file does not give the value.
    KeyFile(KeyFileError),
}

impl PermissionError {
    pub(super) fn new(what: &'static str, subject: &str, fault: Fault) -> Self {
        Self {
            what,
            subject: subject.to_owned(),
            fault,
        }
    }

    /// What is wrong.
    pub fn fault(&self) -> &Fault {
        &self.fault
    }

    /// The text that is wrong.
    pub fn subject(&self) -> &str {
        &self.subject
    }
}

impl From<KeyFileError> for PermissionError {
    fn from(error: KeyFileError) -> Self {
        Self::new("permissions", "key file", Fault::KeyFile(error))
    }
}

impl Error for PermissionError {}

impl Display for PermissionError {
    fn fmt(&self, out: &mut Formatter<'_>) -> fmt::Result {
        match &self.fault {
            Fault::KeyFile(error) => write!(out, "{error}"),
            fault => write!(
                out,
                "read {}, on {}: {fault}",
                self.what,
                shown(&self.subject)
            ),
        }
    }
}

impl Display for Fault {
    fn fmt(&self, out: &mut Formatter<'_>) -> fmt::Result {
        let text = match self {
            Self::UnknownWord(known) => return write!(out, "not one of {}", known.join(", ")),
            Self::NotGraphic(c) => {
                return write!(out, "the character {}", shown(&c.to_string()));
            }
            Self::UnknownSuffix(suffix) => {
                return write!(out, "the suffix {} is not known", shown(suffix));
            }
            Self::KeyFile(error) => return write!(out, "{error}"),
            Self::Usb(why) => why,
            Self::Conditional => "not a word with its condition",
            Self::UnknownLocation => {
                "not one of host, host-os, host-etc, host-root, home, xdg-*[/...], ~/dir, /dir"
            }
            Self::DotDot => "it contains ..",
            Self::Root => "the root directory cannot be shared, host is what comes near to it",
            Self::Reset => "reset goes with the removal of host alone",
            Self::EmptyPath => "an empty path",
            Self::BusName => "not a well-known bus name",
            Self::BusAccess => "not one of none, see, talk, own",
            Self::Environment => "not of the form NAME=VALUE",
            Self::Policy => "not of the form SUBSYSTEM.KEY=VALUE",
            Self::UnknownOption => "no option that changes permissions",
        };
        out.write_str(text)
    }
}
