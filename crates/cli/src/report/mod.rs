//! What was denied in a run, once each, with its count and with what would allow it.
//!
//! Refused system calls are known of every run, since only they are told to the launcher. What a
//! program did not find is known of runs with `--report` alone, where every call that names a path or an
//! address is looked at.

mod allowing;
mod gather;
mod quoted;
mod reporting;
mod store;
mod text;

pub use allowing::Surroundings;
pub(crate) use quoted::quoted;
pub use reporting::Reporting;
pub use store::{covered, find};
pub use text::lines;

use serde::{Deserialize, Serialize};

/// The denials of one run.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Report {
    /// The command and its arguments; bytes that are no text are replaced, since it is only shown.
    pub command: Vec<String>,
    /// When it ended, in seconds since 1970.
    pub ended: u64,
    /// Whether paths and addresses were looked at, or system calls alone.
    pub observed: bool,
    /// Each once, in the order in which they were first denied.
    pub denials: Vec<Denied>,
    /// How many more there were, of kinds beyond those that are remembered.
    pub beyond: u64,
}

/// One thing that was denied.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Denied {
    /// What it was.
    pub kind: Kind,
    /// The system call, the path or the address, as it is shown.
    pub subject: String,
    /// Why, in words.
    pub reason: String,
    /// How many times.
    pub count: u64,
    /// The name of the thread that was first; it chooses that itself.
    pub by: String,
    /// The options of `aril exec` that would allow it; none where none does.
    pub allow: Option<Vec<String>>,
    /// What those options open beyond that, where it is much.
    pub warning: Option<String>,
}

/// A kind of denial.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Kind {
    /// A system call that the rules refuse.
    SystemCall,
    /// A file or directory that is there outside and not inside.
    Hidden,
    /// A file or directory that can be written outside and not inside.
    ReadOnly,
    /// A socket that is there outside and not inside.
    Socket,
    /// An address of the network.
    Network,
    /// A name on the session bus.
    BusName,
}
