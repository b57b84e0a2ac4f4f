//! Facts about this kernel, this user and this terminal, gathered once.

use crate::cgroup::{self, Delegation};
use crate::plan::SCOPES_SINCE;
use crate::spec::ResourceLimit;
use aril_sys::{Errno, Fd, cred, file, ioctl};
use std::ffi::{CStr, CString, OsString};
use std::os::unix::ffi::OsStringExt;
use std::path::PathBuf;

/// What a plan depends on. A test writes one by hand.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Host {
    /// The caller's effective user id.
    pub uid: u32,
    /// The caller's effective group id.
    pub gid: u32,
    /// The caller's effective capabilities.
    pub capabilities: u64,
    /// A bit for each capability that the kernel knows.
    pub known_capabilities: u64,
    /// Major and minor version of the kernel.
    pub kernel: (u32, u32),
    /// The caller's working directory, if it still has a path.
    pub working_directory: Option<PathBuf>,
    /// Whether the file of the program that runs, the launcher's own, could be changed by who has
    /// the caller's ids: it may be written, or is the caller's. Yes where that cannot be known.
    pub own_program_writable: bool,
    /// The caller's environment.
    pub environment: Vec<(OsString, OsString)>,
    /// The terminal that standard output is open on.
    pub terminal: Option<PathBuf>,
    /// Whether user namespaces can be made at all (`user.max_user_namespaces` is not 0). Only for root
    /// is it looked at: nobody else can do without one, so that the kernel's own answer is the best.
    pub user_namespaces: bool,
    /// Whether the kernel has cgroup namespaces.
    pub cgroup_namespaces: bool,
    /// Whether the kernel has time namespaces. See [`Host::find_time_namespaces`].
    pub time_namespaces: bool,
    /// Whether processes waited for a processor, so that two things at once take as long as one after
    /// the other. No where that is not known.
    pub busy: bool,
    /// The kernel's Landlock ABI, 1 and up (`landlock(7)`); `None` where it is not built in, or
    /// switched off at boot.
    pub landlock: Option<u32>,
    /// The caller's own limits on open files, the size of files and the number of processes.
    pub hard_limits: Vec<ResourceLimit>,
    /// The cgroups in which the caller may make others, the nearest first.
    pub cgroups: Vec<Delegation>,
    /// Whether memory can be swapped out.
    pub swap: bool,
}

/// The oldest kernel that has every call the engine is built on: `mount_setattr(2)` came with 5.12,
/// `CLOSE_RANGE_CLOEXEC` with 5.11, counting of processes per user namespace with 5.14.
pub const OLDEST_KERNEL: (u32, u32) = (5, 14);

impl Host {
    /// Whether Landlock keeps abstract sockets and signals apart: ABI 6, Linux 6.12.
    pub fn has_landlock_scopes(&self) -> bool {
        self.landlock.is_some_and(|abi| abi >= SCOPES_SINCE)
    }

    /// Gathers the facts. Some forty system calls.
    pub fn gather() -> std::io::Result<Self> {
        let mut host = Self::gather_without_cgroups()?;
        host.find_time_namespaces();
        host.find_cgroups();
        Ok(host)
    }

    /// Gathers the facts but for the cgroups, which only limits need: to find them takes as long as all
    /// the rest. Time namespaces are not looked for either. See [`Host::find_cgroups`] and
    /// [`Host::find_time_namespaces`].
    pub fn gather_without_cgroups() -> std::io::Result<Self> {
        Self::gather_with(std::env::vars_os().collect())
    }

    /// Looks for cgroups in which the caller may make others, and for swap space.
    pub fn find_cgroups(&mut self) {
        self.cgroups = cgroup::delegations();
        self.swap = cgroup::has_swap();
    }

    /// Looks whether the kernel has time namespaces. Without `/proc` it is not known, and the plan says
    /// so.
    pub fn find_time_namespaces(&mut self) {
        self.time_namespaces = exists(c"/proc/self/ns/time");
    }

    /// Gathers the facts but for the environment, which is given, and the cgroups and time namespaces,
    /// which are not looked for. Only raw system calls are made.
    pub fn gather_with(environment: Vec<(OsString, OsString)>) -> std::io::Result<Self> {
        let uid = cred::user_ids()?.effective;
        Ok(Self {
            uid,
            gid: cred::group_ids()?.effective,
            capabilities: cred::capabilities()?.effective,
            known_capabilities: known_capabilities(),
            kernel: kernel_version()?,
            working_directory: working_directory(),
            own_program_writable: own_program_writable(uid),
            environment,
            terminal: terminal_of(Fd::new(1)),
            user_namespaces: uid != 0
                || (exists(c"/proc/self/ns/user") && user_namespaces_permitted()),
            cgroup_namespaces: has_cgroup_namespaces(),
            time_namespaces: false,
            busy: is_busy().unwrap_or(false),
            landlock: aril_sys::landlock::abi().ok(),
            hard_limits: hard_limits()?,
            cgroups: Vec::new(),
            swap: true,
        })
    }
}

fn exists(path: &CStr) -> bool {
    file::status_at(Fd::CWD, path).is_ok()
}

