//! What is wrong with the words. The texts are contract: clients search for them.

use crate::text::Shown;
use aril_sandbox::sys::Errno;
use std::ffi::OsString;
use std::fmt;

/// Words that make no invocation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ParseError {
    /// More words than are taken, those of the command and of `--args` included.
    TooManyWords,
    /// `--args` in what `--args` reads.
    NestedArgs,
    /// `--args` cannot read.
    ReadArgs(Errno),
    /// An option without all its values.
    MissingValues {
        /// The option as the text calls it.
        option: &'static str,
        /// How many it takes, in words.
        takes: &'static str,
    },
    /// An option that can be given once.
    Repeated(&'static str),
    /// No option has this name.
    UnknownOption(OsString),
    /// An empty path.
    EmptyPath {
        /// The option.
        option: &'static str,
        /// The name of its value.
        value: &'static str,
    },
    /// Not the number of a file descriptor.
    Fd(OsString),
    /// Not a user or group id.
    Id {
        /// `uid` or `gid`.
        kind: &'static str,
        /// The word.
        word: OsString,
    },
    /// No capability has this name.
    Capability(OsString),
    /// A tmpfs larger than this.
    TooLarge(u64),
    /// Two options that exclude each other, one that needs another, or a value out of range.
    Rule(&'static str),
}

impl fmt::Display for ParseError {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::TooManyWords => write!(
                out,
                "Exceeded maximum number of arguments {}",
                crate::parse::MOST_WORDS
            ),
            Self::NestedArgs => out.write_str("--args not supported in arguments file"),
            Self::ReadArgs(errno) => write!(out, "Can't read --args data: {errno}"),
            Self::MissingValues { option, takes } => write!(out, "{option} takes {takes}"),
            Self::Repeated(option) => write!(out, "{option} used multiple times"),
            Self::UnknownOption(word) => write!(out, "Unknown option {}", Shown(word)),
            Self::EmptyPath { option, value } => write!(out, "{option}: {value} is empty"),
            Self::Fd(word) => write!(out, "Invalid fd: {}", Shown(word)),
            Self::Id { kind, word } => write!(out, "Invalid {kind}: {}", Shown(word)),
            Self::Capability(word) => write!(out, "unknown cap: {}", Shown(word)),
            Self::TooLarge(limit) => write!(out, "--size (for tmpfs) is limited to {limit}"),
            Self::Rule(text) => out.write_str(text),
        }
    }
}

impl std::error::Error for ParseError {}

/// Something that the caller should know, and that does not stop the start.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Warning {
    /// The option whose earlier values are forgotten.
    pub option: &'static str,
    /// Whether `--level-prefix` came before.
    pub level_prefix: bool,
}

impl fmt::Display for Warning {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "Only the last {} option will take effect", self.option)
    }
}
