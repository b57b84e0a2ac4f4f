//! The steps: everything that the child does, frozen.

use super::Cgroup;
use crate::spec::{Access, BrokenPipe, IdRange};
use crate::{Capabilities, FileAccess, spec::ResourceLimit};
use aril_sys::landlock::Handled;
use aril_sys::mount::{Attributes, Propagation};
use aril_sys::namespace::Kinds;
use aril_sys::seccomp::Wait;
use std::ffi::{CString, OsString};
use std::sync::Arc;

/// One thing that is done, with everything it needs made ready: no step allocates or decides.
///
/// A `fd` is the number of an inherited descriptor; a `mode` is permission bits; a `size` is a
/// decimal number of bytes.
#[expect(missing_docs, reason = "the fields are explained with their variants")]
#[derive(Clone, Debug)]
pub enum Step {
    /// A cgroup for the sandbox, made by the launcher; the first process begins in it.
    NewCgroup(Cgroup),
    /// `setns(2)` into a user namespace.
    JoinUser { fd: i32 },
    /// `setns(2)` into a pid namespace, for the children.
    JoinPid { fd: i32 },
    /// `setns(2)` into these namespaces of the process that a pidfd names (Linux 5.8); that of process
    /// ids is for the children, and that of mounts brings its root along.
    JoinProcess { fd: i32, namespaces: Kinds },
    /// See that the root is this mount, and this directory of it.
    VerifyRoot(RootIdentity),
    /// Take the memory that is shared with the launcher out of reach of processes in the joined
    /// namespaces (`PR_SET_DUMPABLE` 0).
    HideMemory,
    /// Go on in a process inside the joined pid namespace.
    EnterPid,
    /// `clone3(2)`: the process that builds the sandbox.
    Clone { namespaces: Kinds },
    /// `unshare(2)`: the kinds that need not be there from the process's first moment on.
    Unshare { namespaces: Kinds },
    /// Be killed if the launcher ends while the sandbox is being built.
    TieToLauncher,
    /// `PR_SET_NO_NEW_PRIVS`.
    NoNewPrivs,
    /// Have the launcher write id maps, or tell others about the process.
    CallLauncher,
    /// Wait until the launcher has done that.
    AwaitLauncher,
    /// Wait for a byte, or the end, on a descriptor.
    AwaitByte { fd: i32, why: &'static str },
    /// Write the id maps of the own user namespace.
    WriteMaps(Maps),
    /// Become these ids.
    SetIds { uid: u32, gid: u32 },
    /// Have these supplementary groups.
    SetGroups(Vec<u32>),
    /// A new time namespace with these offsets, for what is executed.
    NewTime { offsets: Box<[u8]> },
    /// Bring up the loopback interface.
    Loopback,
    /// Begin to make a network namespace with a working loopback interface, beside the other steps.
    BeginNetwork,
    /// Join that network namespace.
    JoinNetwork,
    /// See that its loopback interface is up.
    AwaitLoopback,
    /// Set the host name.
    HostName(OsString),
    /// Stop own mounts from reaching the host (`MS_SLAVE`).
    HoldPropagation,
    /// Keep a way to the host's `/proc` for later.
    KeepProc,
    /// A hidden tmpfs that holds contents and temporary layers while the tree is built.
    NewBase,
    /// The empty tmpfs that becomes the root.
    NewRoot { size: Option<CString> },
    /// A bind mount.
    Bind(Bind),
    /// A tmpfs.
    Tmpfs {
        target: Target,
        size: Option<CString>,
        mode: CString,
    },
    /// A process filesystem. `fallback`: the host's, where the kernel does not grant a new one.
    /// `cover`: what can be written in it is covered, read-only.
    Proc {
        target: Target,
        fallback: bool,
        cover: bool,
    },
    /// A new instance of the pseudo-terminal filesystem.
    Devpts { target: Target },
    /// POSIX message queues.
    Mqueue { target: Target },
    /// An overlay.
    Overlay(Overlay),
    /// A directory.
    Directory { target: Target, mode: u32 },
    /// A file written into the filesystem at the target.
    File {
        target: Target,
        mode: u32,
        contents: Contents,
    },
    /// A file mounted over the target.
    Data {
        target: Target,
        mode: u32,
        contents: Contents,
        access: Access,
    },
    /// A symlink.
    Symlink { to: CString, target: Target },
    /// Permission bits.
    Mode { target: Target, mode: u32 },
    /// A mount made read-only.
    ReadOnly { target: Target },
    /// What is at a target mounted on itself. `followed`: through a symlink, not on it.
    Pin {
        target: Target,
        access: Access,
        followed: bool,
    },
    /// The root itself made read-only.
    SealRoot,
    /// Make the new root the root, and let go of the old one.
    Pivot,
    /// Join a user namespace after the tree is built.
    JoinLateUser { fd: i32 },
    /// Permit one more user namespace below this one, and no further.
    LimitUserNs,
    /// A second user namespace, which does not own the mounts.
    NestUser(Maps),
    /// See that no user namespace can be made.
    VerifyNoUserNs,
    /// Take a shared lock on a path inside.
    Lock { path: CString },
    /// Make the program that init executes.
    LoadInit,
    /// Start a new session.
    NewSession,
    /// `clone3(2)`: the process that becomes the payload; the first one becomes init.
    StartPayload,
    /// Make copies of these descriptors 0, 1 and 2, where there is a number.
    Streams([Option<i32>; 3]),
    /// Close these, which the spec used up.
    Close(Vec<i32>),
    /// Keep exactly these beside 0, 1 and 2.
    KeepOnly(Vec<i32>),
    /// Resource limits.
    Limit(ResourceLimit),
    /// `PR_SET_SECUREBITS`.
    SecureBits(u32),
    /// Drop these capabilities from the bounding set, of which the payload keeps the others.
    Bounding {
        drop: Capabilities,
        keep: Capabilities,
    },
    /// Have exactly these capabilities, of which the ambient ones survive an exec under any id.
    Capabilities {
        keep: Capabilities,
        ambient: Capabilities,
    },
    /// Be killed when the parent ends, or be so no longer.
    DieWithParent(bool),
    /// The file mode creation mask; `None` gives back the launcher's.
    Umask(Option<u32>),
    /// The first of these that can be entered.
    WorkingDirectory {
        choices: Vec<CString>,
        required: bool,
    },
    /// Read a seccomp program from a descriptor.
    ReadSeccomp { fd: i32, slot: usize },
    /// See that `no_new_privs` is set, that these are the capabilities, and that those are gone.
    Verify {
        keep: Capabilities,
        ambient: Capabilities,
        gone: Capabilities,
    },
    /// Give up rights for ever, by Landlock.
    Landlock(Ruleset),
    /// Do nothing but tell that this protection, asked for where possible, is not in force.
    Forgo { what: String },
    /// Give signals their last settings, and tell the launcher that all is done but the exec.
    Ready { broken_pipe: BrokenPipe },
    /// Make the relay, with every later step in it.
    LoadRelay,
    /// Become the relay, which does the steps that follow: what `/proc/self/exe` names is then no
    /// longer the launcher's file.
    BecomeRelay,
    /// Install a seccomp program.
    Seccomp { program: Filter },
    /// Install a seccomp program whose refusals are told, and give the launcher the descriptor on
    /// which they are.
    SeccompReported { program: Box<[u8]>, wait: Wait },
    /// Become the program.
    Execute,
}

/// A Landlock ruleset, frozen: only what the kernel has.
#[derive(Clone, Debug)]
pub struct Ruleset {
    /// What is taken away.
    pub handled: Handled,
    /// What is given back, by path.
    pub paths: Vec<PathRule>,
    /// The TCP ports that sockets may be bound to.
    pub bind: Vec<u16>,
    /// The TCP ports that sockets may connect to.
    pub connect: Vec<u16>,
    /// How it is seen that the ruleset is in force.
    pub(crate) probe: Probe,
}

/// Rights on what is at or below a path inside, frozen.
#[derive(Clone, Debug)]
pub struct PathRule {
    /// The path.
    pub path: CString,
    /// The rights that it has as a directory.
    pub access: FileAccess,
    /// The rights that it has as another file.
    pub as_file: FileAccess,
    /// Whether a path that does not exist is passed over.
    pub optional: bool,
}

/// What a ruleset must refuse, to be tried once: the kernel has no call that reads a ruleset back.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Probe {
    /// Listing the root, unless a rule for the root itself is among the paths.
    pub(crate) lists_root: bool,
    /// Binding a TCP socket to port 0.
    pub(crate) binds: bool,
    /// Connecting a TCP socket to this port of the loopback interface.
    pub(crate) connects: Option<u16>,
    /// A signal to the parent, which is outside.
    pub(crate) signals: bool,
}

