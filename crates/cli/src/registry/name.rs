//! Names of sandboxes.

use crate::error::RunError;
use aril_flatpak::shown;
use std::ffi::OsStr;
use std::fmt::{self, Display, Formatter};
use std::str::FromStr;

/// A name of 1 to 64 letters, digits, `_`, `-` and `.`, which begins with a letter: so it is neither a
/// process id nor an instance's number, and no hidden file.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Name(String);

const LONGEST: usize = 64;

impl Name {
    /// The name.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// A name that tells of a command: its file name, as far as that has a place in a name.
    pub fn of_command(command: &OsStr) -> Self {
        let file = std::path::Path::new(command).file_name();
        let letters = file.map_or(&b""[..], OsStr::as_encoded_bytes).iter();
        let kept: String = letters
            .map(|&byte| char::from(byte))
            .filter(|&letter| is_within(letter))
            .skip_while(|letter| !letter.is_ascii_alphabetic())
            .take(LONGEST - 8)
            .collect();
        Self(if kept.is_empty() {
            "command".into()
        } else {
            kept
        })
    }

    /// The same with a number behind it.
    pub(super) fn numbered(&self, number: u32) -> Self {
        Self(format!("{}-{number}", self.0))
    }
}

impl FromStr for Name {
    type Err = RunError;

    fn from_str(text: &str) -> Result<Self, RunError> {
        let fits = text.len() <= LONGEST
            && text.starts_with(|letter: char| letter.is_ascii_alphabetic())
            && text.chars().all(is_within);
        if fits {
            return Ok(Self(text.to_owned()));
        }
        let refused = format_args!("name the sandbox, on `{}`: not a name", shown(text));
        Err(RunError::new(refused).with_hint(
            "a name begins with a letter and has at most 64 letters, digits, `_`, `-`, `.`",
        ))
    }
}

fn is_within(letter: char) -> bool {
    letter.is_ascii_alphanumeric() || "_-.".contains(letter)
}

impl Display for Name {
    fn fmt(&self, out: &mut Formatter<'_>) -> fmt::Result {
        out.write_str(&self.0)
    }
}
