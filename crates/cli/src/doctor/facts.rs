//! What the doctor looks at: facts that a test can write by hand.

use aril_sandbox::Escaped;
use aril_sandbox::sys::Errno;
use std::collections::BTreeMap;
use std::path::PathBuf;

/// The limits and switches of the kernel that matter, as files below `/proc/sys`.
pub const SYSCTLS: [&str; 11] = [
    "kernel/apparmor_restrict_unprivileged_userns",
    "kernel/unprivileged_userns_clone",
    "user/max_cgroup_namespaces",
    "user/max_ipc_namespaces",
    "user/max_mnt_namespaces",
    "user/max_net_namespaces",
    "user/max_pid_namespaces",
    "user/max_time_namespaces",
    "user/max_user_namespaces",
    "user/max_uts_namespaces",
    "vm/memfd_noexec",
];

/// Everything that was found out about this host.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Facts {
    /// The path of this program, which an AppArmor profile has to name.
    pub program: PathBuf,
    /// The caller's effective user id.
    pub uid: u32,
    /// The caller's effective capabilities.
    pub capabilities: u64,
    /// The caller's bounding set.
    pub bounding: u64,
    /// Major and minor version of the kernel.
    pub kernel: (u32, u32),
    /// What came of each trial.
    pub trials: BTreeMap<Trial, Tried>,
    /// The values of [`SYSCTLS`] that exist, without the line's end.
    pub sysctls: BTreeMap<&'static str, String>,
    /// The container around us, if there is one.
    pub container: Option<Container>,
    /// The profile that AppArmor confines us by, if it does.
    pub apparmor_profile: Option<String>,
    /// Names of the active security modules; empty where they cannot be read.
    pub security_modules: Vec<String>,
    /// Landlock.
    pub landlock: Landlock,
    /// The actions that seccomp knows (`/proc/sys/kernel/seccomp/actions_avail`).
    pub seccomp_actions: Vec<String>,
    /// Control groups.
    pub cgroups: Cgroups,
    /// Ranges of ids for sandboxes with more than one user.
    pub ranges: Ranges,
    /// Mounts that cover parts of `/proc`.
    pub masks: Vec<PathBuf>,
    /// The desktop around us.
    pub desktop: Desktop,
}

/// Something that is tried, from little to much: each sandbox has what its name says beside its own
/// user and mount namespaces.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Trial {
    /// User and mount namespaces and a new root, nothing else.
    Smallest,
    /// An own pid namespace with a new `/proc`.
    Proc,
    /// An own network namespace with a working loopback interface.
    Network,
    /// IPC, UTS and cgroup namespaces.
    Rest,
    /// User namespaces inside are forbidden.
    NoNesting,
    /// A temporary overlay.
    Overlay,
    /// A time namespace.
    Time,
    /// A seccomp filter.
    Filter,
    /// More than one user id inside.
    Ranges,
}

/// What came of a trial.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Tried {
    /// The sandbox ran.
    Works,
    /// It did not.
    Fails(Obstacle),
    /// It was not tried, for this reason.
    Left(&'static str),
}

/// Where a trial ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Obstacle {
    /// Which part of setting up.
    pub at: At,
    /// What the kernel said, where it was the kernel.
    pub errno: Option<Errno>,
    /// The step and the kernel's words.
    pub words: String,
}

/// The parts of setting up that hosts are known to refuse.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum At {
    /// Making namespaces.
    Namespaces,
    /// Writing the id maps of the user namespace.
    Maps,
    /// The first mounts.
    Mounts,
    /// Mounting a new `/proc`.
    Proc,
    /// The loopback interface.
    Loopback,
    /// Forbidding further user namespaces, or the namespace in which they are forbidden.
    Nesting,
    /// Executing init.
    Init,
    /// Installing a filter.
    Filter,
    /// Anything else.
    Other,
}

/// Programs that make containers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Container {
    /// Docker.
    Docker,
    /// Podman.
    Podman,
    /// Flatpak.
    Flatpak,
    /// Another one that says it is one (`container=` in the environment of process 1, Kubernetes).
    Other,
}

/// The answer of `landlock_create_ruleset(2)` when it is asked for its version.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Landlock {
    /// The ABI.
    Abi(u32),
    /// The kernel has no such call, or a filter hides it.
    Missing,
    /// It is built in and not switched on.
    Off,
}

/// How control groups are mounted, and whether limits can be set.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Cgroups {
    /// Where the unified hierarchy (version 2) is mounted.
    pub mount: Option<PathBuf>,
    /// Whether we can make groups below our own: it is delegated.
    pub delegated: bool,
    /// The controllers that our own group has.
    pub controllers: Vec<String>,
    /// Whether controllers are bound to version 1.
    pub legacy: bool,
}

/// `/etc/subuid`, `/etc/subgid` and the programs that grant them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Ranges {
    /// `newuidmap` and `newgidmap`, where both are found.
    pub programs: Option<PathBuf>,
    /// Whether they have the privileges that they need: set-user-id or capabilities.
    pub privileged: bool,
    /// The first ids of the caller's ranges in the two files: of users and of groups.
    pub granted: Option<(u32, u32)>,
}

/// What applications with windows use.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Desktop {
    /// `XDG_RUNTIME_DIR`.
    pub runtime_directory: RuntimeDirectory,
    /// Whether a session bus answers; `None` where no address is known.
    pub session_bus: Option<bool>,
    /// `xdg-dbus-proxy`.
    pub proxy: Option<PathBuf>,
    /// The document portal's directory.
    pub portal: bool,
    /// Names of installations of flatpak that exist.
    pub installations: Vec<PathBuf>,
}

/// `XDG_RUNTIME_DIR` (XDG Base Directory Specification).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum RuntimeDirectory {
    /// It belongs to the caller alone.
    #[default]
    Fine,
    /// The variable is not set.
    Unset,
    /// It is set, and cannot be used for this reason.
    Unfit(&'static str),
}

impl Facts {
    /// What came of a trial.
    pub fn tried(&self, trial: Trial) -> &Tried {
        const LEFT: Tried = Tried::Left("it was not asked for");
        self.trials.get(&trial).unwrap_or(&LEFT)
    }

    /// Where a trial ended, if it failed.
    pub fn obstacle(&self, trial: Trial) -> Option<&Obstacle> {
        match self.tried(trial) {
            Tried::Fails(obstacle) => Some(obstacle),
            Tried::Works | Tried::Left(_) => None,
        }
    }

    /// The value of a sysctl, fit for a terminal.
    pub fn sysctl(&self, name: &str) -> Option<String> {
        let value = self.sysctls.get(name)?;
        Some(Escaped(value.as_bytes()).to_string())
    }

    /// Whether the sysctl has this value.
    pub fn is_set(&self, name: &str, value: &str) -> bool {
        self.sysctls.get(name).is_some_and(|found| found == value)
    }
}
