//! Launching a plan, and waiting for what becomes of it.

mod cgroup;
mod child;
mod ending;
mod files;
mod landlock;
mod maps;
mod mounts;
mod network;
mod overlay;
mod record;
mod sandbox;
mod steps;
mod supervisor;
mod target;

pub use sandbox::{Event, Instance, Sandbox};

use crate::outcome::{Failure, Part, Stage};
use crate::plan::{Plan, Step};
use aril_sys::child::{Creation, Parentage, Sharing, Stacks};
use aril_sys::namespace::Kinds;
use aril_sys::process::Poll;
use aril_sys::{Errno, Fd, cred, file, message, process, signal};
use cgroup::OwnCgroup;
use child::{LateProgram, Task};
use record::Record;
use std::fmt;
use std::os::fd::OwnedFd;
use std::sync::atomic::{AtomicI32, AtomicU8, AtomicU64, AtomicUsize};
use std::sync::{Mutex, PoisonError, RwLock};
use supervisor::Supervisor;

/// The stacks of the child's two processes, in bytes. They hold path and copy buffers.
const STACK: usize = 256 * 1024;

/// The stack of the process that makes the network namespace.
const SMALL_STACK: usize = 64 * 1024;

/// The launch of a sandbox that has ended in failure: nothing of it is left.
#[derive(Debug)]
#[non_exhaustive]
pub enum LaunchError {
    /// A step failed.
    Step(Failure),
    /// The launcher itself could not do this.
    Launcher {
        /// What.
        action: &'static str,
        /// What the kernel said.
        errno: Errno,
    },
    /// A signal came on the descriptor that was to be watched; it has not been read.
    Interrupted,
    /// The program that writes id maps failed.
    Maps {
        /// Its name and what it said.
        detail: String,
    },
}

impl fmt::Display for LaunchError {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Step(failure) => failure.fmt(out),
            Self::Launcher { action, errno } => write!(out, "{action}: {errno}"),
            Self::Interrupted => out.write_str("start the sandbox: interrupted by a signal"),
            Self::Maps { detail } => write!(out, "write the id maps, with {detail}"),
        }
    }
}

impl std::error::Error for LaunchError {}

fn cannot(action: &'static str) -> impl Fn(Errno) -> LaunchError {
    move |errno| LaunchError::Launcher { action, errno }
}

/// The sandbox's first process as it is announced, while set-up waits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Created {
    /// Its process id, in the launcher's pid namespace.
    pub pid: i32,
}

impl Created {
    /// The inode number of one of its namespaces, by its name in `/proc/PID/ns` such as `mnt`.
    pub fn namespace_id(&self, name: &str) -> Option<u64> {
        let path = std::ffi::CString::new(format!("/proc/{}/ns/{name}", self.pid)).ok()?;
        file::status_at(Fd::CWD, &path)
            .ok()
            .map(|status| status.inode)
    }
}

/// How a plan is launched.
pub type Launch<'a> = dyn FnMut(Created) -> Result<(), LaunchError> + 'a;

impl Plan {
    /// Carries the plan out, up to the exec of its program.
    ///
    /// May be called from any thread, which waits until the program runs or a step has failed; while
    /// it does, the set-up is tied to that thread. Later the launching *process* stands for the life
    /// of the sandbox, where the spec ties the two and the sandbox has a pid namespace of its own;
    /// without one it is the thread still (`PR_SET_PDEATHSIG`).
    pub fn launch(&self) -> Result<Sandbox, LaunchError> {
        self.launch_announced(&mut |_| Ok(()))
    }

    /// Like [`Plan::launch`]. If the spec asks for it ([`announce`]), `announce` is called with the
    /// sandbox's first process while that waits. It must not launch another sandbox.
    ///
    /// [`announce`]: crate::spec::Supervision::announce
    pub fn launch_announced(&self, announce: &mut Launch<'_>) -> Result<Sandbox, LaunchError> {
        self.launch_watching(announce, None)
    }

    /// Like [`Plan::launch_announced`]; the launch ends with [`LaunchError::Interrupted`] if `signals`, a
    /// signalfd, becomes readable before the program is executed.
    pub fn launch_watching(
        &self,
        announce: &mut Launch<'_>,
        signals: Option<Fd>,
    ) -> Result<Sandbox, LaunchError> {
        // Some children change the `dumpable` flag of the memory that they share with us, and so with
        // the children of other launches, which then could not write their id maps: such a launch
        // is alone. It also puts the flag back as it was.
        static ALONE: RwLock<()> = RwLock::new(());
        if !self.shares_dumpable() {
            let _together = ALONE.read().unwrap_or_else(PoisonError::into_inner);
            return self.launch_shared(announce, signals);
        }
        let _alone = ALONE.write().unwrap_or_else(PoisonError::into_inner);
        let before = cred::dumpable().map_err(cannot("read the dumpable flag"))?;
        let launched = self.launch_shared(announce, signals);
        cred::set_dumpable(before).map_err(cannot("set the dumpable flag"))?;
        launched
    }

