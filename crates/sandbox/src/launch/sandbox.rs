//! A running sandbox.

use super::cgroup::OwnCgroup;
use super::ending::Endings;
use super::supervisor::Supervisor;
use crate::{Denial, Observation, Outcome};
use aril_sys::process::{self, Ending, Poll};
use aril_sys::signal::{self, Received};
use aril_sys::{Errno, Fd, file};
use std::os::fd::OwnedFd;
use std::time::Instant;

/// What is known of a sandbox from its start on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Instance {
    /// The first process's id in the launcher's pid namespace: init, or the payload itself.
    pub pid: i32,
    /// Steps of the plan for which something weaker stands in, as the spec permitted.
    pub fallbacks: Vec<usize>,
}

/// A sandbox whose program runs.
///
/// Dropping it kills what runs inside; [`Sandbox::detach`] lets it live.
#[derive(Debug)]
pub struct Sandbox {
    instance: Instance,
    /// Init, or the payload itself.
    pub(super) first: OwnedFd,
    /// The payload, where init is the first process.
    payload: Option<OwnedFd>,
    /// Where init tells the payload's status.
    status: Option<OwnedFd>,
    pub(super) outcome: Option<Outcome>,
    pub(super) endings: Endings,
    /// The sandbox's own cgroup.
    pub(super) cgroup: Option<OwnCgroup>,
    /// Answers refused system calls while the sandbox is waited for.
    pub(super) supervisor: Option<Supervisor>,
    pub(super) reaped: bool,
    detached: bool,
}

/// Why [`Sandbox::wait_watching`] returned.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Event {
    /// The payload ended.
    Ended(Outcome),
    /// A signal came on the watched descriptor.
    Signal(Received),
}

impl Sandbox {
    pub(super) fn new(
        instance: Instance,
        first: OwnedFd,
        payload: Option<OwnedFd>,
        status: Option<OwnedFd>,
    ) -> Self {
        Self {
            instance,
            first,
            payload,
            status,
            outcome: None,
            endings: Endings::default(),
            cgroup: None,
            supervisor: None,
            reaped: false,
            detached: false,
        }
    }

    /// What is known of it.
    pub fn instance(&self) -> &Instance {
        &self.instance
    }

    /// A descriptor for the first process: init, or the payload itself. In a pid namespace of its own it
    /// ends after every other process inside (`pid_namespaces(7)`).
    pub fn first_pidfd(&self) -> Fd {
        Fd::from(&self.first)
    }

    /// A descriptor for the payload's process (`pidfd_open(2)`).
    pub fn payload_pidfd(&self) -> Fd {
        self.payload
            .as_ref()
            .map_or(Fd::from(&self.first), Fd::from)
    }

    /// The payload's process id in the launcher's pid namespace, while it has not been reaped.
    pub fn payload_pid(&self) -> Option<i32> {
        let Some(payload) = &self.payload else {
            return Some(self.instance.pid);
        };
        pid_of(payload)
    }

    /// What a seccomp program refused, if the spec asked for a report
    /// ([`SeccompProgram::Reported`](crate::spec::SeccompProgram::Reported)), in the order in which it
    /// was first refused.
    ///
    /// Refused calls are answered while the sandbox is waited for, in any of the ways; until then
    /// they wait. Once the sandbox is detached or dropped they fail with `ENOSYS`.
    pub fn denials(&self) -> &[Denial] {
        self.supervisor.as_ref().map_or(&[], Supervisor::denials)
    }

    /// What the payload did not find because of the sandbox, if the spec asked for that
    /// ([`SeccompProgram::Observed`](crate::spec::SeccompProgram::Observed)), in the order in which it
    /// was first missed.
    pub fn observations(&self) -> &[Observation] {
        self.supervisor
            .as_ref()
            .map_or(&[], Supervisor::observations)
    }

