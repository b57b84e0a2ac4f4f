//! What the proxy tells of messages, read while the sandbox runs.

use aril_flatpak::bus::Refusals;
use aril_sandbox::sys;
use rustix::fs::{OFlags, fcntl_setfl};
use rustix::io::{Errno, read};
use rustix::pipe::{PipeFlags, pipe_with};
use std::os::fd::OwnedFd;

/// More than a pipe holds: what is left in it at the end is read, and no more than that.
const MOST_LEFT: usize = 1 << 20;

/// The reading end, and what was refused so far.
#[derive(Debug)]
pub struct Log {
    pipe: Option<OwnedFd>,
    refusals: Refusals,
}

impl Log {
    /// A log, and the descriptor to write it to.
    pub fn open() -> Result<(Self, OwnedFd), Errno> {
        let (reader, writer) = pipe_with(PipeFlags::CLOEXEC)?;
        // The writer must wait where the pipe is full, and the launcher never.
        fcntl_setfl(&reader, OFlags::NONBLOCK)?;
        let pipe = Some(reader);
        let refusals = Refusals::default();
        Ok((Self { pipe, refusals }, writer))
    }

    /// Becomes readable when there is something to read; `None` once the proxy has ended.
    pub fn fd(&self) -> Option<sys::Fd> {
        self.pipe.as_ref().map(sys::Fd::from)
    }

    /// Reads once; what is returned is how much.
    pub fn read(&mut self) -> usize {
        let Some(pipe) = &self.pipe else {
            return 0;
        };
        let mut buffer = [0; 16 << 10];
        match read(pipe, &mut buffer) {
            Ok(count @ 1..) => {
                self.refusals.read(buffer.get(..count).unwrap_or_default());
                count
            }
            Err(Errno::AGAIN | Errno::INTR) => 0,
            // The end, or nothing that can be read any more.
            Ok(0) | Err(_) => {
                self.pipe = None;
                0
            }
        }
    }

    /// Reads what is left, and tells what was refused.
    pub fn finish(&mut self) -> &Refusals {
        let mut left = MOST_LEFT;
        loop {
            match self.read() {
                0 => return &self.refusals,
                count if count < left => left -= count,
                _ => return &self.refusals,
            }
        }
    }
}