/// A seccomp program to install.
#[derive(Clone, Debug)]
pub enum Filter {
    /// These bytes.
    Bytes(Box<[u8]>),
    /// What [`Step::ReadSeccomp`] read into the slot.
    Late(usize),
}

/// By what a root directory is told from any other.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RootIdentity {
    /// The id of its mount (`statx(2)`).
    pub mount: u64,
    /// The device of its filesystem.
    pub device: u64,
    /// Its inode number.
    pub inode: u64,
}

/// The texts for `/proc/self/uid_map` and `gid_map`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Maps {
    /// Ranges of user ids.
    pub users: IdRange,
    /// Ranges of group ids.
    pub groups: IdRange,
    /// Lines of `uid_map`.
    pub(crate) users_text: Box<[u8]>,
    /// Lines of `gid_map`.
    pub(crate) groups_text: Box<[u8]>,
    /// Whether `setgroups(2)` must be given up first, which an unprivileged writer has to
    /// (`user_namespaces(7)`, Linux 3.19).
    pub deny_setgroups: bool,
}

impl Maps {
    /// One id each.
    pub fn single(inside: (u32, u32), outside: (u32, u32), deny_setgroups: bool) -> Self {
        let line =
            |inside: u32, outside: u32| format!("{inside} {outside} 1\n").into_bytes().into();
        Self {
            users: IdRange {
                inside: inside.0,
                outside: outside.0,
                count: 1,
            },
            groups: IdRange {
                inside: inside.1,
                outside: outside.1,
                count: 1,
            },
            users_text: line(inside.0, outside.0),
            groups_text: line(inside.1, outside.1),
            deny_setgroups,
        }
    }
}

