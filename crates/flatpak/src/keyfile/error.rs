//! What can be wrong with a key file.

use crate::text::shown;
use std::error::Error;
use std::fmt::{self, Display, Formatter};

/// Why a key file, or one value in it, could not be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum KeyFileError {
    /// A line is none of those a key file consists of.
    Line {
        /// The line, counted from 1.
        line: usize,
        /// What is wrong with it.
        fault: LineFault,
    },
    /// A value is not of the kind that was asked for.
    Value {
        /// The group of the key.
        group: String,
        /// The key.
        key: String,
        /// What is wrong with its value.
        fault: ValueFault,
    },
    /// A group or key cannot be written: it would read back as something else.
    Name(String),
}

/// What can be wrong with a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LineFault {
    /// The bytes are not UTF-8.
    Encoding,
    /// The line has a NUL in it.
    Nul,
    /// Neither a group, nor a comment, nor `key=value`.
    Unknown,
    /// A group name that is empty, or has a bracket or control character.
    GroupName,
    /// A key that is empty, or has a bracket in the wrong place.
    Key,
    /// `key=value` before the first group.
    NoGroup,
}

/// What can be wrong with a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ValueFault {
    /// A backslash before a character that it does not go with.
    Escape(char),
    /// A backslash at the end.
    EscapeAtEnd,
    /// Neither `true`, `false`, `1` nor `0`.
    Boolean,
    /// Not a decimal number that fits.
    Integer,
}

impl Error for KeyFileError {}

impl Display for KeyFileError {
    fn fmt(&self, out: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Self::Line { line, fault } => write!(out, "read key file, on line {line}: {fault}"),
            Self::Value { group, key, fault } => {
                write!(
                    out,
                    "read value, on {} in [{}]: {fault}",
                    shown(key),
                    shown(group)
                )
            }
            Self::Name(name) => write!(out, "write key file, on {}: not a valid name", shown(name)),
        }
    }
}

impl Display for LineFault {
    fn fmt(&self, out: &mut Formatter<'_>) -> fmt::Result {
        out.write_str(match self {
            Self::Encoding => "not UTF-8",
            Self::Nul => "a NUL character",
            Self::Unknown => "neither a group, a comment nor key=value",
            Self::GroupName => "not a valid group name",
            Self::Key => "not a valid key",
            Self::NoGroup => "a key before the first group",
        })
    }
}

impl Display for ValueFault {
    fn fmt(&self, out: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Self::Escape(c) => {
                write!(
                    out,
                    "a backslash before {}",
                    shown(c.encode_utf8(&mut [0; 4]))
                )
            }
            Self::EscapeAtEnd => out.write_str("a backslash at the end"),
            Self::Boolean => out.write_str("neither true nor false"),
            Self::Integer => out.write_str("not a number"),
        }
    }
}
