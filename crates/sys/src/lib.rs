//! The system layer of Aril: the one crate with `unsafe`.
//!
//! Every call here is a *raw* system call: no libc, no `errno` in thread-local storage, no
//! allocation, no lock. That is what makes the calls usable between `clone3` and `execve` in a child
//! which shares the memory of a multi-threaded program ([`child`]).
//!
//! Paths are `&CStr`, descriptors are [`Fd`] (a plain number, `Copy`, nothing runs on drop) or the
//! standard library's `OwnedFd` where ownership matters. Every failure is an [`Errno`].
//!
//! Sources: the man pages of section 2 named at each function, and the kernel's `include/uapi`.
#![warn(missing_docs)]

mod errno;
mod fd;
mod syscall;
mod words;

pub mod child;
pub mod cred;
pub mod exec;
pub mod file;
pub mod init;
pub mod ioctl;
pub mod landlock;
pub mod message;
pub mod mount;
pub mod namespace;
pub mod process;
pub mod relay;
pub mod seccomp;
pub mod signal;
pub mod socket;

pub use errno::Errno;
pub use fd::Fd;

/// The result of a system call.
pub type Result<T> = core::result::Result<T, Errno>;
