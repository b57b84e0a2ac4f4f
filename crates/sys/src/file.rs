//! Files and directories, always from a base descriptor.

use crate::syscall::syscall;
use crate::{Errno, Fd, Result};
use core::ffi::CStr;
use core::mem::{MaybeUninit, size_of};
use linux_raw_sys::general as raw;
use std::os::fd::{FromRawFd, OwnedFd};

pub use linux_raw_sys::general::{
    O_APPEND, O_CLOEXEC, O_CREAT, O_DIRECTORY, O_EXCL, O_NOCTTY, O_NOFOLLOW, O_NONBLOCK, O_PATH,
    O_RDONLY, O_RDWR, O_TRUNC, O_WRONLY, RESOLVE_BENEATH, RESOLVE_IN_ROOT, RESOLVE_NO_MAGICLINKS,
    RESOLVE_NO_SYMLINKS, S_IFBLK, S_IFCHR, S_IFDIR, S_IFIFO, S_IFLNK, S_IFMT, S_IFREG, S_IFSOCK,
};

/// What `fstat(2)` tells of a file, as far as it is needed here.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Status {
    /// The device the file is on.
    pub device: u64,
    /// The inode's number on that device.
    pub inode: u64,
    /// Type and permission bits, `st_mode`.
    pub mode: u32,
    /// The owner's id as seen from the caller's user namespace.
    pub uid: u32,
    /// The number of hard links: 0 for a file that has been deleted.
    pub links: u64,
    /// The size in bytes.
    pub size: u64,
}

impl Status {
    /// The file's type, one of the `S_IF*` values.
    pub const fn kind(&self) -> u32 {
        self.mode & S_IFMT
    }

    /// Whether this is a directory.
    pub const fn is_directory(&self) -> bool {
        self.kind() == S_IFDIR
    }

    /// Whether `other` is the same inode of the same device.
    pub const fn is_same_file(&self, other: &Self) -> bool {
        self.device == other.device && self.inode == other.inode
    }
}

/// Opens `path` under `base` (`openat(2)`). `O_CLOEXEC` is always added.
pub fn open(base: Fd, path: &CStr, flags: u32, mode: u32) -> Result<Fd> {
    // SAFETY: `path` is a NUL-terminated string, read only.
    unsafe {
        syscall!(
            __NR_openat,
            base.arg(),
            path.as_ptr(),
            flags | O_CLOEXEC,
            mode
        )
    }
    .map(Fd::from_return)
}

/// Opens `path` under `base` with `RESOLVE_*` rules (`openat2(2)`, Linux 5.6). A lookup that lost a
/// race against a rename is tried again, as the man page advises for `EAGAIN`.
pub fn open_resolved(base: Fd, path: &CStr, flags: u32, resolve: u32) -> Result<Fd> {
    let how = raw::open_how {
        flags: u64::from(flags | O_CLOEXEC),
        mode: 0,
        resolve: u64::from(resolve),
    };
    let mut tries = 0;
    loop {
        // SAFETY: `path` is NUL-terminated and `how` lives through the call with the size given.
        let opened = unsafe {
            let size = size_of::<raw::open_how>();
            syscall!(
                __NR_openat2,
                base.arg(),
                path.as_ptr(),
                &raw const how,
                size
            )
        };
        match opened {
            Err(Errno::EAGAIN) if tries < 128 => tries += 1,
            other => return other.map(Fd::from_return),
        }
    }
}

/// Closes a descriptor (`close(2)`).
pub fn close(fd: Fd) -> Result<()> {
    // SAFETY: no pointer is passed. Descriptors here are numbers; the caller owns this one.
    unsafe { syscall!(__NR_close, fd.arg()) }.map(drop)
}

/// The status of the file that `fd` is open on, an `O_PATH` descriptor included.
pub fn status(fd: Fd) -> Result<Status> {
    stat_at(fd, c"", raw::AT_EMPTY_PATH)
}

/// The status of `path` under `base`; a symlink at its end is followed.
pub fn status_at(base: Fd, path: &CStr) -> Result<Status> {
    stat_at(base, path, 0)
}

fn stat_at(base: Fd, path: &CStr, flags: u32) -> Result<Status> {
    let mut stat = MaybeUninit::<raw::stat>::zeroed();
    // SAFETY: `path` is NUL-terminated; the kernel fills `stat`, for which all zeroes is valid too.
    let stat = unsafe {
        syscall!(
            __NR_newfstatat,
            base.arg(),
            path.as_ptr(),
            stat.as_mut_ptr(),
            flags
        )?;
        stat.assume_init()
    };
    Ok(Status {
        device: stat.st_dev,
        inode: stat.st_ino,
        mode: stat.st_mode,
        uid: stat.st_uid,
        links: stat.st_nlink as u64,
        size: stat.st_size as u64,
    })
}

