//! The three parts of a ref, each valid by its type.

use super::error::{RefError, RefFault};
use std::fmt::{self, Display, Formatter};
use std::str::FromStr;

macro_rules! name {
    ($(#[$doc:meta])* $name:ident, $what:literal, $check:path) => {
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(String);

        impl $name {
            /// The text.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl FromStr for $name {
            type Err = RefError;

            fn from_str(text: &str) -> Result<Self, RefError> {
                match $check(text) {
                    Ok(()) => Ok(Self(text.to_owned())),
                    Err(fault) => Err(RefError::new($what, text, fault)),
                }
            }
        }

        impl Display for $name {
            fn fmt(&self, out: &mut Formatter<'_>) -> fmt::Result {
                out.write_str(&self.0)
            }
        }
    };
}

name! {
    /// The name of an application, runtime or extension: also a valid D-Bus name.
    Id, "read id", check_id
}
name! {
    /// An architecture, in flatpak's words: `x86_64`, `aarch64`, `i386`, `arm`.
    Arch, "read arch", check_arch
}
name! {
    /// A branch. It may begin with a dash: hand it on behind `--` or after `=`.
    Branch, "read branch", check_branch
}

impl Arch {
    /// The architecture that this program was built for, in flatpak's words.
    pub fn native() -> Self {
        Self(match std::env::consts::ARCH {
            "x86" => "i386".to_owned(),
            other => other.to_owned(),
        })
    }
}

fn is_word(c: char) -> bool {
    c.is_ascii_alphanumeric() || c == '_'
}

/// At least three parts of `[A-Za-z0-9_]`, none begun by a digit, a dash only in the last one.
fn check_id(text: &str) -> Result<(), RefFault> {
    if text.is_empty() {
        return Err(RefFault::Empty);
    }
    if text.len() > 255 {
        return Err(RefFault::TooLong);
    }
    let count = text.split('.').count();
    for (index, part) in text.split('.').enumerate() {
        check_part(part, index + 1 == count)?;
    }
    if count < 3 {
        Err(RefFault::TooFewDots)
    } else {
        Ok(())
    }
}

fn check_part(part: &str, last: bool) -> Result<(), RefFault> {
    let first = part.chars().next().ok_or(RefFault::EmptyPart)?;
    if part.contains('-') && !last {
        return Err(RefFault::Dash);
    }
    if first.is_ascii_digit() {
        return Err(RefFault::Start(first));
    }
    part.chars()
        .find(|&c| !is_word(c) && c != '-')
        .map_or(Ok(()), |c| Err(RefFault::Character(c)))
}

fn check_arch(text: &str) -> Result<(), RefFault> {
    if text.is_empty() {
        return Err(RefFault::Empty);
    }
    text.chars()
        .find(|&c| !is_word(c))
        .map_or(Ok(()), |c| Err(RefFault::Character(c)))
}

/// A dot anywhere but at the start, so that no branch is a `.` or a `..`.
fn check_branch(text: &str) -> Result<(), RefFault> {
    match text.chars().next() {
        None => return Err(RefFault::Empty),
        Some('.') => return Err(RefFault::Start('.')),
        Some(_) => {}
    }
    let wrong = text.chars().find(|&c| !is_word(c) && c != '-' && c != '.');
    wrong.map_or(Ok(()), |c| Err(RefFault::Character(c)))
}
