//! Becoming another program.

use crate::syscall::syscall;
use crate::{Errno, Fd};
use core::ffi::{CStr, c_char};
use linux_raw_sys::general as raw;
use std::sync::Arc;

/// A NULL-terminated array of strings, as `execve(2)` wants it, made before the child exists.
#[derive(Clone)]
pub struct Strings {
    /// Owns what `pointers` point to; several arrays may share a string.
    strings: Vec<Arc<CStr>>,
    pointers: Vec<*const c_char>,
}

// SAFETY: the pointers point into the immutable strings that the same value keeps alive.
unsafe impl Send for Strings {}
// SAFETY: as above; nothing is ever written through them.
unsafe impl Sync for Strings {}

impl Strings {
    /// Makes the array.
    pub fn new(strings: Vec<Arc<CStr>>) -> Self {
        let mut pointers: Vec<*const c_char> = strings.iter().map(|s| s.as_ptr()).collect();
        pointers.push(core::ptr::null());
        Self { strings, pointers }
    }

    /// The strings.
    pub fn iter(&self) -> impl Iterator<Item = &CStr> {
        self.strings.iter().map(AsRef::as_ref)
    }
}

impl core::fmt::Debug for Strings {
    fn fmt(&self, out: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        out.debug_list().entries(self.iter()).finish()
    }
}

/// Replaces the caller's program by the file at `path` (`execve(2)`). Returns only on failure.
pub fn execute(path: &CStr, argv: &Strings, envp: &Strings) -> Errno {
    let (argv, envp) = (argv.pointers.as_ptr(), envp.pointers.as_ptr());
    // SAFETY: all three are NUL- or NULL-terminated and live until the call succeeds.
    match unsafe { syscall!(__NR_execve, path.as_ptr(), argv, envp) } {
        Ok(_) => Errno::EINVAL,
        Err(errno) => errno,
    }
}

/// Like [`execute`], for the file that `fd` is open on.
pub(crate) fn execute_open(fd: Fd, argv: &Strings, envp: &Strings) -> Errno {
    execute_at(fd, argv.pointers.as_ptr(), envp.pointers.as_ptr())
}

/// Replaces the caller's program by the file that `fd` is open on, with `argv` and an empty
/// environment (`execveat(2)` with `AT_EMPTY_PATH`). Returns only on failure.
pub(crate) fn execute_fd(fd: Fd, argv: &[*const c_char], envp: &[*const c_char; 1]) -> Errno {
    execute_at(fd, argv.as_ptr(), envp.as_ptr())
}

/// The callers in this module give NULL-terminated arrays that live through the call.
fn execute_at(fd: Fd, argv: *const *const c_char, envp: *const *const c_char) -> Errno {
    let flags = raw::AT_EMPTY_PATH;
    // SAFETY: the arrays and their strings are terminated and live until the call succeeds.
    let result = unsafe { syscall!(__NR_execveat, fd.arg(), c"".as_ptr(), argv, envp, flags) };
    match result {
        Ok(_) => Errno::EINVAL,
        Err(errno) => errno,
    }
}