/// The id of the mount that `path` is on, after following all (`statx(2)`, `STATX_MNT_ID`, Linux
/// 5.8). No server of a network filesystem is asked for it.
pub fn mount_id(base: Fd, path: &CStr) -> Result<u64> {
    mount_id_at(base, path, 0)
}

/// The id of the mount that `fd` is open on.
pub fn mount_id_of(fd: Fd) -> Result<u64> {
    mount_id_at(fd, c"", raw::AT_EMPTY_PATH)
}

fn mount_id_at(base: Fd, path: &CStr, flags: u32) -> Result<u64> {
    let mut found = MaybeUninit::<raw::statx>::zeroed();
    // SAFETY: `path` is NUL-terminated; the kernel fills `found`, for which all zeroes is valid.
    unsafe {
        let pointer = found.as_mut_ptr();
        syscall!(
            __NR_statx,
            base.arg(),
            path.as_ptr(),
            flags | raw::AT_STATX_DONT_SYNC,
            raw::STATX_MNT_ID,
            pointer
        )?;
        Ok(found.assume_init().stx_mnt_id)
    }
}

/// The `ST_*` flags of the mount that `fd` is on (`fstatfs(2)`, field `f_flags`).
pub fn mount_flags(fd: Fd) -> Result<u64> {
    filesystem(fd).map(|found| found.f_flags as u64)
}

/// The magic number of the filesystem that `fd` is on, such as `PROC_SUPER_MAGIC`.
pub fn filesystem_magic(fd: Fd) -> Result<u64> {
    filesystem(fd).map(|found| found.f_type as u64)
}

fn filesystem(fd: Fd) -> Result<raw::statfs> {
    let mut found = MaybeUninit::<raw::statfs>::zeroed();
    // SAFETY: the kernel fills `found`, for which all zeroes is valid too.
    unsafe {
        syscall!(__NR_fstatfs, fd.arg(), found.as_mut_ptr())?;
        Ok(found.assume_init())
    }
}

/// Makes a directory (`mkdirat(2)`).
pub fn make_directory(base: Fd, path: &CStr, mode: u32) -> Result<()> {
    // SAFETY: `path` is a NUL-terminated string, read only.
    unsafe { syscall!(__NR_mkdirat, base.arg(), path.as_ptr(), mode) }.map(drop)
}

/// Makes an empty regular file, which does not exist yet (`mknodat(2)`).
pub fn make_empty_file(base: Fd, path: &CStr, mode: u32) -> Result<()> {
    let mode = S_IFREG | mode;
    // SAFETY: `path` is a NUL-terminated string, read only.
    unsafe { syscall!(__NR_mknodat, base.arg(), path.as_ptr(), mode, 0) }.map(drop)
}

/// Makes a symlink at `path` that points to `target` (`symlinkat(2)`).
pub fn make_symlink(target: &CStr, base: Fd, path: &CStr) -> Result<()> {
    // SAFETY: both are NUL-terminated strings, read only.
    unsafe { syscall!(__NR_symlinkat, target.as_ptr(), base.arg(), path.as_ptr()) }.map(drop)
}

/// Reads where a symlink points, without a NUL, into `buffer` (`readlinkat(2)`). An empty `path`
/// reads the symlink that `base` itself is open on.
pub fn read_link<'a>(base: Fd, path: &CStr, buffer: &'a mut [u8]) -> Result<&'a [u8]> {
    // SAFETY: the kernel writes at most `len` bytes into the buffer.
    let length = unsafe {
        syscall!(
            __NR_readlinkat,
            base.arg(),
            path.as_ptr(),
            buffer.as_mut_ptr(),
            buffer.len()
        )?
    };
    Ok(&buffer[..length])
}

/// Removes a file (`unlinkat(2)`).
pub fn unlink(base: Fd, path: &CStr) -> Result<()> {
    // SAFETY: `path` is a NUL-terminated string, read only.
    unsafe { syscall!(__NR_unlinkat, base.arg(), path.as_ptr(), 0) }.map(drop)
}

/// Removes an empty directory (`unlinkat(2)`).
pub fn remove_directory(base: Fd, path: &CStr) -> Result<()> {
    let flags = raw::AT_REMOVEDIR;
    // SAFETY: `path` is a NUL-terminated string, read only.
    unsafe { syscall!(__NR_unlinkat, base.arg(), path.as_ptr(), flags) }.map(drop)
}

