//! The names under which rules are chosen together.

use std::collections::BTreeSet;

use crate::RuleSetError;

/// Rules that stand or fall together.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Group {
    /// The name, as in `+name` and `-name`.
    pub name: &'static str,
    /// What the rules are about.
    pub about: &'static str,
    /// Whether the set `default` has them.
    pub in_default: bool,
    /// Whether the set `flatpak` has them.
    pub in_flatpak: bool,
}

/// Every group, first flatpak's, then the hardening, then those that are off unless asked for.
pub fn groups() -> &'static [Group] {
    GROUPS
}

pub(crate) fn find(name: &str) -> Result<&'static Group, RuleSetError> {
    GROUPS
        .iter()
        .find(|group| group.name == name)
        .ok_or_else(|| RuleSetError::UnknownGroup(name.to_owned()))
}

pub(crate) fn names(chosen: impl Fn(&Group) -> bool) -> BTreeSet<&'static str> {
    GROUPS
        .iter()
        .filter(|group| chosen(group))
        .map(|group| group.name)
        .collect()
}

const fn contract(name: &'static str, about: &'static str) -> Group {
    Group {
        name,
        about,
        in_default: true,
        in_flatpak: true,
    }
}

const fn hardening(name: &'static str, about: &'static str) -> Group {
    Group {
        name,
        about,
        in_default: true,
        in_flatpak: false,
    }
}

const fn optional(name: &'static str, about: &'static str) -> Group {
    Group {
        name,
        about,
        in_default: false,
        in_flatpak: false,
    }
}

const GROUPS: &[Group] = &[
    contract("syslog", "the kernel's log"),
    contract("uselib", "shared libraries as of 1995"),
    contract("acct", "process accounting"),
    contract("quotactl", "disk quotas"),
    contract("keyring", "keys in the kernel, not divided by namespaces"),
    contract("numa", "on which memory node a page lies"),
    contract("namespaces", "new and other namespaces"),
    contract("mounts", "the mount tree"),
    contract("terminal", "typing into the terminal outside"),
    contract("modify_ldt", "16-bit segments on x86"),
    contract("perf", "performance counters"),
    contract("ptrace", "tracing"),
    contract("personality", "execution domains"),
    contract("sockets", "socket families other than the usual five"),
    contract(
        "socketcall",
        "32-bit x86 sockets behind a pointer that a filter cannot follow",
    ),
    hardening("io_uring", "system calls that no filter sees"),
    hardening("userfaultfd", "page faults at leisure"),
    hardening("bpf", "programs in the kernel"),
    hardening("process_vm", "another process's memory"),
    hardening("kcmp", "comparing kernel pointers"),
    hardening("file_handles", "files by number instead of by name"),
    hardening("pidfd_getfd", "another process's file descriptors"),
    hardening("mount_info", "mounts and namespaces by number"),
    hardening("open_tree_attr", "mount trees, the newest call"),
    hardening("lsm", "attributes of security modules"),
    hardening("numa_home_node", "memory nodes, the newest call"),
    hardening("quotactl_fd", "disk quotas by descriptor"),
    hardening("kexec", "another kernel"),
    hardening("modules", "kernel modules"),
    hardening("reboot", "the machine itself"),
    hardening("swap", "swap areas"),
    hardening("clock", "setting the clock"),
    hardening("rawio", "I/O ports"),
    hardening("vm86", "virtual 8086 mode"),
    hardening("packet", "packet sockets by their oldest name"),
    hardening(
        "netlink",
        "netlink protocols that configure the firewall and IPsec",
    ),
    hardening(
        "group_priority",
        "the priority of the process group, which has processes of the host's",
    ),
    optional(
        "group_signals",
        "refuses signals to one's own process group, which has processes of the host's",
    ),
    optional(
        "suid",
        "refuses files that run as their owner for everybody, outside too; aril exec has it",
    ),
    optional("bluetooth", "lets Bluetooth sockets through"),
    optional("canbus", "lets CAN bus sockets through"),
    optional(
        "linux32",
        "lets a program call itself 32-bit: personality(PER_LINUX32)",
    ),
];
