//! Seccomp programs: read, checked, and put in order.

use super::{Draft, Filter, PlanError, Step};
use crate::spec::{Devices, Entry, Node, SeccompProgram, Source};
use aril_seccomp::{Action, Arch, Program};
use aril_sys::seccomp::{INSTRUCTION, LONGEST, Wait};
use std::path::Path;
use std::sync::Arc;

/// The kernel that brought `SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV`.
const KILLABLE_SINCE: (u32, u32) = (5, 19);

impl Draft<'_> {
    pub(crate) fn plan_seccomp_reading(&mut self) -> Result<usize, PlanError> {
        let mut slots = 0;
        for program in &self.spec.seccomp {
            match *program {
                SeccompProgram::LateFd(fd) => {
                    self.use_fd(fd, "a seccomp program")?;
                    let step = Step::ReadSeccomp { fd, slot: slots };
                    self.payload(step, "it is read when the caller has released the payload");
                    slots += 1;
                }
                SeccompProgram::Fd(fd) => self.use_fd(fd, "a seccomp program")?,
                SeccompProgram::Bytes(_)
                | SeccompProgram::Reported(_)
                | SeccompProgram::Observed(_) => (),
            }
        }
        Ok(slots)
    }

    /// The one that tells comes last: the others must be installed without anybody's answer.
    pub(crate) fn plan_seccomp(&mut self) -> Result<(), PlanError> {
        let (mut slot, mut reported) = (0, Vec::new());
        for program in &self.spec.seccomp {
            let program = match program {
                SeccompProgram::Bytes(bytes) => Filter::Bytes(checked_program(bytes.clone())?),
                SeccompProgram::Fd(fd) => Filter::Bytes(read_program(*fd)?),
                SeccompProgram::LateFd(_) => {
                    slot += 1;
                    Filter::Late(slot - 1)
                }
                SeccompProgram::Reported(bytes) => {
                    reported.push((bytes, false));
                    continue;
                }
                SeccompProgram::Observed(bytes) => {
                    reported.push((bytes, true));
                    continue;
                }
            };
            self.payload(
                Step::Seccomp { program },
                "system calls are filtered from here on",
            );
        }
        match reported[..] {
            [] => Ok(()),
            [(bytes, observed)] => self.plan_reported(bytes, observed),
            _ => Err(PlanError::Conflict {
                wish: "two seccomp programs whose refusals are told",
                reason: "the kernel has one listener for a process",
            }),
        }
    }

    fn plan_reported(&mut self, bytes: &[u8], observed: bool) -> Result<(), PlanError> {
        let size = bytes.len();
        let program = Program::from_bytes(bytes);
        let program = program.map_err(|_| PlanError::Seccomp { bytes: size })?;
        if !always_allows(&program, "sendmsg") {
            return Err(PlanError::Conflict {
                wish: "a report of refused system calls",
                reason: "the rules refuse sendmsg(2), by which the launcher gets the descriptor for it",
            });
        }
        if observed && !refuses_page_faults(&program) {
            return Err(PlanError::Conflict {
                wish: "a report of paths that were not found",
                reason: "the rules allow userfaultfd(2), by which a program could stop the launcher",
            });
        }
        if observed && self.spec.tree.iter().any(serves) {
            return Err(PlanError::Conflict {
                wish: "a report of paths that were not found",
                reason: "a device is given by which a program could serve its own memory, and stop the launcher",
            });
        }
        let wait = if self.host.kernel >= KILLABLE_SINCE {
            Wait::Killable
        } else {
            Wait::Interruptible
        };
        let telling = program.notifying().to_bytes().into();
        self.reported = Some(Arc::new(program));
        self.observed = observed;
        self.tells_of_exec = self
            .reported
            .as_deref()
            .is_some_and(|it| !always_allows(it, "execve"));
        self.payload(
            Step::SeccompReported {
                program: telling,
                wait,
            },
            if observed {
                "system calls are filtered, and what is refused or not found is told"
            } else {
                "system calls are filtered, and what is refused is told"
            },
        );
        Ok(())
    }
}

/// A call that is told to nobody yet would wait for ever.
fn always_allows(program: &Program, call: &str) -> bool {
    let native = Arch::native();
    let number = native.and_then(|native| Some((native, native.number(call)?)));
    number.is_some_and(|(native, number)| {
        let actions = aril_seccomp::possible_actions(program, native.audit(), number);
        actions
            .iter()
            .all(|action| matches!(action, Action::Allow | Action::Log))
    })
}

/// A page of the payload's that is read by the launcher must not wait for the payload.
fn refuses_page_faults(program: &Program) -> bool {
    let arches = Arch::ALL.iter();
    let mut numbers = arches.filter_map(|arch| Some((arch.audit(), arch.number("userfaultfd")?)));
    numbers.all(|(audit, number)| {
        let actions = aril_seccomp::possible_actions(program, audit, number);
        !actions.contains(&Action::Allow) && !actions.contains(&Action::Log)
    })
}

/// Whether an entry may give a device by which page faults or files are answered for. A descriptor may be
/// open on any.
fn serves(entry: &Entry) -> bool {
    let Node::Bind(bind) = &entry.node else {
        return false;
    };
    let is_around = |path: &Path| {
        let mut devices = ["/dev/fuse", "/dev/userfaultfd"].iter().map(Path::new);
        devices.any(|device| device.starts_with(path))
    };
    bind.devices == Devices::Allowed
        && match &bind.source {
            Source::Path(path) => is_around(path),
            Source::Fd(_) => true,
        }
}

fn checked_program(bytes: Vec<u8>) -> Result<Box<[u8]>, PlanError> {
    let whole = bytes.len().is_multiple_of(INSTRUCTION) && bytes.len() <= LONGEST * INSTRUCTION;
    if whole {
        Ok(bytes.into())
    } else {
        Err(PlanError::Seccomp { bytes: bytes.len() })
    }
}

fn read_program(fd: i32) -> Result<Box<[u8]>, PlanError> {
    let subject = "a seccomp program";
    let mut bytes = Vec::new();
    let mut buffer = [0; 4096];
    loop {
        match aril_sys::file::read(aril_sys::Fd::new(fd), &mut buffer) {
            Ok(0) => return checked_program(bytes),
            Ok(length) => bytes.extend_from_slice(&buffer[..length]),
            Err(errno) => return Err(PlanError::Descriptor { fd, subject, errno }),
        }
        if bytes.len() > LONGEST * INSTRUCTION {
            return Err(PlanError::Seccomp { bytes: bytes.len() });
        }
    }
}
