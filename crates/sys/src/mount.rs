//! Mounts by file descriptor: the interface of Linux 5.2 (`fsopen(2)`, `open_tree(2)`,
//! `move_mount(2)`) and 5.12 (`mount_setattr(2)`).

use crate::syscall::syscall;
use crate::{Fd, Result};
use core::ffi::CStr;
use core::mem::size_of;
use linux_raw_sys::general as raw;

/// Attributes of a mount, the bits of `mount_setattr(2)`.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Attributes(pub u64);

impl Attributes {
    /// Nothing in the mount can be written.
    pub const READ_ONLY: Self = Self(raw::MOUNT_ATTR_RDONLY as u64);
    /// Set-user-id bits and file capabilities have no effect.
    pub const NO_SUID: Self = Self(raw::MOUNT_ATTR_NOSUID as u64);
    /// Device nodes cannot be opened.
    pub const NO_DEV: Self = Self(raw::MOUNT_ATTR_NODEV as u64);
    /// Programs cannot be executed.
    pub const NO_EXEC: Self = Self(raw::MOUNT_ATTR_NOEXEC as u64);

    /// Both sets together.
    pub const fn and(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// Whether every attribute of `other` is in this set.
    pub const fn contains(self, other: Self) -> bool {
        self.0 & other.0 == other.0
    }
}

/// What a mount does with mounts that appear in its peers (`mount_namespaces(7)`).
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Propagation {
    /// Receives what its master mounts, sends nothing.
    Slave,
    /// Receives and sends nothing.
    Private,
}

impl Propagation {
    const fn bits(self) -> u64 {
        match self {
            Self::Slave => raw::MS_SLAVE as u64,
            Self::Private => raw::MS_PRIVATE as u64,
        }
    }
}

/// Whether a call takes the mounts below along.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Depth {
    /// The one mount.
    One,
    /// The mount and all below it (`AT_RECURSIVE`).
    Recursive,
}

impl Depth {
    const fn bits(self) -> u32 {
        match self {
            Self::One => 0,
            Self::Recursive => raw::AT_RECURSIVE,
        }
    }
}

/// Clones the mount at `path` into a detached tree: `open_tree(2)` with `OPEN_TREE_CLONE`.
///
/// Symlinks in `path` are followed by the kernel. The mount must be of the caller's own mount
/// namespace: a descriptor opened before `CLONE_NEWNS` gives `EINVAL`.
pub fn clone_tree(base: Fd, path: &CStr, depth: Depth) -> Result<Fd> {
    let flags = raw::OPEN_TREE_CLONE
        | raw::O_CLOEXEC
        | depth.bits()
        | if path.is_empty() {
            raw::AT_EMPTY_PATH
        } else {
            0
        };
    // SAFETY: `path` is a NUL-terminated string, read only.
    unsafe { syscall!(__NR_open_tree, base.arg(), path.as_ptr(), flags) }.map(Fd::from_return)
}

/// Adds `set` to the attributes of the mount that `fd` is open on, and changes its propagation.
/// With [`Depth::Recursive`] all mounts below change or none does (`mount_setattr(2)`, Linux 5.12).
pub fn set_attributes(
    fd: Fd,
    depth: Depth,
    set: Attributes,
    propagation: Option<Propagation>,
) -> Result<()> {
    let attr = raw::mount_attr {
        attr_set: set.0,
        attr_clr: 0,
        propagation: propagation.map_or(0, Propagation::bits),
        userns_fd: 0,
    };
    let flags = raw::AT_EMPTY_PATH | depth.bits();
    let size = size_of::<raw::mount_attr>();
    // SAFETY: `attr` lives through the call and has the size given.
    unsafe {
        syscall!(
            __NR_mount_setattr,
            fd.arg(),
            c"".as_ptr(),
            flags,
            &raw const attr,
            size
        )
    }
    .map(drop)
}

/// Attaches the detached tree `tree` on what `target` is open on (`move_mount(2)`).
pub fn attach(tree: Fd, target: Fd) -> Result<()> {
    let flags = raw::MOVE_MOUNT_F_EMPTY_PATH | raw::MOVE_MOUNT_T_EMPTY_PATH;
    let empty = c"".as_ptr();
    // SAFETY: both paths are NUL-terminated strings, read only.
    unsafe {
        syscall!(
            __NR_move_mount,
            tree.arg(),
            empty,
            target.arg(),
            empty,
            flags
        )
    }
    .map(drop)
}

