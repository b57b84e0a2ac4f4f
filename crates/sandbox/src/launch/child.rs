//! What runs between clone and exec: the stages, one after the other, on prepared memory.
//!
//! The rules of [`aril_sys::child`] hold for every function of this module and of `steps` and
//! `target` beside it: no allocation, no lock, no formatting; only calls of `aril_sys`.

use super::Role;
use super::record::Record;
use crate::Stage;
use crate::outcome::Part;
use crate::plan::{Plan, Step};
use aril_sys::child::{Creation, Parentage, Sharing, Stacks};
use aril_sys::namespace::Kinds;
use aril_sys::{Errno, Fd, child, file, init, message, process, signal};
use std::sync::atomic::AtomicU64;
use std::sync::atomic::Ordering::{Acquire, Release};

/// Everything that the child is given. It lives on the launcher's stack until the child is done.
pub(super) struct Task<'a> {
    pub(super) plan: &'a Plan,
    /// Where records go, and where the launcher's go-ahead comes from.
    pub(super) socket: Fd,
    /// The writing end of the pipe on which init tells the payload's status.
    pub(super) status: Fd,
    /// The launcher's mask of blocked signals, which the payload gets back.
    pub(super) mask: signal::Set,
    /// Room for seccomp programs that are read late: one buffer a program.
    pub(super) late: Vec<LateProgram>,
    /// What became of the network namespace: its descriptor, or a negated error number.
    pub(super) network: std::sync::atomic::AtomicI32,
    /// The sandbox's namespaces, for those who are told of it.
    pub(super) namespaces: super::created::Namespaces,
    /// What became of its loopback interface: 1, or a negated error number.
    pub(super) loopback: std::sync::atomic::AtomicI32,
    /// The launcher's ends of the socket and the pipe, which the child closes first of all: it must
    /// see when the launcher is gone.
    pub(super) launchers: [Fd; 2],
    pub(super) stacks: &'a Stacks,
    /// A failure, in case that it cannot be told: see [`stored_failure`].
    pub(super) failure: AtomicU64,
}

/// A seccomp program that the child reads: memory made ready, filled once.
pub(super) struct LateProgram {
    pub(super) bytes: Vec<std::sync::atomic::AtomicU8>,
    pub(super) length: std::sync::atomic::AtomicUsize,
}

/// A part of a step that failed.
#[derive(Clone, Copy)]
pub(super) struct Fault {
    pub(super) part: Part,
    pub(super) errno: Errno,
}

impl Part {
    /// Turns an error number into a fault of this part.
    pub(super) fn fault(self) -> impl Fn(Errno) -> Fault {
        move |errno| Fault { part: self, errno }
    }
}

impl From<Errno> for Fault {
    fn from(errno: Errno) -> Self {
        Self {
            part: Part::Whole,
            errno,
        }
    }
}

/// How many filesystems of its own a sandbox can have before the first ones are forgotten; a
/// forgotten one only means that a missing target on it is refused.
const OWN_DEVICES: usize = 64;

/// How many lock files init can hold.
pub(crate) const MOST_LOCKS: usize = 128;

/// What the child knows while it works; the payload's process goes on with a copy.
#[derive(Clone, Copy)]
pub(super) struct State<'a> {
    pub(super) task: &'a Task<'a>,
    /// Open on the new root, once there is one.
    pub(super) root: Option<Fd>,
    /// The host's root directory, once something is stacked on it, and how many mounts are.
    pub(super) host_root: Option<file::Status>,
    pub(super) stacked: usize,
    /// Open on the hidden base.
    pub(super) base: Option<Fd>,
    /// Open on the host's `/proc`.
    pub(super) proc: Option<Fd>,
    /// Init's program.
    pub(super) init: Option<Fd>,
    /// The relay's program, unless the payload is executed directly.
    pub(super) relay: Option<Fd>,
    /// The umask to give back.
    pub(super) umask: u32,
    /// Which working directory was entered.
    pub(super) directory: usize,
    /// Lock files, open; the first `lock_count` are in use.
    pub(super) locks: [Fd; MOST_LOCKS],
    pub(super) lock_count: usize,
    own_devices: [u64; OWN_DEVICES],
    own_count: usize,
    /// The directory in which the last target was made, to save looking it up again.
    pub(super) parent: Option<super::target::Parent>,
    /// The process that makes the network namespace.
    pub(super) network: Option<child::Child>,
    /// Where the payload waits until init has shut itself off.
    gate: Option<(Fd, Fd)>,
}

