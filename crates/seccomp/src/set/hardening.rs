//! What the set `default` refuses beyond flatpak's rules.
//!
//! ENOSYS where programs know how to do without, as on an older kernel; EPERM where the
//! kernel itself would answer so to an ordinary user.

use linux_raw_sys::errno::{EAFNOSUPPORT, ENOSYS, EPERM, EPROTONOSUPPORT};
use linux_raw_sys::general::PRIO_PGRP;
use linux_raw_sys::net::{AF_INET, AF_NETLINK};

use super::row::{Row, fail};
use crate::Compare::{Eq, MaskedEq};
use crate::{Arg, Condition, Condition::Int};

/// `IOPRIO_WHO_PGRP` in linux/ioprio.h.
const IOPRIO_WHO_PGRP: u32 = 2;
/// `NETLINK_XFRM` and `NETLINK_NETFILTER` in linux/netlink.h.
const NETLINK_XFRM: u32 = 6;
const NETLINK_NETFILTER: u32 = 12;
/// `SOCK_TYPE_MASK` and `SOCK_PACKET` in linux/net.h: the kernel turns a socket of family
/// AF_INET and this type into one of family AF_PACKET.
const SOCK_TYPE_MASK: u32 = 0xf;
const SOCK_PACKET: u32 = 10;

const OLD_PACKET: &[Condition] = &[
    Int(Arg::A0, Eq(AF_INET)),
    Int(
        Arg::A1,
        MaskedEq {
            mask: SOCK_TYPE_MASK,
            value: SOCK_PACKET,
        },
    ),
];
const XFRM: &[Condition] = &[Int(Arg::A0, Eq(AF_NETLINK)), Int(Arg::A2, Eq(NETLINK_XFRM))];
const NETFILTER: &[Condition] = &[
    Int(Arg::A0, Eq(AF_NETLINK)),
    Int(Arg::A2, Eq(NETLINK_NETFILTER)),
];

/// The group that the caller is in. Other groups are found by their numbers in its pid namespace, and
/// processes outside have none there; this one reaches them.
const OWN_GROUP: &[Condition] = &[Int(Arg::A0, Eq(PRIO_PGRP)), Int(Arg::A1, Eq(0))];
const OWN_IO_GROUP: &[Condition] = &[Int(Arg::A0, Eq(IOPRIO_WHO_PGRP)), Int(Arg::A1, Eq(0))];

#[rustfmt::skip]
pub(crate) const ROWS: &[Row] = &[
    Row::always("io_uring", "io_uring_setup io_uring_enter io_uring_register", fail(ENOSYS), "opens, connects and makes sockets past every filter"),
    Row::always("userfaultfd", "userfaultfd", fail(EPERM), "stops the kernel in the middle of a copy: half of many exploits"),
    Row::always("bpf", "bpf", fail(EPERM), "runs programs in the kernel"),
    Row::always("process_vm", "process_vm_readv process_vm_writev", fail(EPERM), "reads and writes another process, as ptrace does"),
    Row::always("kcmp", "kcmp", fail(ENOSYS), "orders kernel pointers"),
    Row::always("file_handles", "open_by_handle_at", fail(EPERM), "opens files by number, past every directory that hides them"),
    Row::always("file_handles", "name_to_handle_at", fail(ENOSYS), "tells the numbers, and mount ids"),
    Row::always("pidfd_getfd", "pidfd_getfd", fail(EPERM), "takes file descriptors from another process, as ptrace does"),
    Row::always("mount_info", "statmount listmount", fail(ENOSYS), "mounts by number; programs fall back to mountinfo"),
    Row::always("mount_info", "listns", fail(ENOSYS), "namespaces by number"),
    Row::always("open_tree_attr", "open_tree_attr", fail(ENOSYS), "open_tree and mount_setattr in one"),
    Row::always("lsm", "lsm_get_self_attr lsm_set_self_attr lsm_list_modules", fail(ENOSYS), "changes the labels under which the sandbox runs"),
    Row::always("numa_home_node", "set_mempolicy_home_node", fail(ENOSYS), "belongs to the memory policy calls, which are refused"),
    Row::always("quotactl_fd", "quotactl_fd", fail(EPERM), "quotactl by another way"),
    Row::always("kexec", "kexec_load kexec_file_load", fail(EPERM), "starts another kernel"),
    Row::always("modules", "init_module finit_module delete_module", fail(EPERM), "changes the kernel"),
    Row::always("reboot", "reboot", fail(EPERM), "stops the machine"),
    Row::always("swap", "swapon swapoff", fail(EPERM), "changes the machine's memory"),
    Row::always("clock", "settimeofday clock_settime clock_settime64 stime", fail(EPERM), "the clock is everybody's"),
    Row::always("rawio", "iopl ioperm", fail(EPERM), "talks to devices directly"),
    Row::always("vm86", "vm86 vm86old", fail(EPERM), "a second processor mode with its own kernel bugs"),
    Row::always("packet", "socket", fail(EAFNOSUPPORT), "AF_PACKET in disguise").when(OLD_PACKET),
    Row::always("netlink", "socket", fail(EPROTONOSUPPORT), "IPsec policy").when(XFRM),
    Row::always("netlink", "socket", fail(EPROTONOSUPPORT), "firewall tables").when(NETFILTER),
    Row::always("group_priority", "setpriority", fail(EPERM), "slows down what the sandbox was started with").when(OWN_GROUP),
    Row::always("group_priority", "ioprio_set", fail(EPERM), "slows down what the sandbox was started with").when(OWN_IO_GROUP),
    Row::always("group_signals", "kill", fail(EPERM), "ends what the sandbox was started with, and its launcher").when(&[Int(Arg::A0, Eq(0))]),
];