/// A place inside.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Target {
    /// Relative to the new root; never empty (`.` is the root itself).
    pub path: Arc<std::ffi::CStr>,
    /// Permission bits of directories made above it.
    pub parents: u32,
}

impl Target {
    /// Whether this is the place that `path`, a target of the spec, names.
    pub fn is_at(&self, path: &std::path::Path) -> bool {
        super::strings::target_path(path, "a target").is_ok_and(|named| named == self.path)
    }
}

/// A bind mount, frozen.
#[derive(Clone, Debug)]
pub struct Bind {
    /// Where of the host it comes from.
    pub source: CString,
    /// The device and inode that the source must have, if it was given by descriptor.
    pub identity: Option<(u64, u64)>,
    /// Where.
    pub target: Target,
    /// What it must have at least.
    pub attributes: Attributes,
    /// Whether it stays a slave of the host's mount.
    pub live: bool,
    /// Whether mounts below the source come along.
    pub recursive: bool,
    /// Whether a missing source is passed over.
    pub optional: bool,
    /// It is a process filesystem in which what can be written is to be covered.
    pub covers_proc: bool,
    /// A failure to change a mount *below* the source is passed over, by explicit request.
    pub lax_submounts: bool,
}

impl Bind {
    /// What its mounts do with mounts that appear on the host later.
    pub(crate) fn propagation(&self) -> Option<Propagation> {
        (!self.live).then_some(Propagation::Private)
    }
}

/// An overlay, frozen.
#[derive(Clone, Debug)]
pub struct Overlay {
    /// Where.
    pub target: Target,
    /// Host paths, the lowest first.
    pub layers: Vec<CString>,
    /// Where changes go.
    pub upper: UpperLayer,
    /// Whether the kernel takes layers one by one (`lowerdir+`, Linux 6.7).
    pub one_by_one: bool,
}

/// The writable layer of an overlay.
#[expect(missing_docs, reason = "the fields are explained with their variants")]
#[derive(Clone, Debug)]
pub enum UpperLayer {
    /// None.
    None,
    /// Directories of these names on the hidden base.
    Temporary { changes: CString, work: CString },
    /// Directories of the host.
    Kept { changes: CString, work: CString },
}

/// Contents of a file, frozen.
#[derive(Clone, Debug)]
pub enum Contents {
    /// These bytes.
    Bytes(Box<[u8]>),
    /// All that can be read from the descriptor.
    Fd(i32),
    /// All of the file that the descriptor is open on, from its start.
    Snapshot(i32),
}