/// Attaches the detached tree `tree` on the entry `name` of a directory; a symlink is not followed
/// (`move_mount(2)` without `MOVE_MOUNT_T_SYMLINKS`).
pub fn attach_in(tree: Fd, directory: Fd, name: &CStr) -> Result<()> {
    let flags = raw::MOVE_MOUNT_F_EMPTY_PATH;
    // SAFETY: both paths are NUL-terminated strings, read only.
    unsafe {
        syscall!(
            __NR_move_mount,
            tree.arg(),
            c"".as_ptr(),
            directory.arg(),
            name.as_ptr(),
            flags
        )
    }
    .map(drop)
}

/// Opens a context for a new filesystem of type `kind` (`fsopen(2)`).
pub fn open_filesystem(kind: &CStr) -> Result<Fd> {
    // SAFETY: `kind` is a NUL-terminated string, read only.
    unsafe { syscall!(__NR_fsopen, kind.as_ptr(), raw::FSOPEN_CLOEXEC) }.map(Fd::from_return)
}

/// Sets a string option on a filesystem context (`fsconfig(2)`; the kernel takes 255 bytes).
pub fn set_option(context: Fd, key: &CStr, value: &CStr) -> Result<()> {
    let command = raw::fsconfig_command::FSCONFIG_SET_STRING as u32;
    // SAFETY: both strings are NUL-terminated, read only.
    unsafe {
        syscall!(
            __NR_fsconfig,
            context.arg(),
            command,
            key.as_ptr(),
            value.as_ptr(),
            0
        )
    }
    .map(drop)
}

/// Sets an option that has no value on a filesystem context.
pub fn set_flag(context: Fd, key: &CStr) -> Result<()> {
    let command = raw::fsconfig_command::FSCONFIG_SET_FLAG as u32;
    // SAFETY: the key is NUL-terminated, read only.
    unsafe { syscall!(__NR_fsconfig, context.arg(), command, key.as_ptr(), 0, 0) }.map(drop)
}

/// Creates the filesystem and a detached mount of it; the context is closed.
pub fn create_mount(context: Fd, attributes: Attributes) -> Result<Fd> {
    let command = raw::fsconfig_command::FSCONFIG_CMD_CREATE as u32;
    let cloexec = raw::FSMOUNT_CLOEXEC;
    // SAFETY: no pointer is passed.
    let created = unsafe {
        syscall!(__NR_fsconfig, context.arg(), command, 0, 0, 0)
            .and_then(|_| syscall!(__NR_fsmount, context.arg(), cloexec, attributes.0))
    };
    let closed = crate::file::close(context);
    let mount = created.map(Fd::from_return)?;
    closed.map(|()| mount)
}

/// The older `mount(2)`, for what the new interface cannot say on a kernel (overlay before 6.7).
pub fn mount_by_options(kind: &CStr, target: &CStr, flags: u64, options: &CStr) -> Result<()> {
    // SAFETY: all strings are NUL-terminated and read only.
    unsafe {
        syscall!(
            __NR_mount,
            kind.as_ptr(),
            target.as_ptr(),
            kind.as_ptr(),
            flags,
            options.as_ptr()
        )
    }
    .map(drop)
}

/// Makes the caller's working directory's mount the root mount and stacks the old root over it
/// (`pivot_root(2)`, "pivot_root(".", ".")").
pub fn pivot_here() -> Result<()> {
    // SAFETY: both paths are NUL-terminated strings, read only.
    unsafe { syscall!(__NR_pivot_root, c".".as_ptr(), c".".as_ptr()) }.map(drop)
}

/// Detaches the tree at the working directory, however busy (`umount2(2)` with `MNT_DETACH`).
pub fn detach_here() -> Result<()> {
    // SAFETY: the path is a NUL-terminated string, read only.
    unsafe { syscall!(__NR_umount2, c".".as_ptr(), raw::MNT_DETACH) }.map(drop)
}