    fn shares_dumpable(&self) -> bool {
        self.steps
            .iter()
            .any(|planned| matches!(planned.step, Step::HideMemory | Step::SetIds { .. }))
    }

    fn launch_shared(
        &self,
        announce: &mut Launch<'_>,
        signals: Option<Fd>,
    ) -> Result<Sandbox, LaunchError> {
        let cgroup = self.make_cgroup()?;
        let stacks = map_stacks(self.joins()).map_err(cannot("map a stack"))?;
        // No other launch may clone while these are open: its child would hold a copy, and our end of
        // file would wait for that child.
        static CLONING: Mutex<()> = Mutex::new(());
        let cloning = CLONING.lock().unwrap_or_else(PoisonError::into_inner);
        let (ours, theirs) = message::pair().map_err(cannot("make a socket pair"))?;
        let (reader, writer) = file::pipe().map_err(cannot("make a pipe"))?;
        // The child begins with every signal blocked, and so it stays until its exec.
        let blocked = Blocked::new().map_err(cannot("block signals"))?;
        let task = Task {
            plan: self,
            socket: Fd::from(&theirs),
            status: Fd::from(&writer),
            launchers: [Fd::from(&ours), Fd::from(&reader)],
            mask: self.blocked_signals.map_or(blocked.mask, signal::Set),
            late: late_programs(self.late_programs),
            stacks: &stacks,
            network: AtomicI32::new(0),
            loopback: AtomicI32::new(0),
            failure: AtomicU64::new(0),
        };
        let own_cgroup = cgroup.as_ref().map(OwnCgroup::directory);
        let (first, direct) = self.start_first(&task, own_cgroup)?;
        drop(blocked);
        drop(theirs);
        drop(writer);
        drop(cloning);
        let mut launching = Launching {
            plan: self,
            ours,
            first: Some(first.pidfd.into_owned()),
            signals,
            seen: Seen::default(),
            is_over: false,
        };
        if direct {
            launching.seen.setup = launching.first.take().map(|fd| (first.pid, fd));
        }
        launching.follow(announce)?;
        let mut sandbox = launching.finish(reader, &task)?;
        sandbox.cgroup = cgroup;
        Ok(sandbox)
    }

    /// Makes the sandbox's own cgroup, if the plan has one.
    fn make_cgroup(&self) -> Result<Option<OwnCgroup>, LaunchError> {
        let planned = self.steps.first().map(|planned| &planned.step);
        let Some(Step::NewCgroup(cgroup)) = planned else {
            return Ok(None);
        };
        let failed =
            |fault: child::Fault| LaunchError::Step(self.failure(0, fault.part, Some(fault.errno)));
        OwnCgroup::make(cgroup).map(Some).map_err(failed)
    }

    /// Whether the child waits for the launcher while it works.
    fn waits_for_launcher(&self) -> bool {
        self.announce || self.ranges.is_some()
    }

    /// Whether namespaces are joined, so that a process is needed before the one that builds.
    fn joins(&self) -> bool {
        let mut steps = self.steps.iter().map(|planned| &planned.step);
        let first = steps.find(|step| !matches!(step, Step::NewCgroup(_)));
        !matches!(first, Some(Step::Clone { .. }))
    }

