//! Answers to system calls that a filter tells of.
//!
//! Every call that is told is refused: the supervisor counts, it does not decide. It looks at the
//! registers alone, which the kernel copied; the memory that they point to can change at any time. If
//! it is gone, or never answers, no call gets through (`seccomp_unotify(2)`: `ENOSYS`).

use crate::Denial;
use aril_seccomp::{Action, Call, Program, judge};
use aril_sys::process::Poll;
use aril_sys::seccomp::{self, Notification};
use aril_sys::{Errno, Fd, file};
use std::ffi::{CString, OsString};
use std::os::fd::OwnedFd;
use std::os::unix::ffi::OsStringExt;
use std::sync::Arc;

/// How many different denials are remembered; those beyond are only counted. The payload chooses
/// numbers and ABIs, and must not fill the launcher's memory.
const MOST: usize = 256;

/// What answers, and what it has counted.
#[derive(Debug)]
pub(super) struct Supervisor {
    /// `None` when no process is left that the filter is about.
    listener: Option<OwnedFd>,
    /// The filter as it was before it told anything: it knows what to answer.
    program: Arc<Program>,
    denials: Vec<Denial>,
    beyond: u64,
}

impl Supervisor {
    pub(super) fn new(listener: OwnedFd, program: Arc<Program>) -> Self {
        Self {
            listener: Some(listener),
            program,
            denials: Vec::new(),
            beyond: 0,
        }
    }

    pub(super) fn listener(&self) -> Option<Fd> {
        self.listener.as_ref().map(Fd::from)
    }

    pub(super) fn denials(&self) -> &[Denial] {
        &self.denials
    }

    pub(super) fn beyond(&self) -> u64 {
        self.beyond
    }

    /// Answers one call, if `poll` says that there is one.
    pub(super) fn answer(&mut self, poll: &Poll) -> Result<(), Errno> {
        let Some(listener) = self.listener() else {
            return Ok(());
        };
        if !poll.is_ready() {
            return Ok(());
        }
        if !poll.has_data() {
            self.listener = None;
            return Ok(());
        }
        let told = match seccomp::receive_notification(listener) {
            // Its thread was killed meanwhile, or a signal came to us: the next poll will tell.
            Err(Errno::ENOENT | Errno::EINTR) => return Ok(()),
            other => other?,
        };
        let errno = self.count(listener, &told);
        match seccomp::refuse(listener, told.id, errno) {
            Err(Errno::ENOENT) => Ok(()),
            other => other,
        }
    }

    /// Takes note of a call, and gives the errno that its rule has for it.
    fn count(&mut self, listener: Fd, told: &Notification) -> u16 {
        let call = Call {
            audit: told.audit,
            number: told.number,
            args: told.args,
        };
        let judgement = judge(&self.program, &call);
        let errno = match judgement.action {
            Action::Errno(errno) => errno,
            // The program itself asks for a supervisor, and there is none for that.
            _ => Errno::ENOSYS.number(),
        };
        let known = self.denials.iter_mut().find(|denial| {
            (denial.call.audit, denial.call.number) == (call.audit, call.number)
                && denial.site == judgement.site
        });
        if let Some(denial) = known {
            denial.count = denial.count.saturating_add(1);
        } else if self.denials.len() < MOST {
            self.denials.push(Denial {
                call,
                errno,
                count: 1,
                thread: told.thread,
                command: command(listener, told),
                site: judgement.site,
            });
        } else {
            self.beyond = self.beyond.saturating_add(1);
        }
        errno
    }
}

/// The thread's name. It may end while its file is read, and its number go to another one: the name
/// counts only if the call still waits afterwards.
fn command(listener: Fd, told: &Notification) -> OsString {
    let name = read_name(told.thread).unwrap_or_default();
    if seccomp::still_waits(listener, told.id) {
        name
    } else {
        OsString::new()
    }
}

fn read_name(thread: u32) -> Option<OsString> {
    let path = CString::new(format!("/proc/{thread}/comm")).ok()?;
    let fd = file::open(Fd::CWD, &path, file::O_RDONLY, 0)
        .ok()?
        .into_owned();
    let mut text = [0; 64];
    let length = file::read(Fd::from(&fd), &mut text).ok()?;
    let name = text.get(..length)?;
    Some(OsString::from_vec(
        name.strip_suffix(b"\n").unwrap_or(name).to_vec(),
    ))
}