/// Takes the exclusive lock on an open file or directory, not waiting for it (`flock(2)`): it lives
/// until the last copy of the descriptor is closed. `EAGAIN`: another has it.
pub fn flock_exclusive(fd: Fd) -> Result<()> {
    // SAFETY: no pointer is passed.
    unsafe { syscall!(__NR_flock, fd.arg(), raw::LOCK_EX | raw::LOCK_NB) }.map(drop)
}

/// Empties a file that is open for writing (`ftruncate(2)`).
pub fn empty(fd: Fd) -> Result<()> {
    // SAFETY: no pointer is passed.
    unsafe { syscall!(__NR_ftruncate, fd.arg(), 0) }.map(drop)
}

/// Sets the permission bits of an open file (`fchmod(2)`).
pub fn change_mode(fd: Fd, mode: u32) -> Result<()> {
    // SAFETY: no pointer is passed.
    unsafe { syscall!(__NR_fchmod, fd.arg(), mode) }.map(drop)
}

/// Sets the permission bits of `path` under `base`, following symlinks (`fchmodat(2)`).
pub fn change_mode_at(base: Fd, path: &CStr, mode: u32) -> Result<()> {
    // SAFETY: `path` is a NUL-terminated string, read only.
    unsafe { syscall!(__NR_fchmodat, base.arg(), path.as_ptr(), mode) }.map(drop)
}

/// Reads into `buffer`; 0 is the end of the file. Interrupted reads are tried again.
pub fn read(fd: Fd, buffer: &mut [u8]) -> Result<usize> {
    loop {
        // SAFETY: the kernel writes at most `len` bytes into the buffer.
        let got = unsafe { syscall!(__NR_read, fd.arg(), buffer.as_mut_ptr(), buffer.len()) };
        match got {
            Err(Errno::EINTR) => (),
            other => return other,
        }
    }
}

/// Writes all of `bytes`.
pub fn write_all(fd: Fd, mut bytes: &[u8]) -> Result<()> {
    while !bytes.is_empty() {
        // SAFETY: the pointer and the length are of one slice, read only.
        match unsafe { syscall!(__NR_write, fd.arg(), bytes.as_ptr(), bytes.len()) } {
            Ok(written) => bytes = &bytes[written..],
            Err(Errno::EINTR) => (),
            Err(errno) => return Err(errno),
        }
    }
    Ok(())
}

/// Opens `path`, writes `bytes` with one call, as the files of `/proc` want it, and closes.
pub fn write_file(base: Fd, path: &CStr, bytes: &[u8]) -> Result<()> {
    let fd = open(base, path, O_WRONLY, 0)?;
    let written = write_all(fd, bytes);
    close(fd)?;
    written
}

/// Makes the directory that `fd` is open on the working directory (`fchdir(2)`).
pub fn change_directory_to(fd: Fd) -> Result<()> {
    // SAFETY: no pointer is passed.
    unsafe { syscall!(__NR_fchdir, fd.arg()) }.map(drop)
}

/// Makes `path` the working directory (`chdir(2)`).
pub fn change_directory(path: &CStr) -> Result<()> {
    // SAFETY: `path` is a NUL-terminated string, read only.
    unsafe { syscall!(__NR_chdir, path.as_ptr()) }.map(drop)
}

/// The working directory's path (`getcwd(2)`), without a NUL: it begins with `(unreachable)` when
/// the directory lies outside the caller's root.
pub fn working_directory(buffer: &mut [u8]) -> Result<&[u8]> {
    // SAFETY: the kernel writes at most `len` bytes into the buffer.
    let length = unsafe { syscall!(__NR_getcwd, buffer.as_mut_ptr(), buffer.len())? };
    Ok(&buffer[..length - 1])
}

/// Whether the caller may access `path` so (`faccessat(2)`, real ids): `mode` is an `R_OK`-like sum.
pub fn access(base: Fd, path: &CStr, mode: u32) -> Result<()> {
    // SAFETY: `path` is a NUL-terminated string, read only.
    unsafe { syscall!(__NR_faccessat, base.arg(), path.as_ptr(), mode) }.map(drop)
}

/// Whether the caller may access what an `O_PATH` descriptor is open on (`faccessat2(2)`, Linux 5.8,
/// effective ids). `EROFS`: its mount or filesystem is read-only, and `mode` has [`WRITABLE`].
pub fn access_of(fd: Fd, mode: u32) -> Result<()> {
    let flags = raw::AT_EMPTY_PATH | raw::AT_EACCESS;
    // SAFETY: the path is an empty NUL-terminated string.
    unsafe { syscall!(__NR_faccessat2, fd.arg(), c"".as_ptr(), mode, flags) }.map(drop)
}

