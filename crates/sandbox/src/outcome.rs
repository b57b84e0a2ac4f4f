//! What became of a sandbox.

use aril_sys::Errno;
use std::fmt;

/// The end of a sandbox.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// The payload exited with this status.
    Exited(u8),
    /// The payload was killed by this signal.
    Signaled(u8),
    /// The payload never ran.
    SetupFailed(Failure),
}

/// The end of a payload, and what brought it about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ended {
    /// How it ended.
    pub outcome: Outcome,
    /// Why.
    pub cause: Cause,
}

/// What ended a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Cause {
    /// The payload exited by itself.
    Exit,
    /// A signal that was not ours.
    Signal,
    /// A deadline passed, and the payload was terminated.
    Timeout,
    /// The payload was terminated for another reason.
    Terminated,
    /// The limit on memory was reached, and the kernel killed everything inside.
    Memory,
    /// The limit on processes was reached, and the payload did not succeed.
    Processes,
}

impl fmt::Display for Cause {
    /// One word, for status reports.
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(match self {
            Self::Exit => "exit",
            Self::Signal => "signal",
            Self::Timeout => "timeout",
            Self::Terminated => "terminated",
            Self::Memory => "memory",
            Self::Processes => "pids",
        })
    }
}

/// Where in the life of a sandbox a step is done.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Stage {
    /// By the launcher, or the short-lived process that joins namespaces for it.
    Launch,
    /// By the process that builds the sandbox and becomes init.
    Setup,
    /// By the process that becomes the payload.
    Payload,
}

/// Which part of a step failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[repr(u8)]
pub enum Part {
    /// The step as a whole.
    Whole,
    /// Finding the source.
    Source,
    /// Making the filesystem.
    Filesystem,
    /// Giving the mount its attributes.
    Attributes,
    /// Finding or making the directories above the target.
    Parents,
    /// Finding or making the target.
    Target,
    /// Attaching the mount.
    Attach,
    /// Reading or writing contents.
    Contents,
    /// Something other than what was asked for is there already.
    Existing,
    /// Enabling the controllers of the cgroup above.
    Controllers,
    /// The protection was asked for, and reading it back showed that it is not in force.
    Verify,
}

impl Part {
    const ALL: [Self; 11] = [
        Self::Whole,
        Self::Source,
        Self::Filesystem,
        Self::Attributes,
        Self::Parents,
        Self::Target,
        Self::Attach,
        Self::Contents,
        Self::Existing,
        Self::Controllers,
        Self::Verify,
    ];

    pub(crate) fn from_number(number: u32) -> Self {
        Self::ALL
            .get(number as usize)
            .copied()
            .unwrap_or(Self::Whole)
    }

    const fn words(self) -> &'static str {
        match self {
            Self::Whole => "",
            Self::Source => " (finding the source)",
            Self::Filesystem => " (making the filesystem)",
            Self::Attributes => " (setting its attributes)",
            Self::Parents => " (making the directories above it)",
            Self::Target => " (finding or making the target)",
            Self::Attach => " (attaching it)",
            Self::Contents => " (its contents)",
            Self::Existing => " (something else is there)",
            Self::Controllers => " (enabling the controllers)",
            Self::Verify => " (reading it back)",
        }
    }
}

/// A step that failed: the payload did not run, and nothing is left of the sandbox.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure {
    /// The step's place in [`Plan::steps`](crate::Plan::steps).
    pub index: usize,
    /// When it would have been done.
    pub stage: Stage,
    /// Which part of it failed.
    pub part: Part,
    /// What the kernel said; `None` when the process that did it was killed.
    pub errno: Option<Errno>,
    /// The step in words.
    pub step: String,
    /// Something that helps, if there is.
    pub hint: Option<&'static str>,
}

impl fmt::Display for Failure {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{}{}: ", self.step, self.part.words())?;
        match self.errno {
            None => out.write_str("the process was killed")?,
            Some(_) if self.part == Part::Verify => out.write_str("it is not in force")?,
            Some(errno) => write!(out, "{}", Lower(errno))?,
        }
        match self.hint {
            Some(hint) => write!(out, "\nhint: {hint}"),
            None => Ok(()),
        }
    }
}

impl std::error::Error for Failure {}

/// The C library's words with a small first letter.
struct Lower(Errno);

impl fmt::Display for Lower {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let words = self.0.to_string();
        let mut rest = words.chars();
        let first = rest.next().map(|letter| letter.to_ascii_lowercase());
        write!(
            out,
            "{}{}",
            first.map(String::from).unwrap_or_default(),
            rest.as_str()
        )
    }
}
