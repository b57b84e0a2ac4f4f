//! A descriptor kept where no new process gets a copy of it.
//!
//! Whoever reads `--info-fd` waits for its end, and may be needed for the set-up to go on
//! (`--userns-block-fd`). A copy in the process that waits for it would keep that end from coming. So
//! the descriptor waits inside a socket until it is used.

use aril_sandbox::sys::{Errno, Fd, file, message};
use std::os::fd::OwnedFd;

/// A stashed descriptor.
#[derive(Debug)]
pub(crate) struct Stash {
    sender: OwnedFd,
    receiver: OwnedFd,
}

impl Stash {
    /// Takes `fd` out of this process's table.
    pub(crate) fn put(fd: i32) -> Result<Self, Errno> {
        let (sender, receiver) = message::pair()?;
        message::send(Fd::from(&sender), &[0], Some(Fd::new(fd)))?;
        file::close(Fd::new(fd))?;
        Ok(Self { sender, receiver })
    }

    /// Gets it back, under whatever number.
    pub(crate) fn take(self) -> Result<OwnedFd, Errno> {
        let received = message::receive(Fd::from(&self.receiver), &mut [0; 1])?;
        drop(self.sender);
        received.fd.ok_or(Errno::EBADF)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::fd::IntoRawFd;

    #[test]
    fn the_end_comes_with_the_last_copy() {
        let (reader, writer) = file::pipe().expect("a pipe");
        let stash = Stash::put(writer.into_raw_fd()).expect("stash it");
        let writer = stash.take().expect("take it");
        file::write_all(Fd::from(&writer), b"x").expect("write");
        drop(writer);
        let mut buffer = [0; 2];
        assert_eq!(file::read(Fd::from(&reader), &mut buffer), Ok(1));
        assert_eq!(file::read(Fd::from(&reader), &mut buffer), Ok(0));
    }

    #[test]
    fn what_is_not_open_cannot_be_stashed() {
        assert_eq!(Stash::put(9999).err(), Some(Errno::EBADF));
    }
}
