//! Why a spec cannot become a plan.

use std::fmt;

/// A spec that this host cannot carry out, or that contradicts itself. Nothing was started.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum PlanError {
    /// The kernel is older than the engine supports.
    OldKernel {
        /// Its version.
        version: (u32, u32),
    },
    /// A kernel feature that was asked for is missing.
    Missing {
        /// The feature.
        feature: &'static str,
    },
    /// A string with a NUL byte, which no system call can take.
    Nul {
        /// What the string is for.
        subject: &'static str,
    },
    /// An empty string where there must be something.
    Empty {
        /// What the string is for.
        subject: &'static str,
    },
    /// A string longer than the kernel takes.
    TooLong {
        /// What the string is for.
        subject: &'static str,
        /// The most bytes that it can have.
        limit: usize,
    },
    /// A descriptor that is not open, or cannot be read.
    Descriptor {
        /// Its number.
        fd: i32,
        /// What it is for.
        subject: &'static str,
        /// What the kernel said.
        errno: aril_sys::Errno,
    },
    /// What a descriptor is open on cannot be bound: it has no path in the mount tree.
    Unreachable {
        /// The descriptor's number.
        fd: i32,
    },
    /// A seccomp program that is not whole instructions, or longer than 4,096 of them.
    Seccomp {
        /// Its size in bytes.
        bytes: usize,
    },
    /// An id that no user can have.
    Id {
        /// The number.
        id: u32,
    },
    /// Two wishes that exclude each other.
    Conflict {
        /// The one.
        wish: &'static str,
        /// What it needs or excludes.
        reason: &'static str,
    },
    /// A protection or limit that was asked for and cannot be enforced here.
    Unenforceable {
        /// What was asked for.
        wish: String,
        /// Why it cannot be had.
        reason: &'static str,
        /// Something that helps.
        hint: &'static str,
    },
    /// An overlay without enough layers.
    Layers {
        /// How many it needs.
        needed: usize,
    },
}

impl fmt::Display for PlanError {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::OldKernel {
                version: (major, minor),
            } => write!(
                out,
                "plan the sandbox, on Linux {major}.{minor}: 5.14 is the oldest supported kernel"
            ),
            Self::Missing { feature } => {
                write!(
                    out,
                    "plan the sandbox, {feature}: this kernel does not have it"
                )
            }
            Self::Nul { subject } => write!(out, "plan the sandbox, {subject}: it has a NUL byte"),
            Self::Empty { subject } => write!(out, "plan the sandbox, {subject}: it is empty"),
            Self::TooLong { subject, limit } => {
                write!(
                    out,
                    "plan the sandbox, {subject}: it is longer than {limit} bytes"
                )
            }
            Self::Descriptor { fd, subject, errno } => {
                write!(out, "read {subject}, from fd {fd}: {errno}")
            }
            Self::Unreachable { fd } => write!(
                out,
                "bind fd {fd}: what it is open on has no path that leads to it\nhint: a deleted \
                 directory or an anonymous file can only be given read-only, as a copy"
            ),
            Self::Seccomp { bytes } => write!(
                out,
                "read a seccomp program, {bytes} bytes: it must be 1 to 4096 instructions of 8 bytes"
            ),
            Self::Id { id } => write!(out, "set an id, {id}: no user or group can have it"),
            Self::Conflict { wish, reason } => write!(out, "plan the sandbox, {wish}: {reason}"),
            Self::Unenforceable { wish, reason, hint } => {
                write!(out, "plan the sandbox, {wish}: {reason}\nhint: {hint}")
            }
            Self::Layers { needed } => {
                write!(
                    out,
                    "plan an overlay, its layers: it needs at least {needed}"
                )
            }
        }
    }
}

impl std::error::Error for PlanError {}
