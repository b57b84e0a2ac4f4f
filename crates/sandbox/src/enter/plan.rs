//! The steps by which a program is put beside the payload of a running sandbox.

use super::Inside;
use crate::plan::namespaces::UserPlan;
use crate::plan::{Draft, Exec, Plan, PlanError, Step};
use crate::spec::{
    CapabilityBase, Descriptors, Namespaces, Network, SeccompProgram, Session, Spec, UserNs,
};
use crate::{Capabilities, Host, Stage};
use aril_sys::Fd;
use aril_sys::namespace::Kinds;

impl Plan {
    /// Plans a program in the sandbox of `inside`, beside what runs there.
    ///
    /// Of `spec` count the program, the seccomp programs, Landlock and the resource limits: they must be
    /// those of the sandbox's own spec for the confinement to be the same. Namespaces are the
    /// sandbox's, the tree is there already, capabilities are none, whatever the spec says. The
    /// descriptors of `inside` must stay open until the plan is launched.
    pub fn enter(inside: &Inside, spec: &Spec, host: &Host) -> Result<Self, PlanError> {
        if inside.own_clocks {
            let feature = "a way into a time namespace for a process that shares memory";
            return Err(PlanError::Missing { feature });
        }
        let spec = beside(inside, spec);
        let mut draft = Draft::new(&spec, host);
        let user = UserPlan::joined((host.uid, host.gid));
        let late_programs = draft.plan_payload(&user, false)?;
        let payload = std::mem::take(&mut draft.steps);
        draft.plan_joins(inside);
        draft.plan_inside(inside);
        let mut steps = draft.steps;
        steps.extend(payload);
        Ok(Self {
            steps,
            exec: Exec::new(&spec, host)?,
            ranges: None,
            init: None,
            announce: spec.supervision.announce,
            late_programs,
            reported: draft.reported,
            observed: draft.observed,
            tells_of_exec: draft.tells_of_exec,
            _null: draft.null,
            blocked_signals: spec.program.blocked_signals,
            create_anywhere: false,
        })
    }
}

/// The spec without what an existing sandbox has already.
fn beside(inside: &Inside, spec: &Spec) -> Spec {
    let mut spec = spec.clone();
    spec.tree.clear();
    spec.limits = Default::default();
    spec.credentials.uid = None;
    spec.credentials.gid = None;
    spec.credentials.capability_base = CapabilityBase::Nothing;
    spec.credentials.capabilities.clear();
    spec.credentials.secure_bits = None;
    for program in &mut spec.seccomp {
        // Refusals are told to the launcher that asked for it, which is another one.
        match program {
            SeccompProgram::Reported(bytes) => {
                *program = SeccompProgram::Bytes(std::mem::take(bytes));
            }
            SeccompProgram::Observed(bytes) => {
                // One that cannot be read is refused where it is planned.
                let plain = aril_seccomp::Program::from_bytes(bytes);
                let bytes = plain.map_or(std::mem::take(bytes), |it| it.unobserved().to_bytes());
                *program = SeccompProgram::Bytes(bytes);
            }
            _ => (),
        }
    }
    let joined = inside.nested.as_ref().or(inside.owner.as_ref());
    spec.namespaces = Namespaces {
        user: joined.map_or(UserNs::Host, |fd| UserNs::Join(Fd::from(fd).number())),
        network: Network::Host,
        ..Namespaces::default()
    };
    spec
}

impl Draft<'_> {
    fn launch(&mut self, step: Step, reason: &'static str) {
        self.push(Stage::Launch, step, reason);
    }

    /// Plans the part of the process that joins, up to the clone of one inside.
    fn plan_joins(&mut self, inside: &Inside) {
        let number = |fd| Fd::from(fd).number();
        let pidfd = number(&inside.pidfd);
        let users = [&inside.owner, &inside.nested];
        let mut kept: Vec<i32> = users.into_iter().flatten().map(number).collect();
        kept.push(pidfd);
        kept.extend(&self.used_fds);
        kept.extend(self.null.as_ref().map(|null| Fd::from(&**null).number()));
        if let Descriptors::Only(declared) = &self.spec.program.descriptors {
            kept.extend(declared);
            self.launch(
                Step::KeepOnly(kept),
                "no descriptor of the host's comes along into the sandbox",
            );
        }
        self.launch(
            Step::HideMemory,
            "processes inside must not reach the launcher's memory from the process that joins",
        );
        if let Some(owner) = &inside.owner {
            let fd = number(owner);
            self.launch(
                Step::JoinUser { fd },
                "it owns the sandbox's other namespaces",
            );
        }
        let namespaces = inside.namespaces;
        let join = Step::JoinProcess {
            fd: pidfd,
            namespaces,
        };
        self.launch(join, "they are the sandbox's");
        let namespaces = Kinds::default();
        let reason = "a process id inside is for a new process";
        self.launch(Step::Clone { namespaces }, reason);
    }

    /// Plans what the process inside does before it becomes the program.
    fn plan_inside(&mut self, inside: &Inside) {
        self.setup(
            Step::TieToLauncher,
            "nothing may be left behind if the launcher is killed",
        );
        self.setup(
            Step::NoNewPrivs,
            "set-user-id programs must not give privileges back",
        );
        let root = Step::VerifyRoot(inside.root);
        self.setup(root, "it must be that of the processes inside");
        if let Some(nested) = &inside.nested {
            let fd = Fd::from(nested).number();
            self.setup(
                Step::JoinLateUser { fd },
                "the mounts belong to a namespace out of reach",
            );
        }
        let drop = Capabilities(self.host.known_capabilities);
        let keep = Capabilities::NONE;
        let reason = "no capability, and none can ever be got";
        self.setup(Step::Bounding { drop, keep }, reason);
        if self.spec.supervision.announce {
            let reason = "others are told of the process first";
            self.setup(Step::CallLauncher, reason);
            self.setup(Step::AwaitLauncher, reason);
        }
        if self.spec.program.session == Session::New {
            let reason = "the terminal shall be out of the payload's control";
            self.setup(Step::NewSession, reason);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_of_the_host_comes_along() {
        // The test's own process is in no sandbox.
        let own = std::process::id() as i32;
        let refused = Inside::open(own).unwrap_err();
        assert_eq!(refused, crate::enter::EnterError::NotInside { pid: own });
        let ended = Inside::open(i32::MAX).unwrap_err();
        assert_eq!(ended, crate::enter::EnterError::Ended { pid: i32::MAX });
    }
}
