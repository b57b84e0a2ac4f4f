//! What a spec means on this host: an ordered list of frozen steps.

mod cgroup;
mod error;
mod landlock;
mod limits;
pub(crate) mod namespaces;
mod payload;
mod seccomp;
mod step;
mod strings;
mod tree;
pub(crate) mod words;

pub use cgroup::{Cgroup, Setting};
pub use error::PlanError;
pub(crate) use landlock::SCOPES_SINCE;
pub use payload::Exec;
pub(crate) use step::Maps;
pub use step::{
    Bind, Contents, Filter, Overlay, PathRule, RootIdentity, Ruleset, Step, Target, UpperLayer,
};

use crate::cgroup::Controller;
use crate::host::OLDEST_KERNEL;
use crate::spec::{IdRange, Spec};
use crate::{Host, Stage};
use aril_sys::init::Duties;
use std::borrow::Cow;
use std::collections::BTreeSet;
use std::fmt;
use std::os::fd::OwnedFd;
use std::sync::Arc;

/// A step with its stage and the reason for it.
#[derive(Clone, Debug)]
pub struct PlannedStep {
    /// When it is done.
    pub stage: Stage,
    /// What is done.
    pub step: Step,
    /// Why: in words of ours, or who asked for it.
    pub reason: Cow<'static, str>,
}

/// Everything decided: what [`Plan::launch`] will do, and nothing else.
///
/// The plan refers to inherited descriptors by number; they must stay open until it is launched. It
/// prints as one line a step.
#[derive(Clone, Debug)]
pub struct Plan {
    pub(crate) steps: Vec<PlannedStep>,
    pub(crate) exec: Exec,
    /// Id ranges that the launcher has written for the child.
    pub(crate) ranges: Option<(Vec<IdRange>, Vec<IdRange>)>,
    /// What init does; `None` if the first process becomes the payload itself.
    pub(crate) init: Option<InitPlan>,
    /// The launcher tells of the new process before the child goes on.
    pub(crate) announce: bool,
    /// How many seccomp programs are read late.
    pub(crate) late_programs: usize,
    /// The seccomp program whose refusals are told, as it was before it told them.
    pub(crate) reported: Option<Arc<aril_seccomp::Program>>,
    /// Whether it also tells of calls that are let go.
    pub(crate) observed: bool,
    /// Whether the exec itself may be told of, and then waits for the launcher.
    pub(crate) tells_of_exec: bool,
    /// Kept open for the payload's streams.
    pub(crate) _null: Option<Arc<OwnedFd>>,
    /// The payload's blocked signals, if not the launching thread's.
    pub(crate) blocked_signals: Option<u64>,
    /// Whether targets may be created on the host's own filesystems.
    pub(crate) create_anywhere: bool,
}

/// Init's duties and what it keeps open.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct InitPlan {
    pub(crate) duties: Duties,
    pub(crate) sync_fds: Vec<i32>,
}

impl Plan {
    /// Decides what `spec` means on `host`.
    ///
    /// Descriptors that the spec names are looked at, and early seccomp programs are read from them;
    /// nothing else is touched.
    pub fn new(spec: &Spec, host: &Host) -> Result<Self, PlanError> {
        if host.kernel < OLDEST_KERNEL {
            return Err(PlanError::OldKernel {
                version: host.kernel,
            });
        }
        let mut draft = Draft::new(spec, host);
        draft.controlled = draft.plan_cgroup()?;
        let user = draft.plan_namespaces()?;
        draft.plan_tree(&user)?;
        let init = draft.plan_init()?;
        draft.plan_after_pivot(&user)?;
        if init.is_some() {
            let reason = "process 1 must reap, and outlive the payload";
            draft.setup(Step::StartPayload, reason);
        }
        let late_programs = draft.plan_payload(&user, init.is_some())?;
        let exec = Exec::new(spec, host)?;
        Ok(Self {
            steps: draft.steps,
            exec,
            ranges: user.ranges,
            init,
            announce: spec.supervision.announce,
            late_programs,
            reported: draft.reported,
            observed: draft.observed,
            tells_of_exec: draft.tells_of_exec,
            _null: draft.null,
            blocked_signals: spec.program.blocked_signals,
            create_anywhere: spec.root.missing == crate::spec::MissingTargets::Create,
        })
    }

    /// The steps, in the order in which they are done.
    pub fn steps(&self) -> &[PlannedStep] {
        &self.steps
    }

    /// What is executed at the end.
    pub fn exec(&self) -> &Exec {
        &self.exec
    }
}

impl fmt::Display for Plan {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, planned) in self.steps.iter().enumerate() {
            let stage = match planned.stage {
                Stage::Launch => "launch",
                Stage::Setup => "set-up",
                Stage::Payload => "payload",
            };
            writeln!(
                out,
                "{index:3} {stage:7} {} — {}",
                planned.step, planned.reason
            )?;
        }
        Ok(())
    }
}

/// A plan in the making.
pub(crate) struct Draft<'a> {
    pub(crate) spec: &'a Spec,
    pub(crate) host: &'a Host,
    pub(crate) steps: Vec<PlannedStep>,
    /// Descriptors from which contents are read.
    pub(crate) read_fds: BTreeSet<i32>,
    /// What the sandbox's own cgroup limits.
    pub(crate) controlled: BTreeSet<Controller>,
    /// The seccomp program whose refusals are told.
    pub(crate) reported: Option<Arc<aril_seccomp::Program>>,
    pub(crate) observed: bool,
    pub(crate) tells_of_exec: bool,
    /// `/dev/null`, if a stream is that.
    pub(crate) null: Option<Arc<OwnedFd>>,
    /// Descriptors that the spec uses up and the payload does not get.
    pub(crate) used_fds: Vec<i32>,
}

impl<'a> Draft<'a> {
    pub(crate) fn new(spec: &'a Spec, host: &'a Host) -> Self {
        Self {
            spec,
            host,
            // Most entries are one step; a /dev has fifteen, and some thirty are not of the tree.
            steps: Vec::with_capacity(48 + spec.tree.len()),
            used_fds: Vec::new(),
            read_fds: BTreeSet::new(),
            null: None,
            reported: None,
            observed: false,
            tells_of_exec: false,
            controlled: BTreeSet::new(),
        }
    }
}

impl Draft<'_> {
    pub(crate) fn push(&mut self, stage: Stage, step: Step, reason: impl Into<Cow<'static, str>>) {
        self.steps.push(PlannedStep {
            stage,
            step,
            reason: reason.into(),
        });
    }

    pub(crate) fn setup(&mut self, step: Step, reason: impl Into<Cow<'static, str>>) {
        self.push(Stage::Setup, step, reason);
    }

    pub(crate) fn payload(&mut self, step: Step, reason: impl Into<Cow<'static, str>>) {
        self.push(Stage::Payload, step, reason);
    }

    /// Takes note that the spec names `fd`, which must be open.
    pub(crate) fn use_fd(&mut self, fd: i32, subject: &'static str) -> Result<(), PlanError> {
        if !aril_sys::file::is_open(aril_sys::Fd::new(fd)) {
            return Err(PlanError::Descriptor {
                fd,
                subject,
                errno: aril_sys::Errno::EBADF,
            });
        }
        if fd > 2 && !self.used_fds.contains(&fd) {
            self.used_fds.push(fd);
        }
        Ok(())
    }
}
