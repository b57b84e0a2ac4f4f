//! Who takes the last look when the launcher itself is killed.
//!
//! `SIGKILL` leaves no moment for it, and what appeared since the last look, or deeper than the watch sees,
//! would stay. So a copy of the launcher waits in a session of its own, where signals to the launcher's
//! process group do not reach it, and with nothing open but the watched directories. It ends at the
//! launcher's word that all is done. If the launcher ends without it, the copy waits until nothing inside
//! runs any more, which is soon, since everything ends with the launcher; looks; and says what it found.

use super::guard::Guard;
use crate::error::RunError;
use aril_sandbox::Sandbox;
use aril_sandbox::sys::process::{self, Poll};
use aril_sandbox::sys::{Errno, Fd, file, signal};
use std::io::Write;
use std::os::fd::OwnedFd;

/// The launcher's end: the copy reads the word, or the end, at the other.
#[derive(Debug)]
pub struct Keeper {
    word: OwnedFd,
}

impl Keeper {
    /// Makes the copy.
    pub fn start(guard: &mut Guard, sandbox: &Sandbox) -> Result<Self, RunError> {
        let failed = |errno: Errno| {
            RunError::new(format_args!(
                "watch for files that the host runs, by a second process: {errno}"
            ))
        };
        let (reader, word) = file::pipe().map_err(failed)?;
        match process::copy().map_err(failed)? {
            Some(_) => Ok(Self { word }),
            None => {
                // Whatever fails, nobody is there to be told.
                match keep(guard, sandbox, &reader) {
                    Ok(()) | Err(_) => process::exit_now(0),
                }
            }
        }
    }

    /// All was looked at.
    pub fn release(self) -> Result<(), RunError> {
        let told = file::write_all(Fd::from(&self.word), b"!");
        told.map_err(|errno| {
            RunError::new(format_args!(
                "end the watch for files that the host runs, in a second process: {errno}"
            ))
        })
    }
}

fn keep(guard: &mut Guard, sandbox: &Sandbox, word: &OwnedFd) -> Result<(), Errno> {
    process::new_session()?;
    signal::set_mask(signal::Set(u64::MAX))?;
    let first = sandbox.first_pidfd();
    let own = [Fd::from(word), first, Fd::new(2)].into_iter();
    let kept = own.chain(guard.directories()).map(Fd::number);
    // Also what tells init that the launcher lives, and the locks that tell others.
    file::close_all_but(0, kept.collect())?;
    file::change_directory(c"/")?;
    if file::read(Fd::from(word), &mut [0; 1])? > 0 {
        return Ok(());
    }
    process::poll(&mut [Poll::readable(Some(first))], true)?;
    // What could not be moved has no more words than these.
    let swept = guard.finish();
    let mut words: String = guard.lines().collect();
    if let Err(error) = swept {
        words += &format!("aril: {error}\n");
    }
    match std::io::stderr().write_all(words.as_bytes()) {
        Ok(()) | Err(_) => Ok(()),
    }
}
