//! Ending a sandbox, and telling what ended it.

use super::cgroup::OwnCgroup;
use super::{Event, Sandbox};
use crate::outcome::{Cause, Ended, Outcome};
use aril_sys::{Errno, Fd, process, signal};
use std::time::{Duration, Instant};

/// What the handle remembers of its own doings.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Endings {
    /// A deadline came while the payload ran.
    pub(super) timed_out: bool,
    /// Why the payload was made to end, if it was.
    stopped: Option<Cause>,
}

impl Sandbox {
    /// Waits until the payload has ended, but not beyond `deadline` (of the monotonic clock); `None`
    /// if that came first. What follows is up to the caller: see [`Sandbox::terminate`].
    pub fn wait_until(&mut self, deadline: Instant) -> Result<Option<Outcome>, Errno> {
        match self.wait_watching_until(None, Some(deadline))? {
            Some(Event::Ended(outcome)) => Ok(Some(outcome)),
            Some(Event::Signal(_)) | None => Ok(None),
        }
    }

    /// Ends everything inside: the payload gets `SIGTERM` and has `grace` to end by itself; then all
    /// that is left is killed. The cause is [`Cause::Timeout`] if a deadline has come before.
    ///
    /// When this returns nothing of it runs any more, provided that the sandbox has a pid namespace
    /// with init, or a cgroup, of its own; without them only the payload's process is known.
    pub fn terminate(&mut self, grace: Duration) -> Result<Ended, Errno> {
        if self.outcome.is_none() {
            let timed_out = self.endings.timed_out;
            self.endings.stopped = Some(if timed_out {
                Cause::Timeout
            } else {
                Cause::Terminated
            });
            self.signal(signal::SIGTERM as i32)?;
            self.wait_watching_until(None, Some(Instant::now() + grace))?;
        }
        self.kill()?;
        let outcome = self.wait()?;
        if !self.reaped {
            // The kernel ends process 1 of a pid namespace only when all others in it are gone
            // (`zap_pid_ns_processes`).
            self.reap()?;
        }
        if let Some(cgroup) = &self.cgroup {
            cgroup.wait_empty(None)?;
        }
        let cause = self.cause(&outcome);
        Ok(Ended { outcome, cause })
    }

    /// What ended the payload, and why, once it has ended.
    pub fn ended(&self) -> Option<Ended> {
        let outcome = self.outcome.clone()?;
        let cause = self.cause(&outcome);
        Some(Ended { outcome, cause })
    }

    fn cause(&self, outcome: &Outcome) -> Cause {
        if let Some(limit) = self.reached_limit(outcome) {
            return limit;
        }
        match (self.endings.stopped, outcome) {
            (Some(stopped), _) => stopped,
            (None, Outcome::Signaled(_)) => Cause::Signal,
            (None, Outcome::Exited(_) | Outcome::SetupFailed(_)) => Cause::Exit,
        }
    }

    /// The limit that brought the end about. Only a cgroup tells; a resource limit does not.
    fn reached_limit(&self, outcome: &Outcome) -> Option<Cause> {
        let cgroup = self.cgroup.as_ref()?;
        let killed = *outcome == Outcome::Signaled(signal::SIGKILL as u8);
        if killed && cgroup.memory_kills() > 0 {
            Some(Cause::Memory)
        } else if *outcome != Outcome::Exited(0)
            && self.endings.stopped.is_none()
            && cgroup.refused_processes() > 0
        {
            Some(Cause::Processes)
        } else {
            None
        }
    }

    /// Kills everything inside: all that is in the sandbox's own cgroup, and in an own pid namespace
    /// the kernel ends all with the first process.
    pub fn kill(&self) -> Result<(), Errno> {
        let cgroup = self.cgroup.as_ref().map_or(Ok(()), OwnCgroup::kill);
        match process::send_signal(Fd::from(&self.first), signal::SIGKILL as i32) {
            Ok(()) | Err(Errno::ESRCH) => self.signal(signal::SIGKILL as i32)?,
            Err(errno) => return Err(errno),
        }
        cgroup
    }
}