/// `W_OK` of `access(2)`.
pub const WRITABLE: u32 = raw::W_OK;
/// `R_OK` of `access(2)`.
pub const READABLE: u32 = raw::R_OK;

/// Sets the file mode creation mask and returns the old one (`umask(2)`).
pub fn set_umask(mask: u32) -> u32 {
    // SAFETY: no pointer is passed; the call cannot fail.
    unsafe { syscall!(__NR_umask, mask) }.map_or(0, |old| old as u32)
}

/// Takes a shared lock on all of an open file, owned by the open file description and not waiting
/// for it (`F_OFD_SETLK`, `fcntl(2)`): it lives until the last copy of the descriptor is closed.
pub fn lock_shared(fd: Fd) -> Result<()> {
    lock(fd, raw::F_OFD_SETLK, raw::F_RDLCK).map(drop)
}

/// Like [`lock_shared`], but waits while another has an exclusive lock (`F_OFD_SETLKW`). A wait that
/// a signal interrupts goes on.
pub fn wait_for_shared_lock(fd: Fd) -> Result<()> {
    loop {
        match lock(fd, raw::F_OFD_SETLKW, raw::F_RDLCK) {
            Err(Errno::EINTR) => (),
            other => return other.map(drop),
        }
    }
}

/// Takes the lock that excludes every other, without waiting for it; the file must be open for
/// writing. `EAGAIN` or `EACCES`: another has a lock.
pub fn lock_exclusive(fd: Fd) -> Result<()> {
    lock(fd, raw::F_OFD_SETLK, raw::F_WRLCK).map(drop)
}

/// Whether another has a lock of any kind on the file, of a description or of a process; nothing is
/// locked for that (`F_OFD_GETLK`).
pub fn is_locked(fd: Fd) -> Result<bool> {
    lock(fd, raw::F_OFD_GETLK, raw::F_WRLCK).map(|found| found != raw::F_UNLCK)
}

/// The kind that the kernel left in the structure.
fn lock(fd: Fd, command: u32, kind: u32) -> Result<u32> {
    let mut lock = raw::flock {
        l_type: kind as _,
        l_whence: 0,
        l_start: 0,
        l_len: 0,
        l_pid: 0,
    };
    // SAFETY: `lock` lives through the call.
    unsafe { syscall!(__NR_fcntl, fd.arg(), command, &raw mut lock) }?;
    Ok(lock.l_type as u32)
}

/// Sets or clears close-on-exec on one descriptor.
pub fn set_close_on_exec(fd: Fd, close: bool) -> Result<()> {
    let flag = if close { raw::FD_CLOEXEC } else { 0 };
    // SAFETY: no pointer is passed.
    unsafe { syscall!(__NR_fcntl, fd.arg(), raw::F_SETFD, flag) }.map(drop)
}

/// Copies a descriptor to the lowest free number from `lowest` up, close-on-exec.
pub fn duplicate(fd: Fd, lowest: i32) -> Result<Fd> {
    // SAFETY: no pointer is passed.
    unsafe { syscall!(__NR_fcntl, fd.arg(), raw::F_DUPFD_CLOEXEC, lowest) }.map(Fd::from_return)
}

/// Makes `number` a copy of `fd`, not close-on-exec; what it was before is closed (`dup3(2)`).
pub fn duplicate_to(fd: Fd, number: i32) -> Result<()> {
    // SAFETY: no pointer is passed; the caller owns the number.
    unsafe { syscall!(__NR_dup3, fd.arg(), number, 0) }.map(drop)
}

/// Whether `fd` is open at all.
pub fn is_open(fd: Fd) -> bool {
    // SAFETY: no pointer is passed.
    unsafe { syscall!(__NR_fcntl, fd.arg(), raw::F_GETFD) }.is_ok()
}

/// What becomes of a range of descriptors.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Range {
    /// They are closed now.
    Close,
    /// They are closed at exec (Linux 5.11).
    CloseOnExec,
}

/// Closes, or marks, every descriptor from `first` to `last` (`close_range(2)`, Linux 5.9).
pub fn close_range(first: u32, last: u32, how: Range) -> Result<()> {
    let flags = match how {
        Range::Close => 0,
        Range::CloseOnExec => 1 << 2,
    };
    // SAFETY: no pointer is passed; descriptors are numbers here and the caller owns the range.
    unsafe { syscall!(__NR_close_range, first, last, flags) }.map(drop)
}

