//! What can be wrong with rules, programs and words.

use std::fmt;

use crate::{Arch, MAX_INSTRUCTIONS};

/// Why a policy cannot become a program.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CompileError {
    /// The policy lists no ABI: every call would be a mismatch.
    NoArch,
    /// The policy lists an ABI twice.
    DuplicateArch(Arch),
    /// A rule names a call that this ABI does not have.
    UnknownSyscall {
        /// The ABI.
        arch: Arch,
        /// The name in the rule.
        name: String,
    },
    /// A rule gives a number that no call through this ABI can have: x32 is told from x86_64
    /// by bit 30.
    WrongNumber {
        /// The ABI.
        arch: Arch,
        /// The number in the rule.
        number: u32,
    },
    /// An errno that the kernel would cut to 4095.
    ErrnoTooLarge(u16),
    /// More instructions than the kernel takes in one filter.
    TooLong(usize),
}

impl fmt::Display for CompileError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("compile system-call rules, ")?;
        match self {
            Self::NoArch => f.write_str("on the policy: it lists no architecture"),
            Self::DuplicateArch(arch) => write!(f, "on architecture {arch}: it is listed twice"),
            Self::UnknownSyscall { arch, name } => {
                write!(f, "on {name}: {arch} has no such system call")
            }
            Self::WrongNumber { arch, number } => {
                write!(
                    f,
                    "on number {number:#x}: no {arch} system call can have it"
                )
            }
            Self::ErrnoTooLarge(errno) => {
                write!(f, "on errno {errno}: the kernel knows none above 4095")
            }
            Self::TooLong(count) => {
                let most = MAX_INSTRUCTIONS;
                write!(
                    f,
                    "on the program: {count} instructions, the kernel takes {most}"
                )
            }
        }
    }
}

impl std::error::Error for CompileError {}

/// Why bytes are not a filter that the kernel would take, or that can be simulated.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ProgramError {
    /// The length is not a multiple of 8.
    PartialInstruction(usize),
    /// There is no instruction.
    Empty,
    /// More instructions than the kernel takes in one filter.
    TooLong(usize),
    /// An operation that no compiler of seccomp filters is known to use.
    UnknownOperation {
        /// Which instruction, from 0.
        at: usize,
        /// Its operation code.
        code: u16,
    },
    /// A load from outside `seccomp_data`, or not on a word's border.
    BadLoad {
        /// Which instruction, from 0.
        at: usize,
        /// The offset that it loads from.
        offset: u32,
    },
    /// A return value that is no [`Action`](crate::Action).
    UnknownAction {
        /// Which instruction, from 0.
        at: usize,
        /// The value.
        value: u32,
    },
    /// A jump, or the end of the last instruction, leaves the program.
    RunsOut {
        /// Which instruction, from 0.
        at: usize,
    },
}

impl fmt::Display for ProgramError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("read seccomp program, ")?;
        match self {
            Self::PartialInstruction(bytes) => {
                write!(f, "on {bytes} bytes: the length must be a multiple of 8")
            }
            Self::Empty => f.write_str("on 0 bytes: there is no instruction"),
            Self::TooLong(count) => {
                let most = MAX_INSTRUCTIONS;
                write!(f, "on {count} instructions: the kernel takes {most}")
            }
            Self::UnknownOperation { at, code } => {
                write!(f, "on instruction {at}: unknown operation {code:#x}")
            }
            Self::BadLoad { at, offset } => {
                write!(
                    f,
                    "on instruction {at}: offset {offset} is no word of seccomp_data"
                )
            }
            Self::UnknownAction { at, value } => {
                write!(
                    f,
                    "on instruction {at}: return value {value:#x} is no known action"
                )
            }
            Self::RunsOut { at } => {
                write!(
                    f,
                    "on instruction {at}: it leads past the end of the program"
                )
            }
        }
    }
}

impl std::error::Error for ProgramError {}

/// Why words do not name a rule set.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RuleSetError {
    /// There is no word.
    Empty,
    /// The first word is not one of the sets that others build on.
    NoBase(String),
    /// No set has this name.
    UnknownSet(String),
    /// No group of rules has this name.
    UnknownGroup(String),
}

impl fmt::Display for RuleSetError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // The word comes from a file or a command line: it must not steer the terminal that shows it.
        let (word, why) = match self {
            Self::Empty => ("the empty list", "it names no set"),
            Self::NoBase(word) => (
                word.as_str(),
                "the list must begin with default, flatpak or none",
            ),
            Self::UnknownSet(word) => (word.as_str(), "there is no such set"),
            Self::UnknownGroup(word) => (word.as_str(), "there is no such group of rules"),
        };
        write!(f, "read rule set, on {}: {why}", word.escape_debug())
    }
}

impl std::error::Error for RuleSetError {}