    /// Makes the first process: the one that builds, or, where namespaces are joined, one before it,
    /// since `setns(2)` must not happen to the caller and needs a single thread.
    fn start_first(
        &self,
        task: &Task<'_>,
        cgroup: Option<Fd>,
    ) -> Result<(aril_sys::child::Child, bool), LaunchError> {
        let index = self
            .steps
            .iter()
            .position(|step| matches!(step.step, Step::Clone { .. }));
        let index = index.unwrap_or(0);
        let direct = !self.joins();
        let (namespaces, body): (Kinds, fn(&Task<'_>) -> !) = match self.steps[index].step {
            Step::Clone { namespaces } if direct => (namespaces, child::begin_setup),
            _ => (Kinds::default(), child::begin_launch),
        };
        let role = if direct { Role::Setup } else { Role::Joining };
        let creation = Creation {
            namespaces,
            parentage: Parentage::Caller,
            sharing: Sharing::Memory,
            pid: None,
            cgroup,
            stack: task.stacks.top(role as usize),
        };
        let made = aril_sys::child::start(&creation, body, task).map_err(|errno| {
            LaunchError::Step(self.failure(index as u32, Part::Whole, Some(errno)))
        })?;
        Ok((made, direct))
    }

    /// A failed step in words.
    fn failure(&self, index: u32, part: Part, errno: Option<Errno>) -> Failure {
        let planned = self.steps.get(index as usize);
        Failure {
            index: index as usize,
            stage: planned.map_or(Stage::Setup, |planned| planned.stage),
            part,
            errno,
            step: planned.map_or_else(String::new, |planned| match &planned.step {
                Step::Execute => format!("execute {:?}", self.exec.program),
                step => step.to_string(),
            }),
            hint: planned.and_then(|planned| crate::hints::hint(&planned.step, part, errno)),
        }
    }
}

fn late_programs(count: usize) -> Vec<LateProgram> {
    let longest = aril_sys::seccomp::LONGEST * aril_sys::seccomp::INSTRUCTION;
    let program = || LateProgram {
        bytes: (0..longest).map(|_| AtomicU8::new(0)).collect(),
        length: AtomicUsize::new(0),
    };
    (0..count).map(|_| program()).collect()
}

/// All signals blocked in the calling thread; the old mask comes back on drop.
struct Blocked {
    mask: signal::Set,
}

impl Blocked {
    fn new() -> Result<Self, Errno> {
        Ok(Self {
            mask: signal::set_mask(signal::Set::ALL)?,
        })
    }
}

impl Drop for Blocked {
    fn drop(&mut self) {
        // Setting a mask that was in force before cannot fail.
        if signal::set_mask(self.mask).is_err() {
            std::process::abort();
        }
    }
}

/// The children that have stacks: no two that may be alive together share one. The last two are those
/// of the process that joins, and of the one that goes on inside a joined pid namespace.
#[derive(Clone, Copy)]
pub(crate) enum Role {
    Setup,
    Payload,
    Network,
    Joining,
    Inside,
}

fn map_stacks(joins: bool) -> Result<Stacks, Errno> {
    let sizes = [STACK, STACK, SMALL_STACK, STACK, STACK];
    Stacks::new(if joins { &sizes } else { &sizes[..3] })
}

/// What the launcher has learnt from the child.
#[derive(Default)]
struct Seen {
    setup: Option<(i32, OwnedFd)>,
    payload: Option<OwnedFd>,
    /// A joining process inside a joined pid namespace.
    entered: Option<OwnedFd>,
    failed: Option<(u32, Part, Errno)>,
    fallbacks: Vec<usize>,
    /// What answers refused system calls.
    supervisor: Option<Supervisor>,
    /// The child waits for the launcher's part.
    waits: bool,
    ready: bool,
}

/// A launch under way.
struct Launching<'a> {
    plan: &'a Plan,
    ours: OwnedFd,
    /// The process that joins, if it is not the one that builds.
    first: Option<OwnedFd>,
    /// A signalfd that ends the launch.
    signals: Option<Fd>,
    seen: Seen,
    /// Whether the end of file has come: no child shares our memory any more.
    is_over: bool,
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
    fn follow(&mut self, announce: &mut Launch<'_>) -> Result<(), LaunchError> {
        let mut error = None;
        let mut buffer = [0; record::SIZE];
        let sleeps = !self.plan.waits_for_launcher() && self.plan.reported.is_none();
        if sleeps && self.is_interrupted_before_end() {
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
            if self.seen.waits && error.is_none() {
                self.seen.waits = false;
                error = self.release(announce).err();
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
                self.seen.supervisor = program.map(|program| Supervisor::new(fd, program));
            }
            (Some(Record::Waiting), _) => self.seen.waits = true,
            (Some(Record::Payload), Some(fd)) => self.seen.payload = Some(fd),
            (Some(Record::Failed { index, part, errno }), _) if self.seen.failed.is_none() => {
                self.seen.failed = Some((index, part, errno));
            }
            (Some(Record::Fallback { index }), _) => self.seen.fallbacks.push(index as usize),
            (Some(Record::Ready), _) => self.seen.ready = true,
            _ => (),
        }
    }

    /// Does the launcher's part while the child waits, and lets it go on.
    fn release(&self, announce: &mut Launch<'_>) -> Result<(), LaunchError> {
        let Some((pid, _)) = self.seen.setup else {
            return Ok(());
        };
        if let Some((users, groups)) = &self.plan.ranges {
            maps::write(pid, users, groups)?;
        }
        if self.plan.announce {
            announce(Created { pid })?;
        }
        if self.plan.waits_for_launcher() {
            match message::send(Fd::from(&self.ours), &[1], None) {
                // The child has failed already; its record tells why.
                Ok(()) | Err(Errno::EPIPE) => (),
                Err(errno) => return Err(cannot("let the set-up go on")(errno)),
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
    fn finish(mut self, status: OwnedFd, task: &Task<'_>) -> Result<Sandbox, LaunchError> {
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