impl<'a> State<'a> {
    fn new(task: &'a Task<'a>) -> Self {
        Self {
            task,
            root: None,
            host_root: None,
            stacked: 0,
            base: None,
            proc: None,
            init: None,
            relay: None,
            umask: 0o022,
            directory: 0,
            locks: [Fd::CWD; MOST_LOCKS],
            lock_count: 0,
            own_devices: [0; OWN_DEVICES],
            own_count: 0,
            network: None,
            parent: None,
            gate: None,
        }
    }

    /// Lets go of the launcher's ends, and has children's ends told whatever the launcher made of
    /// `SIGCHLD`: an ignored signal stays ignored over clone and exec, and init could not wait.
    fn prepare(&self) {
        for fd in self.task.launchers {
            match file::close(fd) {
                // A process that joined has closed them for those after it.
                Ok(()) | Err(Errno::EBADF) => (),
                Err(errno) => self.fail(0, errno.into()),
            }
        }
        if let Err(errno) = signal::reset_to_default(signal::SIGCHLD as i32) {
            self.fail(0, errno.into());
        }
    }

    pub(super) fn root(&self) -> Result<Fd, Errno> {
        self.root.ok_or(Errno::EBADF)
    }

    pub(super) fn base(&self) -> Result<Fd, Errno> {
        self.base.ok_or(Errno::EBADF)
    }

    pub(super) fn proc(&self) -> Result<Fd, Errno> {
        self.proc.ok_or(Errno::EBADF)
    }

    pub(super) fn add_own_device(&mut self, device: u64) {
        self.own_devices[self.own_count % OWN_DEVICES] = device;
        self.own_count += 1;
    }

    pub(super) fn is_own_device(&self, device: u64) -> bool {
        self.own_devices[..self.own_count.min(OWN_DEVICES)].contains(&device)
    }

    /// Does the steps of one stage.
    fn run(&mut self, stage: Stage) -> ! {
        let steps = self.task.plan.steps.iter().enumerate();
        for (index, planned) in steps.filter(|(_, planned)| planned.stage == stage) {
            let done = match &planned.step {
                Step::StartPayload => self.start_payload(),
                step => self.perform(index, step),
            };
            if let Err(fault) = done {
                self.fail(index, fault);
            }
        }
        // Without an init the process that built the sandbox becomes the payload.
        match stage {
            Stage::Setup => self.run(Stage::Payload),
            Stage::Launch | Stage::Payload => process::exit_now(FAILED),
        }
    }

    /// Tells the launcher which step failed, and ends.
    pub(super) fn fail(&self, index: usize, fault: Fault) -> ! {
        let Fault { part, errno } = fault;
        let stored = STORED | part as u64 | u64::from(errno.number()) << 8 | (index as u64) << 24;
        self.task.failure.store(stored, Release);
        self.tell(
            Record::Failed {
                index: index as u32,
                part,
                errno,
            },
            None,
        );
        process::exit_now(FAILED)
    }

    /// Sends a record. If it cannot be sent the launcher is gone, and so is the reason to go on.
    pub(super) fn tell(&self, record: Record, fd: Option<Fd>) {
        if message::send(self.task.socket, &record.to_bytes(), fd).is_err() {
            process::exit_now(FAILED);
        }
    }

    /// Makes the payload's process, and becomes init.
    ///
    /// The payload must not run before init is init: until its exec it has the launcher's memory, in
    /// its first moments it could be traced, and it might fail. So the payload's process waits on a
    /// pipe for the end of file that init brings about when it has shut itself off.
    fn start_payload(&mut self) -> Result<(), Fault> {
        let task = self.task;
        self.gate = Some(file::raw_pipe()?);
        let creation = Creation {
            namespaces: Kinds::default(),
            parentage: Parentage::Caller,
            sharing: Sharing::Memory,
            pid: None,
            cgroup: None,
            stack: task.stacks.top(Role::Payload as usize),
        };
        let payload = child::start(&creation, begin_payload, &*self)?;
        self.tell(Record::Payload, Some(payload.pidfd));
        let fault = match self.become_init(payload.pid) {
            Ok(never) => match never {},
            Err(errno) => Fault::from(errno),
        };
        // The gate is still closed: the payload's process ends before it has run anything.
        process::send_signal(payload.pidfd, signal::SIGKILL as i32)?;
        Err(fault)
    }

    fn payload_capabilities(&self) -> crate::Capabilities {
        let steps = self.task.plan.steps.iter();
        let mut kept = steps.filter_map(|planned| match planned.step {
            Step::Capabilities { keep, .. } => Some(keep),
            _ => None,
        });
        kept.next().unwrap_or(crate::Capabilities::ALL)
    }

