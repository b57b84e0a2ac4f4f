//! How much of the machine the sandbox may use.

use std::path::PathBuf;

/// Limits on everything inside together. One that cannot be enforced on this host stops the start.
///
/// | limit | by a cgroup (v2) | without one |
/// |---|---|---|
/// | memory, processor time | yes | never: `RLIMIT_AS` counts the addresses of each process for itself |
/// | processes | yes | by `RLIMIT_NPROC` if an ordinary user has a new user namespace with one user id |
/// | open files, size of files, core dumps | | by `RLIMIT_NOFILE`, `RLIMIT_FSIZE` and `RLIMIT_CORE`, for each process |
#[derive(Clone, Debug, PartialEq, Eq, Default)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Limits {
    /// The most memory, in bytes; none of it is swapped. When it runs out everything inside is killed.
    pub memory: Option<u64>,
    /// The most processes and threads at once, beside our init.
    pub processes: Option<u64>,
    /// The most processor time, in percent of one processor: 150 is one and a half.
    pub processor_percent: Option<u32>,
    /// The most descriptors that a process can have open.
    pub open_files: Option<u64>,
    /// The size that a process can let a file grow to, in bytes.
    pub file_size: Option<u64>,
    /// The most of a process's memory that a core dump takes out of the sandbox, in bytes; with 0 there is
    /// no dump, neither as a file nor to the handler that the host's `core_pattern` names, which runs
    /// outside (`core(5)`). `None` is the caller's own limit. A caller whose hard limit is 0 cannot keep
    /// the kernel from starting a handler: then the plan goes without that, and says so.
    pub core_size: Option<u64>,
    /// Where the sandbox's cgroup is made.
    pub cgroup: CgroupPlace,
}

/// Where the sandbox's cgroup is made (`cgroups(7)`, version 2).
#[derive(Clone, Debug, PartialEq, Eq, Default)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub enum CgroupPlace {
    /// If a limit needs one: in the nearest cgroup above the caller that the caller may write and that
    /// has the controllers.
    #[default]
    Delegated,
    /// In this cgroup of the caller's, a directory of the cgroup filesystem without processes of its
    /// own; whether or not a limit needs it.
    In(PathBuf),
}
