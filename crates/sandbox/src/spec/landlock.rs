//! Landlock: a second border around the payload, which does not depend on what is mounted.

use super::{Access, Devices, Entry, Network, Node, PidNs, Spec, Upper};
use crate::FileAccess;
use std::path::PathBuf;

/// A Landlock domain around the payload and all that it starts (`landlock(7)`).
///
/// It is stricter than it looks in two ways: under any rules on files nothing can be mounted, and with
/// ABI 1 (before Linux 5.19) files cannot be moved or linked from one directory to another. Processes in
/// it cannot trace those outside. What it does not see: UDP, connections to sockets by path, metadata
/// such as `stat(2)` and `chmod(2)`.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Landlock {
    /// What happens where the kernel cannot enforce all of it.
    pub need: Need,
    /// Which rights on files are left; `None` leaves all.
    pub files: Option<FileRules>,
    /// The TCP ports to which sockets may be bound, with 0 for one that the kernel chooses; `None`
    /// leaves all. UDP is not restricted.
    pub tcp_bind: Option<Vec<u16>>,
    /// The TCP ports to which sockets may connect; `None` leaves all.
    pub tcp_connect: Option<Vec<u16>>,
    /// What ends at the border of the domain.
    pub scopes: Scopes,
}

/// Whether a protection may be missing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub enum Need {
    /// All of it is enforced, or the start fails.
    #[default]
    Required,
    /// As much of it as the kernel has; what is missing is told, in the plan and in
    /// [`Instance::fallbacks`](crate::Instance::fallbacks).
    WherePossible,
}

/// Rights on files, by path.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct FileRules {
    /// The rights that only rules give.
    pub handled: FileAccess,
    /// What is given back. The rights of a path are the sum of those of all directories above it.
    pub rules: Vec<PathRule>,
}

/// Rights on one file, or on a directory with all below it.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct PathRule {
    /// A path inside; symlinks are followed inside.
    pub path: PathBuf,
    /// The rights. Those that only directories can have are left out for other files.
    pub access: FileAccess,
    /// A path that does not exist is passed over.
    pub optional: bool,
}

/// What processes of the domain cannot reach outside it (ABI 6, Linux 6.12).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Scopes {
    /// Abstract Unix sockets, such as the X server's. Needed only where the network is the host's.
    pub abstract_sockets: bool,
    /// Processes, with signals. Needed only where the pid namespace is the host's.
    pub signals: bool,
}

impl Landlock {
    /// The domain that fits a spec, where the kernel has it: what the tree gives, given once more.
    ///
    /// The whole root can be read and executed; what the tree makes writable, and nothing else, can
    /// be written; so where the root itself is writable nothing below it is held, since Landlock cannot
    /// take away what a directory above gives. Abstract sockets and processes outside are out of reach, where a namespace does
    /// not see to that.
    pub fn around(spec: &Spec) -> Self {
        let root = match spec.root.access {
            Access::ReadOnly => FileAccess::READ.with(FileAccess::EXECUTE),
            Access::ReadWrite => FileAccess::ALL,
        };
        let rule = |path: PathBuf, access| PathRule {
            path,
            access,
            // It may have been passed over, or covered by a later entry.
            optional: true,
        };
        let mut rules = vec![rule("/".into(), root)];
        rules.extend(spec.tree.iter().filter_map(|entry| {
            let access = rights(entry);
            (!access.is_empty()).then(|| rule(entry.target.clone(), access))
        }));
        Self {
            need: Need::WherePossible,
            files: Some(FileRules {
                handled: FileAccess::ALL,
                rules,
            }),
            tcp_bind: None,
            tcp_connect: None,
            scopes: Scopes {
                abstract_sockets: spec.namespaces.network == Network::Host,
                signals: spec.namespaces.pid == PidNs::Host,
            },
        }
    }
}

/// What an entry gives beyond reading and executing.
fn rights(entry: &Entry) -> FileAccess {
    match &entry.node {
        Node::Bind(bind) => match (bind.access, bind.devices) {
            (Access::ReadWrite, _) => FileAccess::ALL,
            // A device can be written through a read-only mount.
            (Access::ReadOnly, Devices::Allowed) => FileAccess::DEVICE,
            (Access::ReadOnly, Devices::Refused) => FileAccess::NONE,
        },
        Node::Overlay(overlay) if overlay.upper == Upper::None => FileAccess::NONE,
        Node::Data { access, .. } if *access == Access::ReadOnly => FileAccess::NONE,
        Node::Tmpfs { .. }
        | Node::Proc(_)
        | Node::Dev
        | Node::Mqueue
        | Node::Overlay(_)
        | Node::Data { .. } => FileAccess::ALL,
        Node::Directory { .. }
        | Node::File { .. }
        | Node::Symlink { .. }
        | Node::Mode { .. }
        | Node::ReadOnly
        | Node::Pin { .. } => FileAccess::NONE,
    }
}
