//! The group `suid`: no file becomes one that runs as its owner, or with its group, for everybody.
//!
//! Such a file in a directory that is shared with the sandbox waits for a process outside, where its mount
//! has no `nosuid` and no `no_new_privs` holds. For who starts it the payload's program is then the user's
//! own, or root's. Only the mode makes it so; writing to a file that has the bits takes them away
//! (`file_remove_privs` in fs/inode.c).

use linux_raw_sys::errno::{ENOSYS, EPERM};
use linux_raw_sys::general::{__O_TMPFILE, O_CREAT, S_ISGID, S_ISUID};

use super::row::{Row, fail};
use crate::Compare::MaskedEq;
use crate::{Arg, Arg::A1, Arg::A2, Arg::A3, Condition, Condition::Int};

const WHY: &str = "a program that everybody runs as its owner, outside too";

/// A bit of an argument that the kernel reads as an `int` or less.
const fn bit(arg: Arg, bit: u32) -> Condition {
    Int(
        arg,
        MaskedEq {
            mask: bit,
            value: bit,
        },
    )
}

/// The mode of a call that does nothing else.
const fn mode(arg: Arg, bits: u32) -> [Condition; 1] {
    [bit(arg, bits)]
}

/// The mode counts where a file is made: `open(2)` reads it with no other flag, and elsewhere the register
/// holds anything.
const fn made(flags: Arg, mode: Arg, bits: (u32, u32)) -> [Condition; 2] {
    [bit(flags, bits.0), bit(mode, bits.1)]
}

const USER_A1: &[Condition] = &mode(A1, S_ISUID);
const GROUP_A1: &[Condition] = &mode(A1, S_ISGID);
const USER_A2: &[Condition] = &mode(A2, S_ISUID);
const GROUP_A2: &[Condition] = &mode(A2, S_ISGID);

#[rustfmt::skip]
pub(crate) const ROWS: &[Row] = &[
    Row::always("suid", "chmod fchmod creat mknod", fail(EPERM), WHY).when(USER_A1),
    Row::always("suid", "chmod fchmod creat mknod", fail(EPERM), WHY).when(GROUP_A1),
    Row::always("suid", "fchmodat fchmodat2 mknodat", fail(EPERM), WHY).when(USER_A2),
    Row::always("suid", "fchmodat fchmodat2 mknodat", fail(EPERM), WHY).when(GROUP_A2),
    Row::always("suid", "open", fail(EPERM), WHY).when(&made(A1, A2, (O_CREAT, S_ISUID))),
    Row::always("suid", "open", fail(EPERM), WHY).when(&made(A1, A2, (O_CREAT, S_ISGID))),
    Row::always("suid", "open", fail(EPERM), WHY).when(&made(A1, A2, (__O_TMPFILE, S_ISUID))),
    Row::always("suid", "open", fail(EPERM), WHY).when(&made(A1, A2, (__O_TMPFILE, S_ISGID))),
    Row::always("suid", "openat", fail(EPERM), WHY).when(&made(A2, A3, (O_CREAT, S_ISUID))),
    Row::always("suid", "openat", fail(EPERM), WHY).when(&made(A2, A3, (O_CREAT, S_ISGID))),
    Row::always("suid", "openat", fail(EPERM), WHY).when(&made(A2, A3, (__O_TMPFILE, S_ISUID))),
    Row::always("suid", "openat", fail(EPERM), WHY).when(&made(A2, A3, (__O_TMPFILE, S_ISGID))),
    Row::always("suid", "openat2", fail(ENOSYS), "its mode lies behind a pointer; programs fall back to openat"),
];
