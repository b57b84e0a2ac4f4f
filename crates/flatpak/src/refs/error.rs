//! What can be wrong with a name or a ref.

use crate::text::shown;
use std::error::Error;
use std::fmt::{self, Display, Formatter};

/// Why a text is not a valid name or ref.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RefError {
    what: &'static str,
    subject: String,
    fault: RefFault,
}

/// What can be wrong with a name or a ref.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RefFault {
    /// Nothing is there.
    Empty,
    /// More than 255 characters.
    TooLong,
    /// Fewer than three parts between dots.
    TooFewDots,
    /// A part between dots is empty, or the text begins or ends with a dot.
    EmptyPart,
    /// A character that must not begin a part.
    Start(char),
    /// A dash before the last part.
    Dash,
    /// A character that is not allowed.
    Character(char),
    /// Not the right number of parts between slashes.
    Parts,
    /// Neither `app` nor `runtime`.
    Kind,
}

impl RefError {
    pub(super) fn new(what: &'static str, subject: &str, fault: RefFault) -> Self {
        Self {
            what,
            subject: subject.to_owned(),
            fault,
        }
    }

    /// What is wrong.
    pub fn fault(&self) -> RefFault {
        self.fault
    }
}

impl Error for RefError {}

impl Display for RefError {
    fn fmt(&self, out: &mut Formatter<'_>) -> fmt::Result {
        write!(
            out,
            "{}, on {}: {}",
            self.what,
            shown(&self.subject),
            self.fault
        )
    }
}

impl Display for RefFault {
    fn fmt(&self, out: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Self::Empty => out.write_str("it is empty"),
            Self::TooLong => out.write_str("longer than 255 characters"),
            Self::TooFewDots => out.write_str("fewer than two dots"),
            Self::EmptyPart => out.write_str("an empty part beside a dot"),
            Self::Start(c) => write!(out, "a part begins with {}", shown(&c.to_string())),
            Self::Dash => out.write_str("a dash before the last part"),
            Self::Character(c) => write!(out, "the character {}", shown(&c.to_string())),
            Self::Parts => out.write_str("not the right number of slashes"),
            Self::Kind => out.write_str("neither app nor runtime"),
        }
    }
}
