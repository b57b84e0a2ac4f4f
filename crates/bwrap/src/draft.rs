//! What the parser has understood so far.

use crate::error::{ParseError, Warning};
use crate::table::{Repeat, Row};
use aril_sandbox::spec::{
    BrokenPipe, CapabilityBase, Credentials, Descriptors, Entry, MissingTargets, Namespaces,
    Network, Node, PidNs, Program, Root, Share, Spec, UserNs,
};
use std::ffi::OsStr;
use std::path::{Path, PathBuf};

/// Who calls. Who cannot make namespaces otherwise always gets a user namespace.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Caller {
    /// The effective user id.
    pub uid: u32,
    /// The effective group id.
    pub gid: u32,
    /// Whether the caller has `CAP_SYS_ADMIN`. Root in a container often has not.
    pub is_administrator: bool,
}

/// How to speak to the caller, and what to say before anything else.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct Notes {
    /// Warnings, in order.
    pub warnings: Vec<Warning>,
    /// Whether messages begin with their level (`--level-prefix`).
    pub level_prefix: bool,
}

/// The options of namespaces, before they are combined.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Wishes {
    pub(crate) user: bool,
    pub(crate) user_if_possible: bool,
    pub(crate) join_user: Option<i32>,
    pub(crate) forbid_nested_users: bool,
    pub(crate) pid: bool,
    pub(crate) join_pid: Option<i32>,
    pub(crate) cgroup: bool,
    pub(crate) cgroup_if_possible: bool,
    pub(crate) as_pid_1: bool,
}

/// The state of a parse. Most options act on the spec at once; what depends on others is kept until
/// [`settle`](crate::settle).
#[derive(Debug)]
pub(crate) struct Draft {
    pub(crate) caller: Caller,
    pub(crate) notes: Notes,
    pub(crate) spec: Spec,
    pub(crate) wishes: Wishes,
    pub(crate) info_fd: Option<i32>,
    pub(crate) json_status_fd: Option<i32>,
    pub(crate) userns_block_fd: Option<i32>,
    pub(crate) forward_signals: bool,
    /// `--perms` that waits for its option.
    pub(crate) mode: Option<u32>,
    /// `--size` that waits for its option.
    pub(crate) size: Option<u64>,
    /// `--overlay-src` that wait for their option.
    pub(crate) layers: Vec<PathBuf>,
    given: Vec<&'static str>,
}

/// The parents of what has no permission bits of its own: only the caller can pass through. It is
/// written down nowhere and depended on.
pub(crate) const PRIVATE_PARENTS: u32 = 0o700;

impl Draft {
    pub(crate) fn new(caller: Caller) -> Self {
        Self {
            caller,
            notes: Notes::default(),
            spec: open_spec(),
            wishes: Wishes::default(),
            info_fd: None,
            json_status_fd: None,
            userns_block_fd: None,
            forward_signals: false,
            mode: None,
            size: None,
            layers: Vec::new(),
            given: Vec::new(),
        }
    }

    /// Takes note of an option that should be given once.
    pub(crate) fn note_repetition(&mut self, row: &Row) -> Result<(), ParseError> {
        if row.repeat == Repeat::Free {
            return Ok(());
        }
        if !self.given.contains(&row.name) {
            self.given.push(row.name);
            return Ok(());
        }
        if row.repeat == Repeat::Never {
            return Err(ParseError::Repeated(row.name));
        }
        self.notes.warnings.push(Warning {
            option: row.name,
            level_prefix: self.notes.level_prefix,
        });
        Ok(())
    }

    /// Appends to the tree; missing parents are private.
    pub(crate) fn push(&mut self, target: &OsStr, node: Node) {
        self.push_below(PRIVATE_PARENTS, target, node);
    }

    /// Appends to the tree; missing parents let in whom the mode of the thing itself lets in.
    pub(crate) fn push_with_mode(&mut self, mode: u32, target: &OsStr, node: Node) {
        self.push_below(parents_of(mode), target, node);
    }

    fn push_below(&mut self, parents: u32, target: &OsStr, node: Node) {
        let target = Path::new(target).to_owned();
        self.spec.tree.push(Entry {
            target,
            parents,
            node,
            origin: None,
        });
    }
}

fn parents_of(mode: u32) -> u32 {
    let mut parents = 0o755;
    if mode & 0o070 == 0 {
        parents &= !0o050;
    }
    if mode & 0o007 == 0 {
        parents &= !0o005;
    }
    parents
}

/// Where the dialect begins: everything is shared until it is unshared.
fn open_spec() -> Spec {
    Spec {
        program: Program {
            inherit_environment: true,
            descriptors: Descriptors::Inherit,
            broken_pipe: BrokenPipe::Inherit,
            ..Program::default()
        },
        namespaces: Namespaces {
            user: UserNs::Host,
            pid: PidNs::Host,
            network: Network::Host,
            ipc: Share::Host,
            uts: Share::Host,
            cgroup: Share::Host,
            ..Namespaces::default()
        },
        credentials: Credentials {
            capability_base: CapabilityBase::Callers,
            ..Credentials::default()
        },
        root: Root {
            missing: MissingTargets::Create,
            ..Root::default()
        },
        ..Spec::default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parents_let_in_whom_the_thing_lets_in() {
        for (mode, parents) in [
            (0o755, 0o755),
            (0o777, 0o755),
            (0o700, 0o700),
            (0o750, 0o750),
            (0o705, 0o705),
            (0o640, 0o750),
            (0o600, 0o700),
        ] {
            assert_eq!(parents_of(mode), parents, "{mode:o}");
        }
    }
}