/// Closes every descriptor from `first` up but these.
pub fn close_all_but(first: i32, mut kept: Vec<i32>) -> Result<()> {
    kept.sort_unstable();
    let mut next = first;
    for fd in kept.into_iter().filter(|&fd| fd >= first) {
        if fd > next {
            close_range(next as u32, fd as u32 - 1, Range::Close)?;
        }
        next = next.max(fd + 1);
    }
    close_range(next as u32, u32::MAX, Range::Close)
}

/// Makes an anonymous file in memory (`memfd_create(2)`), close-on-exec, with more `MFD_*` flags.
pub fn anonymous(name: &CStr, flags: u32) -> Result<Fd> {
    // SAFETY: `name` is a NUL-terminated string, read only.
    unsafe { syscall!(__NR_memfd_create, name.as_ptr(), raw::MFD_CLOEXEC | flags) }
        .map(Fd::from_return)
}

/// The two ends of a pipe, the reading one first, both close-on-exec (`pipe2(2)`).
pub fn pipe() -> Result<(OwnedFd, OwnedFd)> {
    let (reader, writer) = raw_pipe()?;
    // SAFETY: both descriptors are new and owned by nobody else.
    unsafe {
        Ok((
            OwnedFd::from_raw_fd(reader.number()),
            OwnedFd::from_raw_fd(writer.number()),
        ))
    }
}

/// Like [`pipe`], as plain numbers for the child.
pub fn raw_pipe() -> Result<(Fd, Fd)> {
    let mut fds = [0_i32; 2];
    // SAFETY: the kernel writes two descriptors.
    unsafe { syscall!(__NR_pipe2, fds.as_mut_ptr(), O_CLOEXEC)? };
    Ok((Fd::new(fds[0]), Fd::new(fds[1])))
}

/// Reads at an offset, without moving the file's position (`pread64(2)`).
pub fn read_at(fd: Fd, buffer: &mut [u8], offset: u64) -> Result<usize> {
    // SAFETY: the kernel writes at most `len` bytes into the buffer.
    unsafe {
        syscall!(
            __NR_pread64,
            fd.arg(),
            buffer.as_mut_ptr(),
            buffer.len(),
            offset
        )
    }
}

/// Sets the permission bits of what an `O_PATH` descriptor is open on: `fchmodat2(2)` (Linux 6.6),
/// before that through the caller's own `/proc/self/fd`, whose link leads to exactly that file.
pub fn change_mode_of_path(fd: Fd, mode: u32) -> Result<()> {
    const FCHMODAT2: u32 = 452;
    // SAFETY: the path is a NUL-terminated string, read only.
    let changed = crate::syscall::check(unsafe {
        let path = c"".as_ptr() as usize;
        crate::syscall::raw(
            FCHMODAT2,
            [
                fd.arg(),
                path,
                mode as usize,
                raw::AT_EMPTY_PATH as usize,
                0,
                0,
            ],
        )
    });
    match changed {
        Err(Errno::ENOSYS) => change_mode_at(Fd::CWD, DescriptorPath::new(fd).as_c_str(), mode),
        other => other.map(drop),
    }
}

/// The path `/proc/self/fd/N`, made without allocation.
#[derive(Debug)]
pub struct DescriptorPath([u8; 32]);

impl DescriptorPath {
    /// The path for `fd`.
    pub fn new(fd: Fd) -> Self {
        let mut path = Self([0; 32]);
        let prefix = b"/proc/self/fd/";
        path.0[..prefix.len()].copy_from_slice(prefix);
        let mut digits = [0_u8; 12];
        let digits = crate::init::decimal(fd.number() as u32, &mut digits);
        path.0[prefix.len()..prefix.len() + digits.len()].copy_from_slice(digits);
        path
    }

    /// The path as a C string.
    pub fn as_c_str(&self) -> &CStr {
        CStr::from_bytes_until_nul(&self.0).unwrap_or(c"")
    }
}

/// Seals an anonymous file for ever against writing, growing and shrinking (`F_ADD_SEALS`).
pub fn seal(fd: Fd) -> Result<()> {
    const SEALS: u32 = raw::F_SEAL_SEAL | raw::F_SEAL_SHRINK | raw::F_SEAL_GROW | raw::F_SEAL_WRITE;
    // SAFETY: no pointer is passed.
    unsafe { syscall!(__NR_fcntl, fd.arg(), raw::F_ADD_SEALS, SEALS) }.map(drop)
}