    fn become_init(&self, payload: i32) -> Result<core::convert::Infallible, Errno> {
        let task = self.task;
        let (Some(program), Some(plan)) = (self.init, &task.plan.init) else {
            return Err(Errno::ENOEXEC);
        };
        process::set_parent_death_signal(0)?;
        aril_sys::cred::clear_ambient()?;
        super::steps::drop_bounding(self.payload_capabilities())?;
        aril_sys::cred::set_capabilities(aril_sys::cred::CapabilitySets::default())?;
        file::close_range(0, u32::MAX, file::Range::CloseOnExec)?;
        file::set_close_on_exec(task.status, false)?;
        let (_, gate) = self.gate.ok_or(Errno::EBADF)?;
        file::set_close_on_exec(gate, false)?;
        for &fd in &plan.sync_fds {
            file::set_close_on_exec(Fd::new(fd), false)?;
        }
        for &fd in &self.locks[..self.lock_count] {
            file::set_close_on_exec(fd, false)?;
        }
        let status = task.status;
        Err(init::execute(program, payload, status, gate, plan.duties))
    }

    /// The descriptors that the payload's process itself still needs.
    pub(super) fn own_descriptors(&self) -> [i32; 5] {
        let socket = self.task.socket;
        let (reader, writer) = self.gate.unwrap_or((socket, socket));
        let helper = self.network.map_or(socket, |helper| helper.pidfd);
        let relay = self.relay.unwrap_or(socket);
        [socket, reader, writer, helper, relay].map(Fd::number)
    }

    /// Waits until init has shut itself off.
    pub(super) fn pass_gate(&self) -> Result<(), Errno> {
        let Some((reader, writer)) = self.gate else {
            return Ok(());
        };
        file::close(writer)?;
        match file::read(reader, &mut [0; 1])? {
            0 => file::close(reader),
            _ => Err(Errno::EIO),
        }
    }
}

/// Marks a stored failure: no bit of a part or a number is as high.
const STORED: u64 = 1 << 63;

/// The failure that a child stored in the memory that it shared: step, part and error number.
pub(super) fn stored_failure(task: &Task<'_>) -> Option<(u32, Part, Errno)> {
    let stored = task.failure.load(Acquire);
    let failed = || {
        let index = (stored & !STORED) >> 24;
        let errno = Errno::new((stored >> 8) as u16);
        (index as u32, Part::from_number(stored as u32 & 0xff), errno)
    };
    (stored & STORED != 0).then(failed)
}

/// The exit status of a process that failed before exec. The launcher does not look at it.
const FAILED: i32 = 125;

/// The process that joins namespaces, starts the set-up and ends.
pub(super) fn begin_launch(task: &Task<'_>) -> ! {
    State::new(task).prepare();
    join_from(task, 0)
}

/// The same, from inside a joined pid namespace: what follows [`Step::EnterPid`].
fn begin_inside(task: &Task<'_>) -> ! {
    let mut steps = task.plan.steps.iter();
    let entered = steps.position(|planned| matches!(planned.step, Step::EnterPid));
    join_from(task, entered.map_or(0, |at| at + 1))
}

fn join_from(task: &Task<'_>, from: usize) -> ! {
    let mut state = State::new(task);
    for (index, planned) in task.plan.steps.iter().enumerate().skip(from) {
        let (done, is_last) = match planned.step {
            Step::Clone { namespaces } => {
                let stack = Role::Setup;
                (
                    start_for(&state, namespaces, stack, begin_setup, Record::Setup),
                    true,
                )
            }
            Step::EnterPid => {
                let kinds = Kinds::default();
                (
                    start_for(&state, kinds, Role::Inside, begin_inside, Record::Entered),
                    true,
                )
            }
            ref step => (state.perform(index, step), false),
        };
        if let Err(fault) = done {
            state.fail(index, fault);
        }
        if is_last {
            break;
        }
    }
    process::exit_now(0)
}

/// Starts a process whose parent is the launcher, and tells that one of it.
fn start_for(
    state: &State<'_>,
    namespaces: Kinds,
    role: Role,
    body: fn(&Task<'_>) -> !,
    record: Record,
) -> Result<(), Fault> {
    let creation = Creation {
        namespaces,
        parentage: Parentage::CallersParent,
        sharing: Sharing::Memory,
        pid: None,
        cgroup: None,
        stack: state.task.stacks.top(role as usize),
    };
    let made = child::start(&creation, body, state.task)?;
    state.tell(record, Some(made.pidfd));
    Ok(())
}

/// The process that builds the sandbox.
pub(super) fn begin_setup(task: &Task<'_>) -> ! {
    let mut state = State::new(task);
    state.prepare();
    // Modes are as the steps say; the payload gets the launcher's mask back.
    state.umask = file::set_umask(0);
    state.run(Stage::Setup)
}

/// The process that becomes the payload.
fn begin_payload(state: &State<'_>) -> ! {
    let mut own = *state;
    own.run(Stage::Payload)
}
