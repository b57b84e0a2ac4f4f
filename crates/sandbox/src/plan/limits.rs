//! From limits to what enforces them, or the refusal.

use super::{Draft, PlanError, Step};
use crate::cgroup::Controller;
use crate::spec::{IdMaps, NewUserNs, ResourceLimit, UserNs};
use aril_sys::cred::{RLIMIT_CORE, RLIMIT_FSIZE, RLIMIT_NOFILE, RLIMIT_NPROC};

/// With a limit of 0 the kernel writes no file, and starts a handler that reads from a pipe all the same;
/// with 1 it does neither (`coredump_pipe` in fs/coredump.c, `core(5)`).
const NO_DUMP: u64 = 1;

const HINT: &str = "start it in a cgroup of your own that has the controllers: `systemd-run --user \
     --scope -p Delegate=yes`, or name one";

impl Draft<'_> {
    /// Plans the limits that the payload's process sets for itself, and refuses those that nothing
    /// here enforces.
    pub(crate) fn plan_limits(&mut self) -> Result<(), PlanError> {
        let limits = &self.spec.limits;
        let unenforceable = |wish: &str, reason| PlanError::Unenforceable {
            wish: wish.into(),
            reason,
            hint: HINT,
        };
        let controls = |controller| self.controlled.contains(&controller);
        if limits.memory.is_some() && !controls(Controller::Memory) {
            let reason = "only a cgroup counts the memory of all processes together";
            return Err(unenforceable("a limit on memory", reason));
        }
        if limits.processor_percent.is_some() && !controls(Controller::Processor) {
            let reason = "only a cgroup shares out processor time";
            return Err(unenforceable("a limit on processor time", reason));
        }
        if let Some(most) = limits.processes
            && !controls(Controller::Processes)
        {
            self.plan_process_count(most)?;
        }
        if let Some(most) = limits.core_size {
            self.plan_dumps(most);
        }
        for (limit, resource) in [
            (limits.open_files, RLIMIT_NOFILE),
            (limits.file_size, RLIMIT_FSIZE),
        ] {
            if let Some(most) = limit {
                self.plan_resource(resource, most);
            }
        }
        Ok(())
    }

    fn plan_dumps(&mut self, most: u64) {
        let mut hard = self.host.hard_limits.iter();
        let is_raised = hard.any(|limit| limit.resource == RLIMIT_CORE && limit.hard == 0);
        self.plan_resource(RLIMIT_CORE, most.max(NO_DUMP));
        if is_raised {
            let what = "an end of core dumps to the host's handler".to_owned();
            let reason = "the caller's hard limit is 0, which lets the handler start";
            self.payload(Step::Forgo { what }, reason);
        }
    }

    /// Since Linux 5.14 processes are counted for each user in each user namespace
    /// (`inc_rlimit_ucounts` in kernel/ucount.c), so that the count in a new one is the sandbox's
    /// alone. Three things must hold: the namespace is new; it has one user id, since each id has a
    /// count of its own; and the user is not the host's root, whom the limit does not bind
    /// (`copy_process` in kernel/fork.c).
    fn plan_process_count(&mut self, most: u64) -> Result<(), PlanError> {
        let reason = match &self.spec.namespaces.user {
            UserNs::New(new) | UserNs::NewIfPossible(new) if self.host.user_namespaces => {
                self.why_not_counted(new)
            }
            _ => Some("without a new user namespace the user's other processes count as well"),
        };
        if let Some(reason) = reason {
            let (wish, hint) = ("a limit on processes".into(), HINT);
            return Err(PlanError::Unenforceable { wish, reason, hint });
        }
        // Init runs under the same user, in the same namespace.
        let mut steps = self.steps.iter().map(|planned| &planned.step);
        let has_init = steps.any(|step| matches!(step, Step::LoadInit));
        self.plan_resource(RLIMIT_NPROC, most.saturating_add(u64::from(has_init)));
        Ok(())
    }

    fn why_not_counted(&self, new: &NewUserNs) -> Option<&'static str> {
        match new.maps {
            _ if self.host.uid == 0 => Some("the kernel does not count the processes of root"),
            IdMaps::Single => None,
            IdMaps::Ranges { .. } | IdMaps::External { .. } => {
                Some("with several user ids each has a count of its own")
            }
        }
    }

    fn plan_resource(&mut self, resource: u32, most: u64) {
        // Nobody can go above what the caller may have; a lower limit holds all the more.
        let callers = self.host.hard_limits.iter();
        let hard = callers
            .filter(|limit| limit.resource == resource)
            .map(|limit| limit.hard)
            .fold(most, u64::min);
        let limit = ResourceLimit {
            resource,
            soft: hard,
            hard,
        };
        self.payload(Step::Limit(limit), "it was asked for");
    }
}
