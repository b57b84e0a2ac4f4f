//! Launching a plan, and waiting for what becomes of it.

mod cgroup;
mod child;
mod created;
mod ending;
mod files;
mod landlock;
mod launching;
mod maps;
mod mount_list;
mod mounts;
mod network;
mod overlay;
mod read_back;
mod record;
mod relay;
mod sandbox;
mod steps;
mod submounts;
mod supervisor;
mod target;

pub use created::Created;
pub use sandbox::{Event, Instance, Sandbox};

use crate::outcome::{Failure, Part, Stage};
use crate::plan::{Plan, Step};
use aril_sys::child::{Creation, Parentage, Sharing, Stacks};
use aril_sys::namespace::Kinds;
use aril_sys::{Errno, Fd, cred, file, message, signal};
use cgroup::OwnCgroup;
use child::{LateProgram, Task};
use launching::{Launching, Seen};
use std::fmt;
use std::sync::atomic::{AtomicI32, AtomicU8, AtomicU64, AtomicUsize};
use std::sync::{Mutex, PoisonError, RwLock};

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

/// How a new sandbox is announced.
pub type Launch<'a> = dyn FnMut(Created) -> Result<(), LaunchError> + 'a;

/// What the launcher does beside the child. None of it may launch another sandbox.
pub struct Hooks<'a> {
    /// While the child builds, and nobody waits yet.
    pub meanwhile: &'a mut dyn FnMut() -> Result<(), LaunchError>,
    /// With the sandbox's first process, if the spec asks for it ([`announce`]): the payload does not
    /// begin before both have returned.
    ///
    /// [`announce`]: crate::spec::Supervision::announce
    pub announce: &'a mut Launch<'a>,
    /// A signalfd: if it becomes readable before the program is executed, the launch ends with
    /// [`LaunchError::Interrupted`].
    pub signals: Option<Fd>,
}

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
    /// sandbox's first process before the payload begins. It must not launch another sandbox.
    ///
    /// [`announce`]: crate::spec::Supervision::announce
    pub fn launch_announced(&self, announce: &mut Launch<'_>) -> Result<Sandbox, LaunchError> {
        self.launch_with(Hooks {
            meanwhile: &mut || Ok(()),
            announce: &mut |created| announce(created),
            signals: None,
        })
    }

    /// Like [`Plan::launch`], with work for the launcher meanwhile.
    pub fn launch_with(&self, hooks: Hooks<'_>) -> Result<Sandbox, LaunchError> {
        // Some children change the `dumpable` flag of the memory that they share with us, and so with
        // the children of other launches, which then could not write their id maps: such a launch
        // is alone. It also puts the flag back as it was.
        static ALONE: RwLock<()> = RwLock::new(());
        if !self.shares_dumpable() {
            let _together = ALONE.read().unwrap_or_else(PoisonError::into_inner);
            return self.launch_shared(hooks);
        }
        let _alone = ALONE.write().unwrap_or_else(PoisonError::into_inner);
        let before = cred::dumpable().map_err(cannot("read the dumpable flag"))?;
        let launched = self.launch_shared(hooks);
        cred::set_dumpable(before).map_err(cannot("set the dumpable flag"))?;
        launched
    }

    fn shares_dumpable(&self) -> bool {
        self.steps
            .iter()
            .any(|planned| matches!(planned.step, Step::HideMemory | Step::SetIds { .. }))
    }

    fn launch_shared(&self, hooks: Hooks<'_>) -> Result<Sandbox, LaunchError> {
        let cgroup = self.make_cgroup()?;
        let stacks = map_stacks(self).map_err(cannot("map a stack"))?;
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
            namespaces: created::Namespaces::default(),
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
            signals: hooks.signals,
            namespaces: &task.namespaces,
            seen: Seen::default(),
            is_over: false,
        };
        if direct {
            launching.seen.setup = launching.first.take().map(|fd| (first.pid, fd));
        }
        launching.follow(hooks)?;
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

fn map_stacks(plan: &Plan) -> Result<Stacks, Errno> {
    let sizes = [STACK, STACK, SMALL_STACK, STACK, STACK];
    let mut steps = plan.steps.iter().map(|planned| &planned.step);
    let count = if plan.joins() {
        5
    } else if steps.any(|step| matches!(step, Step::BeginNetwork)) {
        3
    } else {
        2
    };
    Stacks::new(&sizes[..count])
}
