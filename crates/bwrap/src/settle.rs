//! The end of a parse: options that depend on each other, whatever their order.

use crate::draft::Draft;
use crate::error::ParseError;
use crate::parse::Request;
use aril_sandbox::Node;
use aril_sandbox::spec::{
    IdMaps, Init, Nesting, NewUserNs, PidNs, ProcSource, Share, Spec, UserNs,
};
use std::ffi::OsString;

/// A command in a sandbox.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Invocation {
    /// The sandbox.
    pub spec: Spec,
    /// Where one document about it goes (`--info-fd`).
    pub info_fd: Option<i32>,
    /// Where lines about it go (`--json-status-fd`).
    pub json_status_fd: Option<i32>,
    /// Whether signals are passed on to the payload.
    pub forward_signals: bool,
}

/// Combines the wishes into a spec for `command`.
pub(crate) fn settle(draft: &mut Draft, command: &[OsString]) -> Result<Request, ParseError> {
    refuse_conflicts(draft)?;
    settle_user(draft);
    let Some((program, args)) = command.split_first() else {
        return Ok(Request::NoCommand);
    };
    refuse_unmet_needs(draft)?;
    settle_pid(draft);
    let spec = &mut draft.spec;
    spec.program.path = program.clone();
    spec.program.args = args.to_vec();
    spec.namespaces.cgroup = match (draft.wishes.cgroup, draft.wishes.cgroup_if_possible) {
        (true, _) => Share::New,
        (false, true) => Share::NewIfPossible,
        (false, false) => Share::Host,
    };
    if draft.wishes.as_pid_1 {
        spec.supervision.init = Init::PayloadIsFirst;
        // Nobody else is there to hold them, so the payload does.
        spec.supervision.sync_fds.clear();
    }
    let reports = draft.info_fd.into_iter().chain(draft.json_status_fd);
    spec.supervision.launcher_fds = reports.collect();
    spec.supervision.announce = !spec.supervision.launcher_fds.is_empty();
    Ok(Request::Run(Box::new(Invocation {
        spec: std::mem::take(spec),
        info_fd: draft.info_fd,
        json_status_fd: draft.json_status_fd,
        forward_signals: draft.forward_signals,
    })))
}

fn require(holds: bool, text: &'static str) -> Result<(), ParseError> {
    holds.then_some(()).ok_or(ParseError::Rule(text))
}

/// What is wrong whether there is a command or not.
fn refuse_conflicts(draft: &Draft) -> Result<(), ParseError> {
    let wishes = &draft.wishes;
    let blocked = draft.userns_block_fd.is_some();
    let joined = wishes.join_user.is_some();
    require(
        !blocked || wishes.user,
        "--userns-block-fd requires --unshare-user",
    )?;
    require(
        !blocked || draft.info_fd.is_some(),
        "--userns-block-fd requires --info-fd",
    )?;
    require(
        !joined || !wishes.user,
        "--userns not compatible --unshare-user",
    )?;
    require(
        !joined || !wishes.user_if_possible,
        "--userns not compatible --unshare-user-try",
    )?;
    require(
        !wishes.forbid_nested_users || wishes.user,
        "--disable-userns requires --unshare-user",
    )?;
    require(
        !wishes.forbid_nested_users || !blocked,
        "--disable-userns is not compatible with  --userns-block-fd",
    )
}

/// Only a root that may administer the system can do without a user namespace.
fn settle_user(draft: &mut Draft) {
    let wishes = &draft.wishes;
    let is_root = draft.caller.uid == 0 && draft.caller.is_administrator;
    let new = NewUserNs {
        maps: match draft.userns_block_fd {
            Some(ready) => IdMaps::External { ready },
            None => IdMaps::Single,
        },
        nesting: if wishes.forbid_nested_users {
            Nesting::Forbidden
        } else {
            Nesting::Allowed
        },
    };
    draft.spec.namespaces.user = match wishes.join_user {
        Some(fd) => UserNs::Join(fd),
        None if wishes.user || !is_root => UserNs::New(new),
        None if wishes.user_if_possible => UserNs::NewIfPossible(new),
        None => UserNs::Host,
    };
}

/// What a command needs. The caller's own ids are no wish.
fn refuse_unmet_needs(draft: &mut Draft) -> Result<(), ParseError> {
    let (wishes, spec) = (&draft.wishes, &mut draft.spec);
    if spec.namespaces.user == UserNs::Host {
        let ids = &mut spec.credentials;
        ids.uid = ids.uid.filter(|&uid| uid != draft.caller.uid);
        ids.gid = ids.gid.filter(|&gid| gid != draft.caller.gid);
        require(
            ids.uid.is_none(),
            "Specifying --uid requires --unshare-user or --userns",
        )?;
        require(
            ids.gid.is_none(),
            "Specifying --gid requires --unshare-user or --userns",
        )?;
    }
    require(
        spec.namespaces.host_name.is_none() || spec.namespaces.uts == Share::New,
        "Specifying --hostname requires --unshare-uts",
    )?;
    require(
        !wishes.as_pid_1 || wishes.pid,
        "Specifying --as-pid-1 requires --unshare-pid",
    )?;
    require(
        !wishes.as_pid_1 || spec.supervision.locks.is_empty(),
        "Specifying --as-pid-1 and --lock-file is not permitted",
    )?;
    require(
        !spec.supervision.kill_at_exit || wishes.pid,
        "Specifying --kill-at-exit requires --unshare-pid",
    )
}

/// A new process filesystem needs a pid namespace that is not the host's.
fn settle_pid(draft: &mut Draft) {
    let wishes = &draft.wishes;
    draft.spec.namespaces.pid = match (wishes.pid, wishes.join_pid) {
        (true, Some(fd)) => PidNs::NewBelow(fd),
        (false, Some(fd)) => PidNs::Join(fd),
        (true, None) => PidNs::New,
        (false, None) => PidNs::Host,
    };
    if draft.spec.namespaces.pid != PidNs::Host {
        return;
    }
    for entry in &mut draft.spec.tree {
        if let Node::Proc(source) = &mut entry.node {
            *source = ProcSource::Host;
        }
    }
}
