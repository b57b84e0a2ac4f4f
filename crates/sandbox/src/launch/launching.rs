//! A launch under way: what the launcher does while the child works.

use super::child::{self, Task};
use super::created::{Created, Namespaces};
use super::record::{self, Record};
use super::supervisor::Supervisor;
use super::{Hooks, Instance, Launch, LaunchError, Sandbox, cannot, maps, sandbox};
use crate::outcome::{Failure, Part, Stage};
use crate::plan::Plan;
use aril_sys::process::Poll;
use aril_sys::{Errno, Fd, message, process, signal};
use std::os::fd::OwnedFd;

/// What the launcher has learnt from the child.
#[derive(Default)]
pub(super) struct Seen {
    pub(super) setup: Option<(i32, OwnedFd)>,
    payload: Option<OwnedFd>,
    /// A joining process inside a joined pid namespace.
    entered: Option<OwnedFd>,
    failed: Option<(u32, Part, Errno)>,
    fallbacks: Vec<usize>,
    /// What answers refused system calls.
    supervisor: Option<Supervisor>,
    /// The launcher's part can be done.
    called: bool,
    ready: bool,
}

/// A launch under way.
pub(super) struct Launching<'a> {
    pub(super) plan: &'a Plan,
    pub(super) ours: OwnedFd,
    /// The process that joins, if it is not the one that builds.
    pub(super) first: Option<OwnedFd>,
    /// A signalfd that ends the launch.
    pub(super) signals: Option<Fd>,
    /// What the child has noted down of its namespaces.
    pub(super) namespaces: &'a Namespaces,
    pub(super) seen: Seen,
    /// Whether the end of file has come: no child shares our memory any more.
    pub(super) is_over: bool,
}

impl Drop for Launching<'_> {
    /// A panic in `announce` must not give the child's memory away while it works on it.
    fn drop(&mut self) {
        if !self.is_over {
            self.kill();
            while !self.receive_one(&mut [0; record::SIZE]) {}
            self.reap_all();
        }
    }
}

