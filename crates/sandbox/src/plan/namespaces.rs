//! From namespaces in a spec to the steps around the clone.

use super::{Draft, Maps, PlanError, Step};
use crate::Stage;
use crate::spec::{
    CapabilityBase, Descriptors, IdMaps, IdRange, Nesting, Network, Node, PidNs, Session, Share,
    TimeNs, UserNs,
};
use aril_sys::namespace::Kinds;
use std::os::unix::ffi::OsStrExt;

/// What was decided about users.
pub(crate) struct UserPlan {
    /// The ids that the payload has inside.
    pub(crate) ids: (u32, u32),
    /// Whether the sandbox has a user namespace of its own, in which capabilities are harmless.
    pub(crate) is_new: bool,
    /// The map of a second user namespace, if there is to be one.
    nested: Option<Maps>,
    /// Whether further user namespaces are forbidden.
    forbid: bool,
    /// Ranges that the launcher writes.
    pub(crate) ranges: Option<(Vec<IdRange>, Vec<IdRange>)>,
}

impl UserPlan {
    /// Whether there is to be a second user namespace.
    pub(crate) fn is_nested(&self) -> bool {
        self.nested.is_some()
    }

    /// For a payload that joins a sandbox: the namespaces are there.
    pub(crate) fn joined(ids: (u32, u32)) -> Self {
        Self {
            ids,
            is_new: false,
            nested: None,
            forbid: false,
            ranges: None,
        }
    }
}

