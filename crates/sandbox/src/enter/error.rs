//! Why a sandbox cannot be entered.

use aril_sys::Errno;
use std::fmt;

/// A sandbox that cannot be entered. Nothing was started.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum EnterError {
    /// Its first process has ended.
    Ended {
        /// Its process id.
        pid: i32,
    },
    /// The process is in no sandbox: its mount tree is the caller's.
    NotInside {
        /// Its process id.
        pid: i32,
    },
    /// It runs under another user's id.
    OtherUser {
        /// Its process id.
        pid: i32,
        /// The user's id.
        uid: u32,
    },
    /// Something about the process could not be found out.
    Look {
        /// What.
        action: &'static str,
        /// Its process id.
        pid: i32,
        /// What the kernel said.
        errno: Errno,
    },
}

impl fmt::Display for EnterError {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Ended { pid } => write!(out, "enter the sandbox, on process {pid}: it has ended"),
            Self::NotInside { pid } => {
                write!(out, "enter the sandbox, on process {pid}: it is in none")
            }
            Self::OtherUser { pid, uid } => write!(
                out,
                "enter the sandbox, on process {pid}: it belongs to user {uid}"
            ),
            Self::Look { action, pid, errno } => {
                let words = errno.to_string().to_lowercase();
                write!(out, "{action}, on process {pid}: {words}")
            }
        }
    }
}

impl std::error::Error for EnterError {}