impl Launching<'_> {
    /// Reads records until the end of file: then the child shares our memory no more.
    ///
    /// Even after an error of our own this must go on to the end, or the child would work on memory
    /// that is gone; the error is kept, the child killed.
    pub(super) fn follow(&mut self, hooks: Hooks<'_>) -> Result<(), LaunchError> {
        let mut error = (hooks.meanwhile)().err();
        if error.is_some() {
            self.kill();
        }
        let mut buffer = [0; record::SIZE];
        let sleeps = !self.plan.waits_for_launcher() && !self.plan.tells_of_exec;
        if error.is_none() && sleeps && self.is_interrupted_before_end() {
            error = Some(LaunchError::Interrupted);
            self.kill();
        }
        loop {
            if error.is_none() && self.is_interrupted() {
                error = Some(LaunchError::Interrupted);
                self.kill();
            }
            if let Err(errno) = self.answer_until_record()
                && error.is_none()
            {
                error = Some(cannot("answer a refused system call")(errno));
                self.kill();
            }
            if self.is_over || self.receive_one(&mut buffer) {
                break;
            }
            // The child may be faster than the one that joined for it and tells of it.
            if self.seen.called && self.seen.setup.is_some() && error.is_none() {
                self.seen.called = false;
                error = self.release(hooks.announce).err();
            }
            if error.is_some() {
                self.kill();
            }
        }
        match error {
            None => Ok(()),
            Some(error) => {
                self.reap_all();
                Err(error)
            }
        }
    }

    /// Sleeps until every child has executed or ended, so that records, which wait in the socket, do
    /// not wake us one by one; true if a signal came before the program ran.
    fn is_interrupted_before_end(&mut self) -> bool {
        let end = Poll::hang_up(Fd::from(&self.ours));
        let mut polls = [end, Poll::readable(self.signals)];
        if process::poll(&mut polls, true).is_err() || polls[0].is_ready() {
            return false;
        }
        while !self.seen.ready && self.has_record() {
            self.receive_one(&mut [0; record::SIZE]);
        }
        !self.seen.ready
    }

    /// The exec itself may be refused by a filter that tells, and would wait for us.
    fn answer_until_record(&mut self) -> Result<(), Errno> {
        let records = Poll::readable(Some(Fd::from(&self.ours)));
        while let Some(supervisor) = &mut self.seen.supervisor {
            let mut polls = [records, Poll::readable(supervisor.listener())];
            process::poll(&mut polls, true)?;
            if polls[0].is_ready() {
                break;
            }
            supervisor.answer(&polls[1])?;
        }
        Ok(())
    }

    fn has_record(&self) -> bool {
        let mut polls = [Poll::readable(Some(Fd::from(&self.ours)))];
        !self.is_over && process::poll(&mut polls, false).is_ok() && polls[0].is_ready()
    }

    /// Waits for a record or a signal; true if it is a signal and the program does not run yet.
    fn is_interrupted(&self) -> bool {
        if self.signals.is_none() || self.seen.ready {
            return false;
        }
        let records = Poll::readable(Some(Fd::from(&self.ours)));
        let mut polls = [records, Poll::readable(self.signals)];
        process::poll(&mut polls, true).is_ok() && !polls[0].is_ready() && polls[1].is_ready()
    }

    /// Receives and takes in one record; true at the end of file.
    fn receive_one(&mut self, buffer: &mut [u8; record::SIZE]) -> bool {
        match message::receive(Fd::from(&self.ours), buffer) {
            Ok(received) if received.length > 0 => {
                self.take(Record::from_bytes(buffer), received.fd);
            }
            Ok(_) => self.is_over = true,
            // A child that ended before it read our go-ahead. The kernel tells that once, before the
            // records that wait and the end of file (`unix_release_sock`).
            Err(Errno::ECONNRESET) => (),
            // Nothing better is left than to end what runs: it has our memory.
            Err(_) => std::process::abort(),
        }
        self.is_over
    }

    /// Takes one record in.
    fn take(&mut self, record: Option<Record>, fd: Option<OwnedFd>) {
        match (record, fd) {
            // Its number was told in another pid namespace, perhaps; the descriptor knows ours.
            (Some(Record::Setup), Some(fd)) => {
                self.seen.setup = sandbox::pid_of(&fd).map(|pid| (pid, fd));
            }
            (Some(Record::Entered), Some(fd)) => self.seen.entered = Some(fd),
            (Some(Record::Listener), Some(fd)) => {
                let program = self.plan.reported.clone();
                self.seen.supervisor =
                    program.map(|program| Supervisor::new(fd, program, self.plan.observed));
            }
            (Some(Record::Called), _) => self.seen.called = true,
            (Some(Record::Payload), Some(fd)) => self.seen.payload = Some(fd),
            (Some(Record::Failed { index, part, errno }), _) if self.seen.failed.is_none() => {
                self.seen.failed = Some((index, part, errno));
            }
            (Some(Record::Fallback { index }), _) => self.seen.fallbacks.push(index as usize),
            (Some(Record::Ready), _) => self.seen.ready = true,
            _ => (),
        }
    }

    /// Does the launcher's part, and lets the child go on that waits for it, or is going to.
    fn release(&self, announce: &mut Launch<'_>) -> Result<(), LaunchError> {
        let Some((pid, _)) = self.seen.setup else {
            return Ok(());
        };
        if let Some((users, groups)) = &self.plan.ranges {
            maps::write(pid, users, groups)?;
        }
        if self.plan.announce {
            announce(Created::new(pid, self.namespaces))?;
        }
        if self.plan.waits_for_launcher() {
            match message::send(Fd::from(&self.ours), &[1], None) {
                // The child has failed already; its record tells why.
                Ok(()) | Err(Errno::EPIPE) => (),
                Err(errno) => return Err(cannot("let the payload go on")(errno)),
            }
        }
        Ok(())
    }

    fn kill(&self) {
        for fd in self
            .seen
            .setup
            .iter()
            .map(|(_, fd)| fd)
            .chain(&self.seen.payload)
        {
            // One that has ended already cannot be signalled, and need not.
            match process::send_signal(Fd::from(fd), signal::SIGKILL as i32) {
                Ok(()) | Err(_) => (),
            }
        }
    }

    fn reap_all(&mut self) {
        self.kill();
        let building = self.seen.setup.as_ref().map(|(_, fd)| Fd::from(fd));
        let joining = self.first.iter().chain(&self.seen.entered).map(Fd::from);
        for fd in building.into_iter().chain(joining) {
            // Where SIGCHLD is ignored the kernel reaps by itself.
            match process::reap(fd) {
                Ok(_) | Err(_) => (),
            }
        }
    }

    /// After the end of file: a sandbox that runs, or why there is none.
    pub(super) fn finish(
        mut self,
        status: OwnedFd,
        task: &Task<'_>,
    ) -> Result<Sandbox, LaunchError> {
        // A filter may keep the child from telling of a failed exec; its memory was ours.
        if let Some(failed) = child::stored_failure(task) {
            self.seen.failed = Some(failed);
        }
        let untold = self.plan.reported.is_some() && self.seen.supervisor.is_none();
        if self.seen.failed.is_some() || !self.seen.ready || self.seen.setup.is_none() || untold {
            self.reap_all();
            return Err(LaunchError::Step(self.what_failed()));
        }
        for joining in self.first.iter().chain(&self.seen.entered) {
            // Where SIGCHLD is ignored the kernel reaps by itself.
            match process::reap(Fd::from(joining)) {
                Ok(_) | Err(_) => (),
            }
        }
        let (pid, first) = self.seen.setup.take().ok_or(LaunchError::Launcher {
            action: "keep the sandbox's first process",
            errno: Errno::ESRCH,
        })?;
        let status = self.plan.init.is_some().then_some(status);
        let instance = Instance {
            pid,
            fallbacks: std::mem::take(&mut self.seen.fallbacks),
        };
        let mut sandbox = Sandbox::new(instance, first, self.seen.payload.take(), status);
        sandbox.supervisor = self.seen.supervisor.take();
        if let Some(supervisor) = &mut sandbox.supervisor {
            supervisor
                .observe(self.plan.parts_names())
                .map_err(cannot("look at what is called"))?;
        }
        Ok(sandbox)
    }

    fn what_failed(&self) -> Failure {
        match self.seen.failed {
            Some((index, part, errno)) => self.plan.failure(index, part, Some(errno)),
            // Killed: nobody could say at which step, so the first of the set-up stands for all.
            None => {
                let steps = &self.plan.steps;
                let first = steps
                    .iter()
                    .position(|planned| planned.stage == Stage::Setup);
                self.plan
                    .failure(first.unwrap_or(0) as u32, Part::Whole, None)
            }
        }
    }
}
