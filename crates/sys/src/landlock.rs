//! Landlock: rights that a process gives up for itself and all that it starts (`landlock(7)`).
//!
//! Raw calls and not a library: they are made between clone and exec, where nothing may allocate.

use crate::syscall::syscall;
use crate::{Fd, Result};
use core::mem::size_of;
use linux_raw_sys::landlock as raw;

pub use linux_raw_sys::landlock::{
    LANDLOCK_ACCESS_FS_EXECUTE as EXECUTE, LANDLOCK_ACCESS_FS_IOCTL_DEV as IOCTL_DEV,
    LANDLOCK_ACCESS_FS_MAKE_BLOCK as MAKE_BLOCK, LANDLOCK_ACCESS_FS_MAKE_CHAR as MAKE_CHAR,
    LANDLOCK_ACCESS_FS_MAKE_DIR as MAKE_DIR, LANDLOCK_ACCESS_FS_MAKE_FIFO as MAKE_FIFO,
    LANDLOCK_ACCESS_FS_MAKE_REG as MAKE_REG, LANDLOCK_ACCESS_FS_MAKE_SOCK as MAKE_SOCK,
    LANDLOCK_ACCESS_FS_MAKE_SYM as MAKE_SYM, LANDLOCK_ACCESS_FS_READ_DIR as READ_DIR,
    LANDLOCK_ACCESS_FS_READ_FILE as READ_FILE, LANDLOCK_ACCESS_FS_REFER as REFER,
    LANDLOCK_ACCESS_FS_REMOVE_DIR as REMOVE_DIR, LANDLOCK_ACCESS_FS_REMOVE_FILE as REMOVE_FILE,
    LANDLOCK_ACCESS_FS_TRUNCATE as TRUNCATE, LANDLOCK_ACCESS_FS_WRITE_FILE as WRITE_FILE,
    LANDLOCK_ACCESS_NET_BIND_TCP as BIND_TCP, LANDLOCK_ACCESS_NET_CONNECT_TCP as CONNECT_TCP,
    LANDLOCK_SCOPE_ABSTRACT_UNIX_SOCKET as SCOPE_ABSTRACT_SOCKETS,
    LANDLOCK_SCOPE_SIGNAL as SCOPE_SIGNALS,
};

/// What a ruleset takes away, each a sum of this module's bits; rules give parts of it back.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Handled {
    /// Rights on files.
    pub files: u64,
    /// Rights on TCP ports (ABI 4, Linux 6.7).
    pub tcp: u64,
    /// What ends at the border of the domain (ABI 6, Linux 6.12). No rule gives it back.
    pub scopes: u64,
}

/// The kernel's Landlock ABI, 1 and up. `ENOSYS`: the kernel is built without Landlock;
/// `EOPNOTSUPP`: it is switched off at boot.
pub fn abi() -> Result<u32> {
    let version = raw::LANDLOCK_CREATE_RULESET_VERSION;
    // SAFETY: no pointer is passed.
    unsafe { syscall!(__NR_landlock_create_ruleset, 0, 0, version) }.map(|abi| abi as u32)
}

/// Makes a ruleset, close-on-exec (`landlock_create_ruleset(2)`). An older kernel takes the longer
/// structure as long as what it does not know is zero.
pub fn create_ruleset(handled: Handled) -> Result<Fd> {
    let attributes = raw::landlock_ruleset_attr {
        handled_access_fs: handled.files,
        handled_access_net: handled.tcp,
        scoped: handled.scopes,
    };
    let size = size_of::<raw::landlock_ruleset_attr>();
    // SAFETY: the structure lives through the call and has the size given.
    unsafe { syscall!(__NR_landlock_create_ruleset, &raw const attributes, size, 0) }
        .map(Fd::from_return)
}

/// Gives back rights on the file or tree that `place` is open on (`landlock_add_rule(2)`).
pub fn add_path(ruleset: Fd, access: u64, place: Fd) -> Result<()> {
    let rule = raw::landlock_path_beneath_attr {
        allowed_access: access,
        parent_fd: place.number(),
    };
    let kind = raw::landlock_rule_type::LANDLOCK_RULE_PATH_BENEATH as u32;
    // SAFETY: the rule lives through the call and is of the kind named.
    unsafe {
        syscall!(
            __NR_landlock_add_rule,
            ruleset.arg(),
            kind,
            &raw const rule,
            0
        )
    }
    .map(drop)
}

/// Gives back rights on a TCP port (`landlock_add_rule(2)`, ABI 4).
pub fn add_port(ruleset: Fd, access: u64, port: u16) -> Result<()> {
    let rule = raw::landlock_net_port_attr {
        allowed_access: access,
        port: u64::from(port),
    };
    let kind = raw::landlock_rule_type::LANDLOCK_RULE_NET_PORT as u32;
    // SAFETY: the rule lives through the call and is of the kind named.
    unsafe {
        syscall!(
            __NR_landlock_add_rule,
            ruleset.arg(),
            kind,
            &raw const rule,
            0
        )
    }
    .map(drop)
}

/// Puts the calling thread, and all that it starts, under the ruleset for ever
/// (`landlock_restrict_self(2)`). Needs `no_new_privs` or `CAP_SYS_ADMIN`.
pub fn restrict_self(ruleset: Fd) -> Result<()> {
    // SAFETY: no pointer is passed.
    unsafe { syscall!(__NR_landlock_restrict_self, ruleset.arg(), 0) }.map(drop)
}