    /// Whether the payload was not observed though the spec asked for it: it can map files of a filesystem
    /// that a server answers for (FUSE, NFS), and a read of its memory could wait for that server.
    pub fn is_blind(&self) -> bool {
        self.supervisor.as_ref().is_some_and(Supervisor::is_blind)
    }

    /// Becomes readable when a call waits for [`Sandbox::answer`]: for programs that wait for the
    /// payload by themselves, with `poll(2)` on several descriptors.
    pub fn listener(&self) -> Option<Fd> {
        self.supervisor.as_ref().and_then(Supervisor::listener)
    }

    /// Answers one call that waits, if there is one.
    pub fn answer(&mut self) -> Result<(), Errno> {
        let Some(supervisor) = &mut self.supervisor else {
            return Ok(());
        };
        let mut polls = [Poll::readable(supervisor.listener())];
        process::poll(&mut polls, false)?;
        supervisor.answer(&polls[0])
    }

    /// How many denials were of further kinds, more than are told one by one.
    pub fn denials_beyond(&self) -> u64 {
        self.supervisor.as_ref().map_or(0, Supervisor::beyond)
    }

    /// Sends a signal to the payload. One that has ended is no error.
    pub fn signal(&self, signal: i32) -> Result<(), Errno> {
        match process::send_signal(self.payload_pidfd(), signal) {
            Err(Errno::ESRCH) => Ok(()),
            other => other,
        }
    }

    /// Waits until the payload has ended. Other processes inside may live on.
    pub fn wait(&mut self) -> Result<Outcome, Errno> {
        loop {
            if let Some(Event::Ended(outcome)) = self.wait_watching_until(None, None)? {
                return Ok(outcome);
            }
        }
    }

    /// Waits until the payload has ended, or a signal can be read from `signals`, a signalfd.
    pub fn wait_watching(&mut self, signals: Option<Fd>) -> Result<Event, Errno> {
        loop {
            if let Some(event) = self.wait_watching_until(signals, None)? {
                return Ok(event);
            }
        }
    }

    /// Like [`Sandbox::wait_watching`], but not beyond `deadline` (of the monotonic clock); `None` if
    /// that came first.
    pub fn wait_watching_until(
        &mut self,
        signals: Option<Fd>,
        deadline: Option<Instant>,
    ) -> Result<Option<Event>, Errno> {
        if let Some(outcome) = &self.outcome {
            return Ok(Some(Event::Ended(outcome.clone())));
        }
        let status = self.status.as_ref().map(Fd::from);
        // The payload's own end wakes us before init has been able to tell the status, which the
        // read then waits for. If init is killed there is only the end of the pipe.
        let end = self.payload_pidfd();
        loop {
            let mut polls = [
                Poll::readable(Some(end)),
                Poll::readable(status),
                Poll::readable(signals),
                Poll::readable(self.supervisor.as_ref().and_then(Supervisor::listener)),
            ];
            if !process::poll_until(&mut polls, deadline)? {
                self.endings.timed_out = true;
                return Ok(None);
            }
            if let Some(supervisor) = &mut self.supervisor {
                supervisor.answer(&polls[3])?;
            }
            if polls[0].is_ready() || polls[1].is_ready() {
                let outcome = self.take_ending(status)?;
                return Ok(Some(Event::Ended(outcome)));
            }
            if let Some(signals) = signals
                && polls[2].is_ready()
            {
                let received = signal::read_signalfd(signals)?;
                return Ok(Some(Event::Signal(received)));
            }
            // Refused calls without end must not keep the deadline from coming.
            if deadline.is_some_and(|deadline| Instant::now() >= deadline) {
                self.endings.timed_out = true;
                return Ok(None);
            }
        }
    }

    fn take_ending(&mut self, status: Option<Fd>) -> Result<Outcome, Errno> {
        let ending = match status {
            Some(status) => self.told_status(status)?,
            None => self.reap()?,
        };
        let outcome = match ending {
            Ending::Exited(status) => Outcome::Exited(status),
            Ending::Killed(signal) => Outcome::Signaled(signal),
        };
        self.outcome = Some(outcome.clone());
        Ok(outcome)
    }