/// A kernel with cgroups has their namespaces, and makes a place to mount them on
/// (`cgroup_init`). It is there for all, while below `/proc/self` the kernel makes an inode for each name
/// and process that is asked for.
fn has_cgroup_namespaces() -> bool {
    exists(c"/sys/fs/cgroup") || exists(c"/proc/self/ns/cgroup")
}

/// Whether more processes want to run than there are processors (`proc_loadavg(5)`); `None` where it is
/// not told. Exactly as many is not busy: one may be the kernel's own, taking the last sandbox down.
fn is_busy() -> Option<bool> {
    let fd = file::open(Fd::CWD, c"/proc/loadavg", file::O_RDONLY, 0).ok()?;
    let fd = fd.into_owned();
    let mut text = [0; 128];
    let length = file::read(Fd::from(&fd), &mut text).ok()?;
    let running = running_of(text.get(..length)?)?;
    Some(running > aril_sys::process::processors().ok()?)
}

/// The fourth word of `0.20 0.18 0.12 1/80 11206`, as far as the slash.
fn running_of(text: &[u8]) -> Option<usize> {
    let word = text.split(|&byte| byte == b' ').nth(3)?;
    let digits = word.split(|&byte| byte == b'/').next()?;
    std::str::from_utf8(digits).ok()?.parse().ok()
}

/// Looked at through the descriptor's own mount: one that is read-only is so for the payload too.
fn own_program_writable(uid: u32) -> bool {
    let Ok(program) = file::open(Fd::CWD, c"/proc/self/exe", file::O_PATH, 0) else {
        return true;
    };
    let program = program.into_owned();
    let fd = Fd::from(&program);
    let refused = matches!(
        file::access_of(fd, file::WRITABLE),
        Err(Errno::EACCES | Errno::EROFS)
    );
    // The owner may give himself leave.
    let of_another = file::status(fd).is_ok_and(|status| status.uid != uid);
    !(refused && of_another)
}

fn hard_limits() -> std::io::Result<Vec<ResourceLimit>> {
    let limits = [
        cred::RLIMIT_CORE,
        cred::RLIMIT_FSIZE,
        cred::RLIMIT_NPROC,
        cred::RLIMIT_NOFILE,
    ];
    let read = limits.into_iter().map(|resource| {
        let cred::Limit {
            resource,
            soft,
            hard,
        } = cred::limit(resource)?;
        Ok(ResourceLimit {
            resource,
            soft,
            hard,
        })
    });
    read.collect()
}

fn kernel_version() -> std::io::Result<(u32, u32)> {
    let release = aril_sys::process::kernel_release()?;
    let mut numbers = release.split(|byte| !byte.is_ascii_digit()).map(|digits| {
        std::str::from_utf8(digits)
            .ok()
            .and_then(|text| text.parse().ok())
    });
    match (numbers.next().flatten(), numbers.next().flatten()) {
        (Some(major), Some(minor)) => Ok((major, minor)),
        _ => Err(std::io::Error::other("uname gives no version number")),
    }
}

/// The kernel knows all capabilities up to some number: it is found by halving.
fn known_capabilities() -> u64 {
    let numbers: Vec<u32> = (0..cred::CAPABILITY_BITS).collect();
    let count = numbers.partition_point(|&number| cred::is_in_bounding_set(number).is_some());
    if count == numbers.len() {
        u64::MAX
    } else {
        (1 << count) - 1
    }
}

/// `/proc/sys/user/max_user_namespaces` is 0 where an administrator has switched them off. An
/// unreadable file says nothing, and the kernel will.
fn user_namespaces_permitted() -> bool {
    let path = c"/proc/sys/user/max_user_namespaces";
    let Ok(fd) = file::open(Fd::CWD, path, file::O_RDONLY, 0) else {
        return true;
    };
    let fd = fd.into_owned();
    let mut text = [0; 16];
    file::read(Fd::from(&fd), &mut text).map_or(true, |length| &text[..length] != b"0\n")
}

fn working_directory() -> Option<PathBuf> {
    let path = match file::working_directory(&mut [0; 256]) {
        Err(Errno::ERANGE) => file::working_directory(&mut vec![0; 4096]).ok()?.to_vec(),
        path => path.ok()?.to_vec(),
    };
    path.starts_with(b"/")
        .then(|| PathBuf::from(OsString::from_vec(path)))
}

/// The path of the terminal that `fd` is open on, if it is one and the path leads back to it.
fn terminal_of(fd: Fd) -> Option<PathBuf> {
    if !ioctl::is_terminal(fd) {
        return None;
    }
    let mut buffer = [0; 4096];
    let link = CString::new(format!("/proc/self/fd/{}", fd.number())).ok()?;
    let path = file::read_link(Fd::CWD, &link, &mut buffer).ok()?.to_vec();
    let c_path = CString::new(path.clone()).ok()?;
    let same = file::status(fd)
        .ok()?
        .is_same_file(&file::status_at(Fd::CWD, &c_path).ok()?);
    same.then(|| PathBuf::from(OsString::from_vec(path)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_processes_that_run_are_read_from_the_load() {
        assert_eq!(running_of(b"0.20 0.18 0.12 3/80 11206\n"), Some(3));
        assert_eq!(running_of(b"0.20 0.18 0.12"), None);
        assert_eq!(running_of(b"0.20 0.18 0.12 x/80 11206\n"), None);
        assert!(aril_sys::process::processors().is_ok_and(|count| count > 0));
    }
}
