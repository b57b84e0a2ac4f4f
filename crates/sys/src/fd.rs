//! Descriptors as plain numbers.

use std::os::fd::{AsRawFd, FromRawFd, OwnedFd, RawFd};

/// A file descriptor's number.
///
/// Between clone and exec nothing may run on drop, so the child works with numbers and closes what
/// it must by hand; what is left open is close-on-exec.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Hash, PartialOrd, Ord)]
pub struct Fd(RawFd);

impl Fd {
    /// The current working directory as the base of a relative path (`AT_FDCWD`).
    pub const CWD: Self = Self(linux_raw_sys::general::AT_FDCWD);

    /// Wraps a descriptor's number.
    pub const fn new(number: RawFd) -> Self {
        Self(number)
    }

    /// The descriptor's number.
    pub const fn number(self) -> RawFd {
        self.0
    }

    /// Makes the number an owned descriptor, closed on drop. The caller must be its only holder, as
    /// the receiver of a new descriptor is; closing another's breaks that one.
    pub fn into_owned(self) -> OwnedFd {
        // SAFETY: the caller is the only holder, as this function demands.
        unsafe { OwnedFd::from_raw_fd(self.0) }
    }

    pub(crate) fn arg(self) -> usize {
        self.0 as isize as usize
    }

    pub(crate) fn from_return(value: usize) -> Self {
        Self(value as RawFd)
    }
}

impl<T: AsRawFd> From<&T> for Fd {
    fn from(fd: &T) -> Self {
        Self(fd.as_raw_fd())
    }
}
