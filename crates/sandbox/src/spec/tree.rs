//! What appears in the sandbox's root.

use std::ffi::OsString;
use std::path::PathBuf;

/// The root: an empty tmpfs (nosuid, nodev).
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Root {
    /// The most bytes that can be stored in it; `None` is the kernel's default, half of memory.
    pub size: Option<u64>,
    /// Whether the payload can write to the root itself. Mounts in it are not affected.
    pub access: Access,
    /// What happens where the tree would change a filesystem that is not the sandbox's own.
    pub missing: MissingTargets,
    /// A mount below the source of a bind that refuses its attributes is passed over. The sandbox is
    /// then not a security boundary.
    pub lax_submounts: bool,
}

impl Default for Root {
    fn default() -> Self {
        Self {
            size: None,
            access: Access::ReadWrite,
            missing: MissingTargets::Refuse,
            lax_submounts: false,
        }
    }
}

/// Targets in the host's own tree that do not exist and would have to be created, that exist and would
/// be overwritten ([`Node::File`]), or would get other permission bits ([`Node::Mode`]).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub enum MissingTargets {
    /// The start fails: nothing is created or changed in the user's tree.
    #[default]
    Refuse,
    /// They are created or changed there, and stay.
    Create,
}

/// Whether something can be written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub enum Access {
    /// It can only be read, with every mount below it.
    #[default]
    ReadOnly,
    /// It can be written as its owner and mode permit.
    ReadWrite,
}

/// One thing at one place.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Entry {
    /// Where, inside. A relative path begins at the root. Symlinks inside are followed inside; `..`
    /// stops at the root.
    pub target: PathBuf,
    /// The permission bits of directories that have to be made above the target.
    pub parents: u32,
    /// What.
    pub node: Node,
    /// Who asked for it, in words for a person: an option, `FILE:LINE`, a layer. The plan shows it.
    pub origin: Option<String>,
}

/// What an [`Entry`] puts at its target.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub enum Node {
    /// A file or tree of the host, with all that is mounted below it.
    Bind(Bind),
    /// An empty filesystem in memory (nosuid, nodev).
    Tmpfs {
        /// The most bytes it can hold; `None` is half of memory.
        size: Option<u64>,
        /// The permission bits of its root.
        mode: u32,
    },
    /// The process filesystem.
    Proc(ProcSource),
    /// A minimal `/dev`: null, zero, full, random, urandom, tty, own ptys, shm and the usual links.
    Dev,
    /// POSIX message queues of the sandbox's IPC namespace.
    Mqueue,
    /// Layers united (overlayfs).
    Overlay(Overlay),
    /// A directory; one that exists stays as it is.
    Directory {
        /// Its permission bits if it is made.
        mode: u32,
    },
    /// A file with these contents, written into whatever filesystem is at the target.
    File {
        /// Its permission bits if it is made.
        mode: u32,
        /// The contents.
        data: Data,
    },
    /// A file with these contents, mounted over the target.
    Data {
        /// Its permission bits.
        mode: u32,
        /// The contents.
        data: Data,
        /// Whether the payload can write it.
        access: Access,
    },
    /// A symlink. One that exists and points to the same path is fine.
    Symlink {
        /// Where it points.
        to: OsString,
    },
    /// Other permission bits for something that exists.
    Mode {
        /// The permission bits.
        mode: u32,
    },
    /// The mount at the target becomes read-only, without those below it.
    ReadOnly,
    /// What is at the target, which must exist, is mounted on itself with everything below it. The
    /// kernel refuses to rename, replace or remove a place that something is mounted on (`EBUSY`), in
    /// the sandbox and only there. The place is opened once: no path is looked up on the host.
    Pin {
        /// Whether it can be written.
        access: Access,
        /// What is pinned where the target is a symlink.
        link: Link,
    },
}

/// What is meant by a target that is a symlink.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub enum Link {
    /// What it leads to, inside.
    #[default]
    Followed,
    /// The symlink itself.
    Itself,
}

