//! The facts which the `probe` program reports from inside a sandbox, as JSON on standard output.
//!
//! Facts that need a procfs are absent, not wrong, when none is mounted at `/proc`.

use crate::mountinfo::{self, Mount};
use crate::status::Status;
use rustix::process;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::fs;
use std::os::unix::ffi::OsStrExt;

/// What a process sees of itself and of its sandbox.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Facts {
    /// The arguments, the program's name first.
    pub argv: Vec<String>,
    /// The environment.
    pub environ: BTreeMap<String, String>,
    /// The working directory, by getcwd.
    pub cwd: Option<String>,
    /// The file mode creation mask.
    pub umask: u32,
    /// Process id, as this pid namespace counts.
    pub pid: i32,
    /// Parent's process id.
    pub ppid: i32,
    /// Process group; 0 when it lies outside this pid namespace.
    pub pgid: Option<i32>,
    /// Session; 0 when it lies outside this pid namespace.
    pub sid: Option<i32>,
    /// (real, effective) user id.
    pub uid: (u32, u32),
    /// (real, effective) group id.
    pub gid: (u32, u32),
    /// Supplementary groups.
    pub groups: Vec<u32>,
    /// The node name.
    pub hostname: String,
    /// Resource limits: name to (soft, hard), without a value where unlimited.
    pub limits: BTreeMap<String, (Option<u64>, Option<u64>)>,
    /// Open file descriptors and what they are.
    pub fds: Option<BTreeMap<i32, String>>,
    /// The mount table, in the kernel's order.
    pub mounts: Option<Vec<Mount>>,
    /// Lines of uid_map, blanks joined.
    pub uid_map: Option<Vec<String>>,
    /// Lines of gid_map, blanks joined.
    pub gid_map: Option<Vec<String>>,
    /// `allow` or `deny`.
    pub setgroups: Option<String>,
    /// Capabilities, no_new_privs, seccomp.
    pub status: Option<Status>,
    /// Namespace kinds and their inode numbers.
    pub namespaces: Option<BTreeMap<String, u64>>,
    /// Every process that procfs shows: id and name.
    pub processes: Option<BTreeMap<i32, String>>,
    /// Processes whose parent is this one.
    pub children: Option<Vec<i32>>,
    /// The files from the root on, if they were asked for: see [`tree::lines`](crate::tree::lines).
    #[serde(default)]
    pub tree: Vec<String>,
}

impl Facts {
    /// Looks at the calling process.
    pub fn gather() -> Self {
        let fds = fds(); // First: later reads would show up in it.
        Self {
            argv: std::env::args_os()
                .map(|arg| arg.to_string_lossy().into_owned())
                .collect(),
            environ: environ(),
            cwd: std::env::current_dir()
                .ok()
                .map(|path| path.to_string_lossy().into_owned()),
            umask: umask(),
            pid: process::getpid().as_raw_nonzero().get(),
            ppid: process::getppid().map_or(0, |pid| pid.as_raw_nonzero().get()),
            pgid: innermost("NSpgid:"),
            sid: session(),
            uid: (process::getuid().as_raw(), process::geteuid().as_raw()),
            gid: (process::getgid().as_raw(), process::getegid().as_raw()),
            groups: process::getgroups()
                .expect("getgroups")
                .into_iter()
                .map(rustix::fs::Gid::as_raw)
                .collect(),
            hostname: rustix::system::uname()
                .nodename()
                .to_string_lossy()
                .into_owned(),
            limits: limits(),
            fds,
            mounts: text("/proc/self/mountinfo").map(|text| mountinfo::parse(&text)),
            uid_map: text("/proc/self/uid_map").map(|text| map(&text)),
            gid_map: text("/proc/self/gid_map").map(|text| map(&text)),
            setgroups: text("/proc/self/setgroups").map(|text| text.trim().to_owned()),
            status: text("/proc/self/status").map(|text| Status::parse(&text)),
            namespaces: namespaces("self"),
            processes: processes(),
            children: text("/proc/thread-self/children").map(|text| {
                text.split_whitespace()
                    .map(|pid| pid.parse().expect("a pid"))
                    .collect()
            }),
            tree: Vec::new(),
        }
    }

    /// The mounts at exactly this path, lowest first.
    pub fn mounts_at(&self, target: &str) -> Vec<&Mount> {
        let mounts = self
            .mounts
            .as_ref()
            .expect("a mount table: is /proc mounted?");
        mounts
            .iter()
            .filter(|mount| mount.target == target)
            .collect()
    }

