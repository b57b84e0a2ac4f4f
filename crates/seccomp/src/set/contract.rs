//! What flatpak refuses, rule by rule: the contract that installed applications know.
//!
//! Where a call is newer than the C libraries in use, ENOSYS makes them take the older way.
//! Of the rules for one call the first that holds decides, so exceptions come first.

use linux_raw_sys::errno::{EAFNOSUPPORT, ENOSYS, EPERM};
use linux_raw_sys::general::CLONE_NEWUSER;
use linux_raw_sys::ioctl::{TIOCLINUX, TIOCSTI};
use linux_raw_sys::net::{AF_BLUETOOTH, AF_CAN, AF_INET, AF_INET6, AF_NETLINK, AF_UNIX, AF_UNSPEC};

use super::row::{Row, fail};
use crate::Action::Allow;
use crate::Compare::{Eq, MaskedEq};
use crate::{Arg::A0, Arg::A1, Condition, Condition::Int};

/// `SYS_SOCKET` in linux/net.h: the first argument of socketcall(2).
const SYS_SOCKET: u32 = 1;
/// `PER_LINUX` and `PER_LINUX32` in linux/personality.h.
const PER_LINUX: u32 = 0;
const PER_LINUX32: u32 = 8;

const NEW_USER_NS: &[Condition] = &[Int(
    A0,
    MaskedEq {
        mask: CLONE_NEWUSER,
        value: CLONE_NEWUSER,
    },
)];

const fn family(family: u32) -> Condition {
    Int(A0, Eq(family))
}

#[rustfmt::skip]
pub(crate) const ROWS: &[Row] = &[
    Row::always("syslog", "syslog", fail(EPERM), "the kernel's log tells addresses and other users' doings"),
    Row::always("uselib", "uselib", fail(EPERM), "obsolete, and a way to map files as code"),
    Row::always("acct", "acct", fail(EPERM), "makes the kernel write a log of all processes"),
    Row::always("quotactl", "quotactl", fail(EPERM), "tells and sets other users' quotas"),
    Row::always("keyring", "add_key keyctl request_key", fail(EPERM), "keyrings cross the sandbox's border"),
    Row::always("numa", "move_pages mbind get_mempolicy set_mempolicy migrate_pages", fail(EPERM), "rarely used, and often the door of kernel bugs"),
    Row::always("namespaces", "unshare setns", fail(EPERM), "a new user namespace opens the kernel's privileged side"),
    Row::always("namespaces", "clone", fail(EPERM), "a new user namespace opens the kernel's privileged side").when(NEW_USER_NS),
    Row::always("namespaces", "clone3", fail(ENOSYS), "its flags lie behind a pointer; the C library falls back to clone"),
    Row::always("mounts", "mount umount umount2 pivot_root chroot", fail(EPERM), "the mount tree is the sandbox"),
    Row::always("mounts", "open_tree move_mount fsopen fsconfig fsmount fspick mount_setattr", fail(ENOSYS), "the mount tree is the sandbox (CVE-2021-41133)"),
    Row::always("terminal", "ioctl", fail(EPERM), "types into the terminal outside (CVE-2017-5226, CVE-2019-10063)").when(&[Int(A1, Eq(TIOCSTI))]),
    Row::always("terminal", "ioctl", fail(EPERM), "pastes into the console outside (CVE-2023-28100)").when(&[Int(A1, Eq(TIOCLINUX))]),
    Row::always("modify_ldt", "modify_ldt", fail(EPERM), "only 16-bit programs need it, and it was the door of kernel bugs"),
    Row::always("perf", "perf_event_open", fail(EPERM), "large, and tells what runs beside"),
    Row::always("ptrace", "ptrace", fail(EPERM), "takes over another process of the sandbox"),
    Row::always("personality", "personality", Allow, "the usual execution domain").when(&[Int(A0, Eq(PER_LINUX))]),
    Row::always("linux32", "personality", Allow, "a 32-bit program's execution domain").when(&[Int(A0, Eq(PER_LINUX32))]),
    Row::always("personality", "personality", fail(EPERM), "other execution domains weaken the layout of memory"),
    Row::always("sockets", "socket", Allow, "no family").when(&[family(AF_UNSPEC)]),
    Row::always("sockets", "socket", Allow, "local sockets").when(&[family(AF_UNIX)]),
    Row::always("sockets", "socket", Allow, "IPv4; the network namespace decides").when(&[family(AF_INET)]),
    Row::always("sockets", "socket", Allow, "IPv6; the network namespace decides").when(&[family(AF_INET6)]),
    Row::always("sockets", "socket", Allow, "C libraries list interfaces with netlink").when(&[family(AF_NETLINK)]),
    Row::always("bluetooth", "socket", Allow, "asked for").when(&[family(AF_BLUETOOTH)]),
    Row::always("canbus", "socket", Allow, "asked for").when(&[family(AF_CAN)]),
    Row::always("sockets", "socket", fail(EAFNOSUPPORT), "rare families, often the door of kernel bugs"),
    Row::always("socketcall", "socketcall", fail(EAFNOSUPPORT), "the family lies behind a pointer; socket(2) is there since Linux 4.3").when(&[Int(A0, Eq(SYS_SOCKET))]),
];
