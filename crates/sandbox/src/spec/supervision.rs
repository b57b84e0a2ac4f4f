//! What stays beside the payload, and what ends with whom.

use std::path::PathBuf;

/// Supervision of a sandbox.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Supervision {
    /// Whether our init is the payload's parent.
    pub init: Init,
    /// Everything inside ends when the launching process ends, however it ends.
    pub die_with_launcher: bool,
    /// Everything inside ends when the payload does; needs init in an own pid namespace.
    pub kill_at_exit: bool,
    /// Descriptors that init keeps open and the payload does not get: their last copy closes when
    /// the last process of the sandbox is gone.
    pub sync_fds: Vec<i32>,
    /// Paths inside on which init holds a shared lock (`F_OFD_SETLK`). It is taken before the
    /// payload starts; a lock that cannot be had stops the start.
    pub locks: Vec<PathBuf>,
    /// Before the program is executed a byte, or the end, is awaited on this descriptor.
    pub block_fd: Option<i32>,
    /// Descriptors that are the launcher's alone: the child closes its copies first of all, so that
    /// whoever reads at the other end sees the end when the launcher closes them.
    pub launcher_fds: Vec<i32>,
    /// The launcher tells of the new process, its id and namespaces, before the payload begins:
    /// [`Plan::launch_announced`](crate::Plan::launch_announced).
    pub announce: bool,
}

/// Whether init runs beside the payload.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub enum Init {
    /// As process 1 of a new pid namespace, and where locks or sync descriptors need a holder.
    #[default]
    Auto,
    /// Never: the payload is process 1 itself and must reap its orphans.
    PayloadIsFirst,
}

/// A seccomp program: an array of `struct sock_filter`, as `seccomp(2)` takes it.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub enum SeccompProgram {
    /// The bytes.
    Bytes(Vec<u8>),
    /// The bytes of a program whose refusals are told: what it would refuse with an errno is refused
    /// so by the launcher, which counts it ([`Sandbox::denials`](crate::Sandbox::denials)). What it
    /// allows costs nothing more. At most one; `sendmsg(2)` must be allowed.
    Reported(Vec<u8>),
    /// The same, and calls for which the program asks a supervisor (`SECCOMP_RET_USER_NOTIF`) are let
    /// go after a look at what they name ([`Sandbox::observations`](crate::Sandbox::observations)): the
    /// bytes of a [policy that observes](aril_seccomp::Policy::observing). Each such call waits for
    /// the launcher, some 50 microseconds, and fails with `ENOSYS` once the sandbox is detached. `userfaultfd(2)` must be
    /// refused, by which a payload could make the launcher wait.
    Observed(Vec<u8>),
    /// Read from this descriptor when the plan is made.
    Fd(i32),
    /// Read from this descriptor in the child, after [`Supervision::block_fd`] was released.
    LateFd(i32),
}
