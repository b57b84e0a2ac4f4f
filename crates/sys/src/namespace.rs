//! Namespaces: making, joining, telling them apart (`namespaces(7)`).

use crate::syscall::syscall;
use crate::{Fd, Result};
use linux_raw_sys::general as raw;

/// A set of namespace kinds, the `CLONE_NEW*` bits of `clone(2)`.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Kinds(pub u64);

impl Kinds {
    /// User ids, group ids and capabilities (`user_namespaces(7)`).
    pub const USER: Self = Self(raw::CLONE_NEWUSER as u64);
    /// The mount tree (`mount_namespaces(7)`).
    pub const MOUNT: Self = Self(raw::CLONE_NEWNS as u64);
    /// Process ids (`pid_namespaces(7)`).
    pub const PID: Self = Self(raw::CLONE_NEWPID as u64);
    /// Network devices, ports, abstract sockets (`network_namespaces(7)`).
    pub const NETWORK: Self = Self(raw::CLONE_NEWNET as u64);
    /// System V IPC and POSIX message queues (`ipc_namespaces(7)`).
    pub const IPC: Self = Self(raw::CLONE_NEWIPC as u64);
    /// Host name and domain name (`uts_namespaces(7)`).
    pub const UTS: Self = Self(raw::CLONE_NEWUTS as u64);
    /// The root of the cgroup tree as seen (`cgroup_namespaces(7)`).
    pub const CGROUP: Self = Self(raw::CLONE_NEWCGROUP as u64);
    /// Offsets of the monotonic and boot clocks (`time_namespaces(7)`, Linux 5.6).
    pub const TIME: Self = Self(raw::CLONE_NEWTIME as u64);

    /// Both sets together.
    pub const fn and(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// What is in both sets.
    pub const fn intersect(self, other: Self) -> Self {
        Self(self.0 & other.0)
    }

    /// This set without `other`.
    pub const fn without(self, other: Self) -> Self {
        Self(self.0 & !other.0)
    }

    /// Whether every kind of `other` is in this set.
    pub const fn contains(self, other: Self) -> bool {
        self.0 & other.0 == other.0
    }
}

/// Moves the caller into new namespaces (`unshare(2)`). A new pid namespace is for its children.
pub fn unshare(kinds: Kinds) -> Result<()> {
    // SAFETY: no pointer is passed.
    unsafe { syscall!(__NR_unshare, kinds.0) }.map(drop)
}

/// Moves the caller into the namespace that `fd` names, which must be of `kind` (`setns(2)`).
pub fn join(fd: Fd, kind: Kinds) -> Result<()> {
    // SAFETY: no pointer is passed.
    unsafe { syscall!(__NR_setns, fd.arg(), kind.0) }.map(drop)
}

/// A descriptor for the user namespace that owns the namespace `fd` (`NS_GET_USERNS`,
/// `ioctl_ns(2)`), close-on-exec. `EPERM`: the caller's own is not above it.
pub fn owner(fd: Fd) -> Result<Fd> {
    const NS_GET_USERNS: u32 = 0xb701;
    // SAFETY: no pointer is passed.
    unsafe { syscall!(__NR_ioctl, fd.arg(), NS_GET_USERNS) }.map(Fd::from_return)
}

/// Sets the host name of the caller's UTS namespace (`sethostname(2)`, at most 64 bytes).
pub fn set_host_name(name: &[u8]) -> Result<()> {
    // SAFETY: the pointer and the length are of one slice, read only.
    unsafe { syscall!(__NR_sethostname, name.as_ptr(), name.len()) }.map(drop)
}
