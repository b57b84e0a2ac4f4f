//! Descriptors that the program was started with.
//!
//! The payload gets them; the launcher must not keep its copies, or a pipe would not end when the
//! payload closes it.

use aril_sandbox::sys::{Errno, Fd, file};

/// How far is looked where the kernel does not tell how many there are.
const USUAL: u64 = 1024;

/// The standard streams stay.
const FIRST: i32 = 3;

/// Everything open beside the standard streams.
///
/// Since Linux 6.2 the size of `/proc/self/fd` is the number of open descriptors, so that usually one
/// call tells that there is nothing else.
pub(crate) fn inherited() -> Vec<i32> {
    let is_open = |fd: &i32| file::is_open(Fd::new(*fd));
    let told = file::status_at(Fd::CWD, c"/proc/self/fd").map_or(0, |status| status.size);
    let streams = (0..FIRST).filter(is_open).count() as u64;
    match told.checked_sub(streams) {
        Some(others) => (FIRST..).filter(is_open).take(others as usize).collect(),
        None => (FIRST..USUAL as i32).filter(is_open).collect(),
    }
}

/// Closes them but for those that the launcher uses itself. One of these may be closed already, and
/// its number be another file's.
pub(crate) fn close_all(fds: &[i32], own: &[i32]) -> Result<(), Errno> {
    for &fd in fds.iter().filter(|fd| !own.contains(fd)) {
        match file::close(Fd::new(fd)) {
            // It was used up and is closed already.
            Ok(()) | Err(Errno::EBADF) => (),
            Err(errno) => return Err(errno),
        }
    }
    Ok(())
}