/// A bind mount.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Bind {
    /// What of the host is shown.
    pub source: Source,
    /// Whether it can be written.
    pub access: Access,
    /// Whether device nodes in it work.
    pub devices: Devices,
    /// A source that does not exist is passed over.
    pub optional: bool,
    /// Mounts that the host makes below the source later appear inside (`MS_SLAVE`). Read-only binds
    /// never have it: what appeared would be writable.
    pub live: bool,
}

/// The source of a bind mount.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub enum Source {
    /// A path of the host; symlinks are followed.
    Path(PathBuf),
    /// What a descriptor is open on. It is found again by its path and compared by device and inode.
    Fd(i32),
}

/// Whether device nodes can be opened through a mount.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub enum Devices {
    /// They cannot (nodev).
    #[default]
    Refused,
    /// They can.
    Allowed,
}

/// Contents of a file.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub enum Data {
    /// These bytes.
    Bytes(Vec<u8>),
    /// All that can be read from this descriptor.
    Fd(i32),
}

/// Where `/proc` comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub enum ProcSource {
    /// A new one for the sandbox's pid namespace.
    #[default]
    New,
    /// The host's, bound: every process of the host is visible.
    Host,
    /// A new one where the kernel grants it; inside a container that masks parts of `/proc` it does
    /// not, and the host's is bound instead. The status tells.
    NewElseHost,
}

/// Layers united into one tree (Documentation/filesystems/overlayfs.rst).
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Overlay {
    /// Paths of the host, the lowest first.
    pub layers: Vec<PathBuf>,
    /// Where writes go.
    pub upper: Upper,
}

/// Where writes to an overlay go.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub enum Upper {
    /// Nowhere: the overlay is read-only. Needs two layers.
    None,
    /// Into memory; gone with the sandbox.
    Temporary,
    /// Into a directory of the host.
    Kept {
        /// The directory that receives changes.
        changes: PathBuf,
        /// An empty directory of the same filesystem that the kernel works in.
        work: PathBuf,
    },
}

impl Entry {
    /// An entry whose missing parents are made with mode 0755.
    pub fn new(target: impl Into<PathBuf>, node: Node) -> Self {
        Self {
            target: target.into(),
            parents: 0o755,
            node,
            origin: None,
        }
    }

    /// The same, with who asked for it.
    pub fn from_origin(mut self, origin: impl Into<String>) -> Self {
        self.origin = Some(origin.into());
        self
    }

    /// A bind mount without devices.
    pub fn bind(source: impl Into<PathBuf>, target: impl Into<PathBuf>, access: Access) -> Self {
        let source = Source::Path(source.into());
        let devices = Devices::Refused;
        Self::new(
            target,
            Node::Bind(Bind {
                source,
                access,
                devices,
                optional: false,
                live: false,
            }),
        )
    }

    /// A new process filesystem.
    pub fn proc(target: impl Into<PathBuf>) -> Self {
        Self::new(target, Node::Proc(ProcSource::New))
    }

    /// A minimal `/dev`.
    pub fn dev(target: impl Into<PathBuf>) -> Self {
        Self::new(target, Node::Dev)
    }

    /// An empty filesystem in memory with mode 0755.
    pub fn tmpfs(target: impl Into<PathBuf>) -> Self {
        Self::new(
            target,
            Node::Tmpfs {
                size: None,
                mode: 0o755,
            },
        )
    }

    /// A symlink at `target` that points to `to`.
    pub fn symlink(to: impl Into<OsString>, target: impl Into<PathBuf>) -> Self {
        Self::new(target, Node::Symlink { to: to.into() })
    }

    /// The same entry; if it is a bind mount whose source does not exist, it is passed over.
    pub fn optional(mut self) -> Self {
        if let Node::Bind(bind) = &mut self.node {
            bind.optional = true;
        }
        self
    }
}
