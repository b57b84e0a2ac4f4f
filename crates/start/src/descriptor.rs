//! The one system call that the standard library makes here by itself: an `OwnedFd` that goes out of
//! scope is closed.
//!
//! The C library's `close` keeps `errno` and looks for threads: two pages of data and sixteen of code
//! that nothing else here needs, each of which the kernel would map, copy and take down again.

use aril_sys::Fd;

/// As `close(2)`, but that it keeps no `errno`: an `OwnedFd` does not ask for it.
#[unsafe(no_mangle)]
extern "C" fn close(fd: i32) -> i32 {
    match aril_sys::file::close(Fd::new(fd)) {
        Ok(()) => 0,
        Err(_) => -1,
    }
}
