//! What a payload did not find because of its sandbox.

use std::ffi::OsString;
use std::net::SocketAddr;
use std::path::PathBuf;

/// Something that was missed, counted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Observation {
    /// What it was.
    pub missed: Missed,
    /// How many calls were about it.
    pub count: u64,
    /// The name of the thread that made the first (`comm` of `proc(5)`). The payload chooses it.
    pub command: OsString,
}

/// What is there outside, for the user who launched the sandbox, and not inside.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Missed {
    /// A file or directory that is not there inside, or is covered.
    Hidden {
        /// Its path, the same on both sides.
        path: PathBuf,
        /// The most that was to be done with it.
        wanted: Wanted,
    },
    /// A file or directory that can be read inside and not written.
    ReadOnly {
        /// Its path.
        path: PathBuf,
    },
    /// A socket that is not there inside.
    Socket {
        /// Its path.
        path: PathBuf,
    },
    /// A socket with an abstract name that listens outside, and is out of reach inside: of another
    /// network, or kept out by Landlock.
    AbstractSocket {
        /// The name, without the zero before it.
        name: OsString,
    },
    /// An address that is not reached: the payload's network has no interface but the loopback one;
    /// or it is the loopback interface's, and something listens there outside and nothing inside.
    Address(SocketAddr),
}

/// What was to be done with a path.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Wanted {
    /// It was to be found or read.
    Read,
    /// It, or something in it, was to be changed.
    Write,
}