    /// What init wrote; if it was killed before it could, its own end stands for the payload's.
    fn told_status(&mut self, status: Fd) -> Result<Ending, Errno> {
        let mut word = [0; 4];
        if file::read(status, &mut word)? == word.len()
            && let Some(ending) = Ending::from_wait_status(i32::from_ne_bytes(word))
        {
            return Ok(ending);
        }
        self.reap()
    }

    pub(super) fn reap(&mut self) -> Result<Ending, Errno> {
        let ending = process::reap(Fd::from(&self.first));
        self.reaped = true;
        match ending {
            // The program ignores SIGCHLD or reaps for itself, so the status is lost.
            Err(Errno::ECHILD) => Ok(Ending::Killed(signal::SIGKILL as u8)),
            other => other,
        }
    }

    /// Closes every descriptor of the calling process from 3 up but the sandbox's own and `keep`, for a
    /// program that does nothing but wait: a pipe of the payload's must end when the payload closes it.
    pub fn close_others(&self, keep: &[i32]) -> Result<(), Errno> {
        let own = [
            Some(&self.first),
            self.payload.as_ref(),
            self.status.as_ref(),
        ];
        let mut kept: Vec<i32> = own
            .into_iter()
            .flatten()
            .map(Fd::from)
            .chain(self.cgroup.iter().flat_map(OwnCgroup::descriptors))
            .chain(self.supervisor.iter().flat_map(Supervisor::descriptors))
            .map(Fd::number)
            .collect();
        kept.extend(keep);
        file::close_all_but(3, kept)
    }

    /// Whether nothing but init is left inside, as far as can be seen. The payload's children became
    /// init's before its end could be seen, so that all that lives has an ancestor among init's
    /// children (`proc_pid_children(5)`; without that file the answer is no).
    pub fn is_alone(&self) -> bool {
        let init = self.instance.pid;
        let children = std::fs::read(format!("/proc/{init}/task/{init}/children"));
        !self.reaped && children.is_ok_and(|children| children.is_empty())
    }

    /// Lets go of a sandbox whose payload has ended, for a program that is about to end. What still
    /// runs inside is killed and waited for, as on drop. If nothing does, init ends by itself, and
    /// nobody waits until it has taken the mounts down, which takes longer than to make them.
    pub fn leave(self) {
        if self.outcome.is_some() && self.cgroup.is_none() && self.is_alone() {
            self.detach();
        }
    }

    /// Lets what runs inside live on without this handle.
    pub fn detach(mut self) {
        self.detached = true;
        if let Some(cgroup) = &mut self.cgroup {
            cgroup.let_go();
        }
    }
}

impl Drop for Sandbox {
    fn drop(&mut self) {
        if self.detached || self.reaped {
            return;
        }
        // Nothing can be reported from here; both calls fail only if all has ended already.
        if self.kill().is_ok() {
            match process::reap(Fd::from(&self.first)) {
                Ok(_) | Err(_) => (),
            }
        }
    }
}

/// The process id of a pidfd's process in the caller's pid namespace, from `/proc/self/fdinfo`
/// (`pidfd_open(2)`); `None` once it has been reaped.
pub(super) fn pid_of(pidfd: &OwnedFd) -> Option<i32> {
    let number = Fd::from(pidfd).number();
    let path = std::ffi::CString::new(format!("/proc/self/fdinfo/{number}")).ok()?;
    let info = file::open(Fd::CWD, &path, file::O_RDONLY, 0)
        .ok()?
        .into_owned();
    let mut text = [0; 512];
    let length = file::read(Fd::from(&info), &mut text).ok()?;
    let text = std::str::from_utf8(&text[..length]).ok()?;
    let line = text.lines().find_map(|line| line.strip_prefix("Pid:"))?;
    line.trim().parse().ok().filter(|&pid| pid > 0)
}
