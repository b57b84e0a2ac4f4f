//! The payload's program.

use std::ffi::OsString;
use std::path::PathBuf;

/// What is executed and in which surroundings.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Program {
    /// A path, or a name that is looked for in the `PATH` that the payload will have.
    pub path: OsString,
    /// `argv[0]`, if it is not [`Program::path`].
    pub argv0: Option<OsString>,
    /// The arguments after `argv[0]`.
    pub args: Vec<OsString>,
    /// Whether the launcher's environment is the beginning; the changes follow.
    pub inherit_environment: bool,
    /// Applied in order.
    pub environment: Vec<EnvChange>,
    /// Where the payload starts.
    pub working_directory: WorkingDirectory,
    /// The payload's session.
    pub session: Session,
    /// What descriptors 0, 1 and 2 are.
    pub streams: [Stream; 3],
    /// Which descriptors the payload gets beside 0, 1 and 2.
    pub descriptors: Descriptors,
    /// The signals that are blocked when the payload begins, bit `n - 1` for signal `n`; `None` is the
    /// launching thread's mask. A launcher that blocks signals to read them sets this.
    pub blocked_signals: Option<u64>,
    /// What a write to a pipe without readers does to the payload.
    pub broken_pipe: BrokenPipe,
    /// The payload's file mode creation mask; `None` is the launcher's.
    pub umask: Option<u32>,
}

/// One change to the environment.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub enum EnvChange {
    /// A variable gets a value.
    Set(OsString, OsString),
    /// A variable is removed.
    Unset(OsString),
    /// Every variable is removed.
    Clear,
}

/// Where the payload starts. `PWD` is set to the path used, as written.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub enum WorkingDirectory {
    /// The launcher's directory if that path exists inside, else `$HOME`, else `/`.
    #[default]
    Inherit,
    /// This path inside. It must exist.
    Path(PathBuf),
}

/// The session of `setsid(2)` that the payload is in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub enum Session {
    /// The launcher's: the payload can use the terminal's job control.
    #[default]
    Inherit,
    /// A new one, without a controlling terminal.
    New,
}

/// Which inherited descriptors reach the payload beside 0, 1 and 2.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub enum Descriptors {
    /// Exactly these numbers.
    Only(Vec<i32>),
    /// Every one that is open and not close-on-exec, except those that the spec itself uses up.
    Inherit,
}

impl Default for Descriptors {
    fn default() -> Self {
        Self::Only(Vec::new())
    }
}

/// The effect of `SIGPIPE`, which an exec leaves ignored if it was (`signal(7)`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub enum BrokenPipe {
    /// It ends the payload, as programs expect. The standard library ignores it in every Rust program,
    /// so that the launcher's own setting says nothing.
    #[default]
    Ends,
    /// As the launcher has it.
    Inherit,
}

/// One of the standard streams.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub enum Stream {
    /// The launcher's.
    #[default]
    Inherit,
    /// `/dev/null` of the host.
    Null,
    /// A copy of this descriptor.
    Fd(i32),
}
