//! A running instance whose namespaces a new sandbox joins: `--parent-pid` (contract, 1.9).
//!
//! A portal starts the helpers of an application so: they see each other's processes, and share nothing
//! else but the user.

use super::error::ComposeError;
use super::facts::Facts;
use super::request::{ParentProcesses, ParentRequest};
use super::session;
use crate::instances::{Running, running};
use aril_sandbox::Spec;
use aril_sandbox::enter::{EnterError, Inside};
use aril_sandbox::spec::{PidNs, UserNs};
use std::os::fd::{AsRawFd, OwnedFd};

/// The namespaces of a parent, each only if it is joined.
#[derive(Debug, Default)]
pub(crate) struct Parent {
    /// The user namespace that owns its mounts and its pid namespace.
    owner: Option<OwnedFd>,
    /// The one below that in which its payload runs.
    nested: Option<OwnedFd>,
    /// Its pid namespace, and who sees whom.
    pid: Option<(OwnedFd, ParentProcesses)>,
}

impl Parent {
    /// Finds the namespaces of the instance that a process is in. The process is pinned, and must be
    /// in an instance of the caller's.
    ///
    /// The user namespaces are asked of the kernel and not taken from `/run/.userns` in the parent's
    /// root: there an application with a writable root could put another.
    pub(crate) fn find(request: ParentRequest, facts: &Facts) -> Result<Self, ComposeError> {
        let inside = Inside::open(request.pid).map_err(refused)?;
        let runtime = session::runtime_dir(facts)?;
        see_instance(&inside, &running(&runtime)?)?;
        if request.processes == ParentProcesses::Apart {
            return Ok(Self::default());
        }
        let (owner, nested) = inside.user_namespaces().map_err(refused)?;
        let pid = inside.namespace("pid").map_err(refused)?;
        inside.see_alive().map_err(refused)?;
        Ok(Self {
            owner,
            nested,
            pid: Some((pid, request.processes)),
        })
    }

    /// Has the sandbox join them. It must not be able to make further user namespaces, as any other.
    pub(crate) fn join(&self, spec: &mut Spec) {
        let Some((pid, processes)) = &self.pid else {
            return;
        };
        let namespaces = &mut spec.namespaces;
        let pid = pid.as_raw_fd();
        namespaces.pid = match processes {
            ParentProcesses::Shared => PidNs::Join(pid),
            ParentProcesses::Exposed | ParentProcesses::Apart => PidNs::NewBelow(pid),
        };
        let users = [&self.owner, &self.nested].into_iter().flatten();
        let mut users = users.map(AsRawFd::as_raw_fd);
        if let Some(first) = users.next() {
            namespaces.user = UserNs::Join(first);
            namespaces.late_user = users.next();
            namespaces.assert_no_user_namespaces = true;
        }
        // Without a pid namespace of its own there is no process whose end ends all others.
        spec.supervision.kill_at_exit = *processes != ParentProcesses::Shared;
    }

    /// What must be open until the sandbox has been launched.
    pub(crate) fn into_fds(self) -> impl Iterator<Item = OwnedFd> {
        let pid = self.pid.map(|(pid, _)| pid);
        [self.owner, self.nested, pid].into_iter().flatten()
    }
}

fn refused(error: EnterError) -> ComposeError {
    ComposeError::Refused(error.to_string())
}

/// The mount namespace is what an instance has alone, and its processes cannot leave.
fn see_instance(inside: &Inside, instances: &[Running]) -> Result<(), ComposeError> {
    let mounts = inside.namespace_id("mnt");
    let pid = inside.pid();
    let is_its = |instance: &Running| match instance.namespaces.get("mnt") {
        Some(told) => Some(*told) == mounts,
        None => instance.child_pid == Some(pid),
    };
    match instances.iter().any(is_its) {
        true => Ok(()),
        false => Err(ComposeError::Refused(format!(
            "join the parent, on process {pid}: it is in no instance of yours"
        ))),
    }
}
