//! Namespaces, kind by kind. The mount namespace is always new.

/// What the sandbox has of its own.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Namespaces {
    /// User ids and capabilities.
    pub user: UserNs,
    /// A user namespace that is joined last of all, after the tree is built: a descriptor.
    pub late_user: Option<i32>,
    /// Fail unless no further user namespace can be made at the end.
    pub assert_no_user_namespaces: bool,
    /// Process ids.
    pub pid: PidNs,
    /// Network devices, ports and abstract sockets.
    pub network: Network,
    /// System V IPC and POSIX message queues.
    pub ipc: Share,
    /// Host name.
    pub uts: Share,
    /// The host name inside, at most 64 bytes; needs an own UTS namespace.
    pub host_name: Option<std::ffi::OsString>,
    /// The root of the cgroup tree.
    pub cgroup: Share,
    /// Clock offsets.
    pub time: TimeNs,
}

/// Whether a namespace is the host's.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub enum Share {
    /// The host's own.
    Host,
    /// A new one.
    #[default]
    New,
    /// A new one where the kernel offers the kind; the plan says which it was.
    NewIfPossible,
}

/// The user namespace.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub enum UserNs {
    /// The host's: only root can do without a new one.
    Host,
    /// A new one.
    New(NewUserNs),
    /// A new one if this kernel and user may have it, else the host's.
    NewIfPossible(NewUserNs),
    /// An existing one, by descriptor (`setns(2)`).
    Join(i32),
}

impl Default for UserNs {
    fn default() -> Self {
        Self::New(NewUserNs::default())
    }
}

/// How a new user namespace is set up.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct NewUserNs {
    /// Which ids exist inside.
    pub maps: IdMaps,
    /// Whether the payload may make user namespaces of its own.
    pub nesting: Nesting,
}

/// Further user namespaces below the sandbox's.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub enum Nesting {
    /// The kernel refuses them (`user.max_user_namespaces`), and the child verifies that it does.
    #[default]
    Forbidden,
    /// As the host has it.
    Allowed,
}

/// The ids that exist in a new user namespace.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub enum IdMaps {
    /// One user id and one group id: the caller's, under the number in
    /// [`Credentials`](super::Credentials).
    #[default]
    Single,
    /// Ranges, written by newuidmap(1) and newgidmap(1) as `/etc/subuid` and `/etc/subgid` permit,
    /// or by the launcher itself where it may.
    Ranges {
        /// Ranges of user ids.
        users: Vec<super::IdRange>,
        /// Ranges of group ids.
        groups: Vec<super::IdRange>,
    },
    /// Another program writes them; the child waits for a byte, or the end, on this descriptor.
    External {
        /// The descriptor that is read.
        ready: i32,
    },
}

/// The pid namespace.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub enum PidNs {
    /// The host's.
    Host,
    /// A new one.
    #[default]
    New,
    /// An existing one, by descriptor.
    Join(i32),
    /// A new one below an existing one, by descriptor.
    NewBelow(i32),
}

/// The network.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub enum Network {
    /// The host's network, with its abstract sockets.
    Host,
    /// A new network in which only the loopback interface exists, and works.
    #[default]
    None,
}

/// The time namespace (`time_namespaces(7)`, Linux 5.6).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub enum TimeNs {
    /// The host's clocks.
    #[default]
    Host,
    /// A new one, its clocks moved by these offsets.
    New {
        /// Seconds added to `CLOCK_MONOTONIC`.
        monotonic: i64,
        /// Seconds added to `CLOCK_BOOTTIME`.
        boot: i64,
    },
}
