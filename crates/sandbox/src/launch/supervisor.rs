//! Answers to system calls that a filter tells of.
//!
//! The supervisor counts, it does not decide: it runs the program as it was before it told anything on
//! the registers, which the kernel copied, and gives the answer that comes out. What the program refuses
//! is refused. What it lets be observed would be allowed without a report, and is let go whatever was
//! seen; the memory that registers point to can change at any time. If the supervisor is gone, or never
//! answers, no call gets through (`seccomp_unotify(2)`: `ENOSYS`).

use crate::observe::{Observer, thread_name};
use crate::{Denial, Observation};
use aril_seccomp::{Action, Call, Judgement, Program, judge};
use aril_sys::process::Poll;
use aril_sys::seccomp::{self, Notification};
use aril_sys::{Errno, Fd};
use std::ffi::OsString;
use std::os::fd::OwnedFd;
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
    /// Whether calls for which the program asks a supervisor are let go.
    lets_go: bool,
    /// Looks at them, from when the payload runs.
    observer: Option<Observer>,
}

impl Supervisor {
    pub(super) fn new(listener: OwnedFd, program: Arc<Program>, lets_go: bool) -> Self {
        Self {
            listener: Some(listener),
            program,
            denials: Vec::new(),
            beyond: 0,
            lets_go,
            observer: None,
        }
    }

    pub(super) fn listener(&self) -> Option<Fd> {
        self.listener.as_ref().map(Fd::from)
    }

    /// Everything that it needs open.
    pub(super) fn descriptors(&self) -> impl Iterator<Item = Fd> {
        let observer = self.observer.iter().flat_map(Observer::descriptors);
        self.listener().into_iter().chain(observer)
    }

    pub(super) fn denials(&self) -> &[Denial] {
        &self.denials
    }

    pub(super) fn beyond(&self) -> u64 {
        let observer = self.observer.as_ref().map_or(0, Observer::beyond);
        self.beyond.saturating_add(observer)
    }

    /// Begins to look at what is let go, if anything is; for `parts_names` see [`Observer::new`].
    pub(super) fn observe(&mut self, parts_names: bool) -> Result<(), Errno> {
        if self.lets_go {
            self.observer = Some(Observer::new(parts_names)?);
        }
        Ok(())
    }

    /// Whether calls that are let go could not be looked at.
    pub(super) fn is_blind(&self) -> bool {
        self.observer.as_ref().is_some_and(Observer::is_blind)
    }

    pub(super) fn observations(&self) -> &[Observation] {
        self.observer.as_ref().map_or(&[], Observer::observations)
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
        let call = Call {
            audit: told.audit,
            number: told.number,
            args: told.args,
        };
        let judgement = judge(&self.program, &call);
        let answered = match judgement.action {
            Action::UserNotify if self.lets_go => {
                if let Some(observer) = &mut self.observer {
                    observer.look(&told, || seccomp::still_waits(listener, told.id));
                }
                seccomp::let_go(listener, told.id)
            }
            _ => {
                let errno = self.count(listener, &told, judgement);
                seccomp::refuse(listener, told.id, errno)
            }
        };
        match answered {
            Err(Errno::ENOENT) => Ok(()),
            other => other,
        }
    }

    /// Takes note of a call that is refused, and gives the errno that its rule has for it.
    fn count(&mut self, listener: Fd, told: &Notification, judgement: Judgement) -> u16 {
        let call = Call {
            audit: told.audit,
            number: told.number,
            args: told.args,
        };
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
    let name = thread_name(told.thread).unwrap_or_default();
    if seccomp::still_waits(listener, told.id) {
        name
    } else {
        OsString::new()
    }
}