    /// The topmost mount at exactly this path.
    pub fn mount(&self, target: &str) -> &Mount {
        let found = self.mounts_at(target).pop();
        found.unwrap_or_else(|| panic!("nothing is mounted at {target}: {:#?}", self.mounts))
    }

    /// Capabilities and confinement.
    pub fn status(&self) -> &Status {
        self.status.as_ref().expect("a status: is /proc mounted?")
    }

    /// The open file descriptors.
    pub fn fds(&self) -> &BTreeMap<i32, String> {
        self.fds
            .as_ref()
            .expect("file descriptors: is /proc mounted?")
    }

    /// The inode number of a namespace.
    pub fn namespace(&self, kind: &str) -> u64 {
        let namespaces = self
            .namespaces
            .as_ref()
            .expect("namespaces: is /proc mounted?");
        namespaces[kind]
    }
}

/// The namespaces of a process by kind; nothing when they cannot be read.
pub fn namespaces(pid: &str) -> Option<BTreeMap<String, u64>> {
    let mut found = BTreeMap::new();
    for kind in ["cgroup", "ipc", "mnt", "net", "pid", "time", "user", "uts"] {
        let link = fs::read_link(format!("/proc/{pid}/ns/{kind}")).ok()?;
        let link = link.to_string_lossy().into_owned();
        let inode = link.split(['[', ']']).nth(1).expect("kind:[inode]");
        found.insert(kind.to_owned(), inode.parse().expect("an inode number"));
    }
    Some(found)
}

/// The calling process's session; 0 when its leader lies outside this pid namespace, where
/// `getsid(2)` returns 0 as well.
pub fn session() -> Option<i32> {
    innermost("NSsid:")
}

/// The last id of a line of `status`: that of the innermost pid namespace. The system calls would
/// do as well, but a 0 makes their wrappers panic.
fn innermost(key: &str) -> Option<i32> {
    let status = text("/proc/self/status")?;
    let line = status.lines().find(|line| line.starts_with(key))?;
    line.split_whitespace().last()?.parse().ok()
}

fn text(path: &str) -> Option<String> {
    fs::read_to_string(path).ok()
}

fn map(text: &str) -> Vec<String> {
    text.lines()
        .map(|line| line.split_whitespace().collect::<Vec<_>>().join(" "))
        .collect()
}

fn environ() -> BTreeMap<String, String> {
    std::env::vars_os()
        .map(|(key, value)| (key.to_string_lossy().into(), value.to_string_lossy().into()))
        .collect()
}

fn umask() -> u32 {
    let mask = process::umask(rustix::fs::Mode::empty());
    process::umask(mask);
    mask.bits()
}

fn limits() -> BTreeMap<String, (Option<u64>, Option<u64>)> {
    use process::Resource;
    let resources = [
        ("core", Resource::Core),
        ("nofile", Resource::Nofile),
        ("nproc", Resource::Nproc),
        ("as", Resource::As),
        ("stack", Resource::Stack),
    ];
    let limit = |resource| {
        let limit = process::getrlimit(resource);
        (limit.current, limit.maximum)
    };
    resources
        .map(|(name, resource)| (name.to_owned(), limit(resource)))
        .into()
}

fn fds() -> Option<BTreeMap<i32, String>> {
    let mut found = BTreeMap::new();
    for entry in fs::read_dir("/proc/self/fd").ok()? {
        let entry = entry.ok()?;
        let Ok(target) = fs::read_link(entry.path()) else {
            continue;
        };
        let listing = target.as_os_str().as_bytes().ends_with(b"/fd");
        if !(listing && target.starts_with("/proc")) {
            let number = entry
                .file_name()
                .to_string_lossy()
                .parse()
                .expect("a number");
            found.insert(number, target.to_string_lossy().into_owned());
        }
    }
    Some(found)
}

fn processes() -> Option<BTreeMap<i32, String>> {
    let mut found = BTreeMap::new();
    for entry in fs::read_dir("/proc").ok()? {
        let Ok(pid) = entry.ok()?.file_name().to_string_lossy().parse() else {
            continue;
        };
        if let Some(name) = text(&format!("/proc/{pid}/comm")) {
            found.insert(pid, name.trim_end().to_owned());
        }
    }
    Some(found)
}