impl Draft<'_> {
    /// Plans the joins, the clone and what must be done before the tree is built.
    pub(crate) fn plan_namespaces(&mut self) -> Result<UserPlan, PlanError> {
        let namespaces = &self.spec.namespaces;
        let user = self.decide_user()?;
        // In a user namespace of our own nobody outside it can trace us. A joined one may have others.
        let joins_pid = matches!(namespaces.pid, PidNs::Join(_) | PidNs::NewBelow(_));
        if !user.is_new && (joins_pid || matches!(namespaces.user, UserNs::Join(_))) {
            let reason = "others in there must not read it from the process that joins";
            self.push(Stage::Launch, Step::HideMemory, reason);
        }
        if let UserNs::Join(fd) = namespaces.user {
            self.use_fd(fd, "the user namespace")?;
            self.push(
                Stage::Launch,
                Step::JoinUser { fd },
                "it was asked to join this namespace",
            );
        }
        if let PidNs::Join(fd) | PidNs::NewBelow(fd) = namespaces.pid {
            self.use_fd(fd, "the pid namespace")?;
            self.push(
                Stage::Launch,
                Step::JoinPid { fd },
                "it was asked to join this namespace",
            );
            if let PidNs::NewBelow(_) = namespaces.pid {
                let reason = "a new pid namespace is made from within the one above it";
                self.push(Stage::Launch, Step::EnterPid, reason);
            }
        }
        let kinds = self.kinds(user.is_new)?;
        let beside = self.makes_network_beside();
        // Only these must be there when the process begins; the others can be made while a helper,
        // which needs no more than these, makes the network.
        let first = if beside {
            kinds.intersect(Kinds::USER.and(Kinds::PID))
        } else {
            kinds
        };
        self.push(
            Stage::Launch,
            Step::Clone { namespaces: first },
            "the sandbox begins",
        );
        self.setup(
            Step::TieToLauncher,
            "nothing may be left behind if the launcher is killed",
        );
        let own = &self.spec.supervision.launcher_fds;
        if !own.is_empty() {
            self.setup(Step::Close(own.clone()), "they are the launcher's alone");
        }
        if beside {
            self.setup(
                Step::BeginNetwork,
                "nothing of the host's network shall be in reach",
            );
            let namespaces = kinds.without(first);
            self.setup(
                Step::Unshare { namespaces },
                "what is not unshared is the host's",
            );
        }
        self.setup(
            Step::NoNewPrivs,
            "set-user-id programs must not give privileges back",
        );
        self.plan_maps(&user)?;
        self.plan_small_namespaces()?;
        Ok(user)
    }

    fn kinds(&self, new_user: bool) -> Result<Kinds, PlanError> {
        let namespaces = &self.spec.namespaces;
        let mut kinds = Kinds::MOUNT;
        let mut add = |wanted: bool, kind: Kinds| {
            kinds = if wanted { kinds.and(kind) } else { kinds };
        };
        add(new_user, Kinds::USER);
        add(
            matches!(namespaces.pid, PidNs::New | PidNs::NewBelow(_)),
            Kinds::PID,
        );
        add(
            namespaces.network == Network::None && !self.makes_network_beside(),
            Kinds::NETWORK,
        );
        add(namespaces.ipc != Share::Host, Kinds::IPC);
        add(namespaces.uts != Share::Host, Kinds::UTS);
        let cgroup = self.host.cgroup_namespaces;
        if namespaces.cgroup == Share::New && !cgroup {
            return Err(PlanError::Missing {
                feature: "a cgroup namespace",
            });
        }
        add(namespaces.cgroup != Share::Host && cgroup, Kinds::CGROUP);
        Ok(kinds)
    }

    /// The network namespace is the dearest kind, half a millisecond, so it is made beside the other
    /// steps; unless others must be told of it before the ids are mapped, or the processors are busy:
    /// the process that makes it would only be one more to make and to end.
    pub(crate) fn makes_network_beside(&self) -> bool {
        let is_external = match &self.spec.namespaces.user {
            UserNs::New(new) | UserNs::NewIfPossible(new) => {
                matches!(new.maps, IdMaps::External { .. })
            }
            UserNs::Host | UserNs::Join(_) => false,
        };
        self.spec.namespaces.network == Network::None && !is_external && !self.host.busy
    }

    fn decide_user(&self) -> Result<UserPlan, PlanError> {
        let credentials = &self.spec.credentials;
        let inside = |wanted: Option<u32>, own: u32| match wanted {
            Some(u32::MAX) => Err(PlanError::Id { id: u32::MAX }),
            wanted => Ok(wanted.unwrap_or(own)),
        };
        let ids = (
            inside(credentials.uid, self.host.uid)?,
            inside(credentials.gid, self.host.gid)?,
        );
        let new = match &self.spec.namespaces.user {
            UserNs::New(new) => Some(new),
            UserNs::NewIfPossible(new) if self.host.user_namespaces => Some(new),
            UserNs::NewIfPossible(_) | UserNs::Host | UserNs::Join(_) => None,
        };
        let Some(new) = new else {
            return Ok(UserPlan {
                ids,
                is_new: false,
                nested: None,
                forbid: self.forbids_nesting(),
                ranges: None,
            });
        };
        let forbid = new.nesting == Nesting::Forbidden;
        let mut plan = UserPlan {
            ids,
            is_new: true,
            nested: None,
            forbid,
            ranges: None,
        };
        match &new.maps {
            IdMaps::Single
                if forbid
                    || self.has_roots_own()
                    || (self.needs_root_inside() && ids != (0, 0)) =>
            {
                let outer = self.outer_ids(ids);
                plan.nested = Some(Maps::single(ids, outer, false));
            }
            IdMaps::Single | IdMaps::External { .. } => (),
            IdMaps::Ranges { users, groups } => {
                if forbid {
                    let outer = ids;
                    plan.nested = Some(Maps::single(ids, outer, false));
                }
                plan.ranges = Some((users.clone(), groups.clone()));
            }
        }
        Ok(plan)
    }

    /// Whether the payload keeps root's capabilities without having asked: they shall not be those of
    /// the namespace that owns the mounts, in which a read-only one could be made writable again.
    fn has_roots_own(&self) -> bool {
        let credentials = &self.spec.credentials;
        self.host.uid == 0
            && credentials.capability_base == CapabilityBase::Callers
            && credentials.capabilities.is_empty()
    }

    fn forbids_nesting(&self) -> bool {
        matches!(&self.spec.namespaces.user, UserNs::NewIfPossible(new) if new.nesting == Nesting::Forbidden)
    }

    /// The ids in the first of two user namespaces.
    fn outer_ids(&self, ids: (u32, u32)) -> (u32, u32) {
        if self.needs_root_inside() || self.has_roots_own() {
            (0, 0)
        } else {
            ids
        }
    }

    /// A new devpts needs ids 0 in the user namespace that mounts it: its `ptmx` node belongs to
    /// them (`mknod_ptmx` in fs/devpts/inode.c fails with EINVAL otherwise).
    fn needs_root_inside(&self) -> bool {
        self.spec.tree.iter().any(|entry| entry.node == Node::Dev)
    }

    fn plan_maps(&mut self, user: &UserPlan) -> Result<(), PlanError> {
        let maps = match &self.spec.namespaces.user {
            UserNs::New(new) | UserNs::NewIfPossible(new) if user.is_new => &new.maps,
            _ => {
                return self.plan_ids_without_new_user(user);
            }
        };
        match maps {
            IdMaps::Single => {
                let outside = (self.host.uid, self.host.gid);
                let inside = if user.nested.is_some() {
                    self.outer_ids(user.ids)
                } else {
                    user.ids
                };
                let maps = Maps::single(inside, outside, true);
                self.setup(
                    Step::WriteMaps(maps),
                    "ids inside stand for the caller's own",
                );
            }
            IdMaps::Ranges { .. } => {
                let reason = "newuidmap and newgidmap write the id maps";
                self.setup(Step::CallLauncher, reason);
                self.setup(Step::AwaitLauncher, reason);
                let (uid, gid) = user.ids;
                self.setup(
                    Step::SetGroups(Vec::new()),
                    "the launcher's groups are not for inside",
                );
                self.setup(
                    Step::SetIds { uid, gid },
                    "the payload runs under these ids",
                );
            }
            IdMaps::External { ready } => {
                let fd = *ready;
                self.plan_announce();
                self.use_fd(fd, "the release of the id maps")?;
                let why = "another program writes the id maps";
                self.setup(Step::AwaitByte { fd, why }, "it was asked for");
            }
        }
        Ok(())
    }

    fn plan_ids_without_new_user(&mut self, user: &UserPlan) -> Result<(), PlanError> {
        let credentials = &self.spec.credentials;
        let asked = credentials.uid.is_some() || credentials.gid.is_some();
        if matches!(self.spec.namespaces.user, UserNs::Join(_)) {
            if asked {
                let (uid, gid) = user.ids;
                self.setup(
                    Step::SetIds { uid, gid },
                    "the payload runs under these ids",
                );
            }
        } else if asked {
            let reason = "it needs a user namespace";
            return Err(PlanError::Conflict {
                wish: "a user or group id",
                reason,
            });
        }
        Ok(())
    }

    /// The launcher tells of the process and its namespaces once, when they are all there.
    fn plan_announce(&mut self) {
        if self.spec.supervision.announce && !self.has(&Step::CallLauncher) {
            self.setup(Step::CallLauncher, "others are told of the process");
        }
    }

    /// The payload begins when it has been told of.
    pub(crate) fn plan_announced(&mut self) {
        if self.has(&Step::CallLauncher) && !self.has(&Step::AwaitLauncher) {
            self.payload(Step::AwaitLauncher, "others are told of the process first");
        }
    }

    fn has(&self, step: &Step) -> bool {
        let kind = std::mem::discriminant(step);
        let mut steps = self.steps.iter();
        steps.any(|planned| std::mem::discriminant(&planned.step) == kind)
    }

    fn plan_small_namespaces(&mut self) -> Result<(), PlanError> {
        let namespaces = &self.spec.namespaces;
        if let TimeNs::New { monotonic, boot } = namespaces.time {
            // Since 6.1 a vforked child enters the time namespace when it executes.
            if !self.host.time_namespaces || self.host.kernel < (6, 1) {
                return Err(PlanError::Missing {
                    feature: "a time namespace (Linux 6.1)",
                });
            }
            let offsets = format!("monotonic {monotonic} 0\nboottime {boot} 0\n");
            let offsets = offsets.into_bytes().into();
            self.setup(
                Step::NewTime { offsets },
                "clocks with offsets were asked for",
            );
        }
        if namespaces.network == Network::None && !self.makes_network_beside() {
            self.setup(Step::Loopback, "127.0.0.1 and ::1 work inside");
        }
        if let Some(name) = &namespaces.host_name {
            if namespaces.uts == Share::Host {
                let reason = "it needs a UTS namespace";
                return Err(PlanError::Conflict {
                    wish: "a host name",
                    reason,
                });
            }
            // `__NEW_UTS_LEN` of include/uapi/linux/utsname.h
            if name.as_bytes().len() > 64 {
                return Err(PlanError::TooLong {
                    subject: "the host name",
                    limit: 64,
                });
            }
            self.setup(Step::HostName(name.clone()), "it was asked for");
        }
        Ok(())
    }

    /// Plans what follows the pivot: the last user namespaces, locks, the session.
    pub(crate) fn plan_after_pivot(&mut self, user: &UserPlan) -> Result<(), PlanError> {
        // A new user namespace begins with a full bounding set; without one it can be emptied while
        // the network is being made.
        let is_last = user.nested.is_some() || self.spec.namespaces.late_user.is_some();
        if !is_last {
            self.plan_bounding(user);
        }
        let namespaces = &self.spec.namespaces;
        if self.makes_network_beside() {
            self.setup(Step::JoinNetwork, "the sandbox has no other network");
        }
        self.plan_announce();
        if let Some(fd) = namespaces.late_user {
            self.use_fd(fd, "the second user namespace")?;
            self.setup(
                Step::JoinLateUser { fd },
                "it was asked to join this namespace",
            );
        }
        if let Some(maps) = user.nested.clone() {
            if user.forbid {
                self.setup(Step::LimitUserNs, "the kernel shall refuse any further one");
            }
            self.setup(
                Step::NestUser(maps),
                "the mounts shall belong to a namespace out of reach",
            );
        }
        if user.forbid || namespaces.assert_no_user_namespaces {
            self.setup(Step::VerifyNoUserNs, "user namespaces are forbidden");
        }
        if is_last {
            self.plan_bounding(user);
        }
        self.plan_locks_and_session()
    }

    fn plan_locks_and_session(&mut self) -> Result<(), PlanError> {
        let supervision = &self.spec.supervision;
        for path in &supervision.locks {
            let path = super::strings::c_path(path, "a lock file")?;
            self.setup(Step::Lock { path }, "it is held until init ends");
        }
        if let Some(fd) = supervision.block_fd {
            self.use_fd(fd, "the release")?;
            let why = "the caller releases the payload";
            self.setup(Step::AwaitByte { fd, why }, "it was asked for");
        }
        if self.spec.program.session == Session::New {
            self.setup(
                Step::NewSession,
                "the terminal shall be out of the payload's control",
            );
        }
        for &fd in &supervision.sync_fds {
            self.use_fd(fd, "a sync descriptor")?;
        }
        if let Descriptors::Only(fds) = &self.spec.program.descriptors {
            for &fd in fds {
                if !aril_sys::file::is_open(aril_sys::Fd::new(fd)) {
                    let errno = aril_sys::Errno::EBADF;
                    let subject = "a descriptor for the payload";
                    return Err(PlanError::Descriptor { fd, subject, errno });
                }
            }
        }
        Ok(())
    }
}
