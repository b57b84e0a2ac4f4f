//! Launching a plan, and waiting for what becomes of it.

mod child;
mod files;
mod maps;
mod mounts;
mod network;
mod overlay;
mod record;
mod sandbox;
mod steps;
mod target;

pub use sandbox::{Event, Instance, Sandbox};

use crate::outcome::{Failure, Part, Stage};
use crate::plan::{Plan, Step};
use aril_sys::child::{Creation, Parentage, Sharing, Stack, StackTop};
use aril_sys::namespace::Kinds;
use aril_sys::{Errno, Fd, cred, file, init, message, process, signal};
use child::{LateProgram, Task};
use record::Record;
use std::fmt;
use std::os::fd::OwnedFd;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicI32, AtomicU8, AtomicUsize};

/// The stacks of the child's two processes, in bytes. They hold path and copy buffers.
const STACK: usize = 256 * 1024;

/// The stack of the process that makes the network namespace.
const SMALL_STACK: usize = 16 * 1024;

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
    /// May be called from any thread. The calling thread waits until the program runs or a step has
    /// failed; its signals are blocked for that time. The launching *process* stands for the life of
    /// the sandbox where the spec ties the two.
    pub fn launch(&self) -> Result<Sandbox, LaunchError> {
        self.launch_announced(&mut |_| Ok(()))
    }

    /// Like [`Plan::launch`]. If the spec asks for it ([`announce`]), `announce` is called with the
    /// sandbox's first process while that waits.
    ///
    /// [`announce`]: crate::spec::Supervision::announce
    pub fn launch_announced(&self, announce: &mut Launch<'_>) -> Result<Sandbox, LaunchError> {
        let mask = signal::set_mask(signal::Set::ALL).map_err(cannot("block signals"))?;
        let dumpable = cred::dumpable();
        let launched = self.launch_blocked(mask, announce);
        // A change of ids in the child makes the memory that it shares with us undumpable.
        if let Ok(before) = dumpable
            && cred::dumpable() != Ok(before)
        {
            cred::set_dumpable(before).map_err(cannot("set the dumpable flag"))?;
        }
        signal::set_mask(mask).map_err(cannot("unblock signals"))?;
        launched
    }

    fn launch_blocked(
        &self,
        mask: signal::Set,
        announce: &mut Launch<'_>,
    ) -> Result<Sandbox, LaunchError> {
        let (ours, theirs) = message::pair().map_err(cannot("make a socket pair"))?;
        let (reader, writer) = file::pipe().map_err(cannot("make a pipe"))?;
        let setup_stack = Stack::new(STACK).map_err(cannot("map a stack"))?;
        let payload_stack = Stack::new(STACK).map_err(cannot("map a stack"))?;
        let inside_stack = Stack::new(STACK).map_err(cannot("map a stack"))?;
        let network_stack = Stack::new(SMALL_STACK).map_err(cannot("map a stack"))?;
        let init = match &self.init {
            Some(_) => Some(init_program().map_err(cannot("make init's program"))?),
            None => None,
        };
        let task = Task {
            plan: self,
            socket: Fd::from(&theirs),
            status: Fd::from(&writer),
            init,
            mask,
            late: late_programs(self.late_programs),
            setup_stack: &setup_stack,
            payload_stack: &payload_stack,
            network_stack: &network_stack,
            inside_stack: &inside_stack,
            network: AtomicI32::new(0),
        };
        let (first, direct) = self.start_first(&task)?;
        drop(theirs);
        drop(writer);
        let mut launching = Launching {
            plan: self,
            ours,
            first,
            direct,
            seen: Seen::default(),
        };
        launching.follow(announce)?;
        launching.finish(reader)
    }

    /// Makes the first process: the one that builds, or, where namespaces are joined, one before it,
    /// since `setns(2)` must not happen to the caller and needs a single thread.
    fn start_first(&self, task: &Task<'_>) -> Result<(aril_sys::child::Child, bool), LaunchError> {
        let index = self
            .steps
            .iter()
            .position(|step| matches!(step.step, Step::Clone { .. }));
        let index = index.unwrap_or(0);
        let direct = index == 0;
        let (namespaces, body): (Kinds, fn(&Task<'_>) -> !) = match self.steps[index].step {
            Step::Clone { namespaces } if direct => (namespaces, child::begin_setup),
            _ => (Kinds::default(), child::begin_launch),
        };
        let stack = if direct {
            task.setup_stack
        } else {
            task.payload_stack
        };
        let creation = Creation {
            namespaces,
            parentage: Parentage::Caller,
            sharing: Sharing::Memory,
            pid: None,
            stack: StackTop::from(stack),
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

/// Init's program, loaded once for all sandboxes of this process.
fn init_program() -> Result<Fd, Errno> {
    static PROGRAM: OnceLock<OwnedFd> = OnceLock::new();
    if let Some(program) = PROGRAM.get() {
        return Ok(Fd::from(program));
    }
    let loaded = init::load()?;
    // Another thread may have been first; its file is as good.
    Ok(Fd::from(PROGRAM.get_or_init(|| loaded)))
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
    ready: bool,
}

/// A launch under way.
struct Launching<'a> {
    plan: &'a Plan,
    ours: OwnedFd,
    first: aril_sys::child::Child,
    /// Whether the first process is the one that builds.
    direct: bool,
    seen: Seen,
}

impl Launching<'_> {
    /// Reads records until the end of file: then the child shares our memory no more.
    ///
    /// Even after an error of our own this must go on to the end, or the child would work on memory
    /// that is gone; the error is kept, the child killed.
    fn follow(&mut self, announce: &mut Launch<'_>) -> Result<(), LaunchError> {
        let mut error = None;
        if self.direct {
            self.seen.setup = Some((self.first.pid, self.first.pidfd.into_owned()));
        }
        let mut buffer = [0; record::SIZE];
        loop {
            let received = match message::receive(Fd::from(&self.ours), &mut buffer) {
                Ok(received) => received,
                // Nothing better is left than to end what runs: it has our memory.
                Err(_) => std::process::abort(),
            };
            if received.length == 0 {
                break;
            }
            let waits = self.take(Record::from_bytes(&buffer), received.fd);
            if waits && error.is_none() {
                error = self.release(announce).err();
            }
            if error.is_some() {
                self.kill();
            }
        }
        error.map_or(Ok(()), |error| {
            self.reap_all();
            Err(error)
        })
    }

    /// Takes one record in; true if the child waits for the launcher.
    fn take(&mut self, record: Option<Record>, fd: Option<OwnedFd>) -> bool {
        match (record, fd) {
            // Its number was told in another pid namespace, perhaps; the descriptor knows ours.
            (Some(Record::Setup), Some(fd)) => {
                self.seen.setup = sandbox::pid_of(&fd).map(|pid| (pid, fd));
            }
            (Some(Record::Entered), Some(fd)) => self.seen.entered = Some(fd),
            (Some(Record::Waiting), _) => return true,
            (Some(Record::Payload), Some(fd)) => self.seen.payload = Some(fd),
            (Some(Record::Failed { index, part, errno }), _) if self.seen.failed.is_none() => {
                self.seen.failed = Some((index, part, errno));
            }
            (Some(Record::Fallback { index }), _) => self.seen.fallbacks.push(index as usize),
            (Some(Record::Ready), _) => self.seen.ready = true,
            _ => (),
        }
        false
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
        if self.plan.announce || self.plan.ranges.is_some() {
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
        let joining = (!self.direct).then_some(self.first.pidfd);
        let entered = self.seen.entered.as_ref().map(Fd::from);
        for fd in building.into_iter().chain(joining).chain(entered) {
            // Where SIGCHLD is ignored the kernel reaps by itself.
            match process::reap(fd) {
                Ok(_) | Err(_) => (),
            }
        }
    }

    /// After the end of file: a sandbox that runs, or why there is none.
    fn finish(mut self, status: OwnedFd) -> Result<Sandbox, LaunchError> {
        if self.seen.failed.is_some() || !self.seen.ready || self.seen.setup.is_none() {
            self.reap_all();
            return Err(LaunchError::Step(self.what_failed()));
        }
        if !self.direct {
            aril_sys::child::discard(self.first).map_err(cannot("reap the joining process"))?;
        }
        if let Some(entered) = &self.seen.entered {
            // Where SIGCHLD is ignored the kernel reaps by itself.
            match process::reap(Fd::from(entered)) {
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
        Ok(Sandbox::new(
            instance,
            first,
            self.seen.payload.take(),
            status,
        ))
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
