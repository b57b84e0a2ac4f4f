//! Who the payload is and what it may.

use crate::Capabilities;

/// Ids, capabilities and limits of the payload.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Credentials {
    /// The user id inside; `None` keeps the caller's number. At most 2^32 - 2.
    pub uid: Option<u32>,
    /// The group id inside; `None` keeps the caller's number. At most 2^32 - 2.
    pub gid: Option<u32>,
    /// The set that the changes begin with.
    pub capability_base: CapabilityBase,
    /// Applied in order to the base.
    pub capabilities: Vec<CapabilityChange>,
    /// Bits of `PR_SET_SECUREBITS` (`capabilities(7)`); `None` leaves them as they are.
    pub secure_bits: Option<u32>,
    /// Resource limits of `prlimit(2)`.
    pub limits: Vec<ResourceLimit>,
}

/// The capabilities that changes begin with.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub enum CapabilityBase {
    /// None.
    #[default]
    Nothing,
    /// None for an ordinary user. For root all, in a user namespace of the sandbox's own, else
    /// [`Capabilities::CONTAINER`].
    Callers,
}

/// One change to the payload's capabilities.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub enum CapabilityChange {
    /// These are added.
    Add(Capabilities),
    /// These are taken away.
    Drop(Capabilities),
}

/// A range of ids in a user namespace (`user_namespaces(7)`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct IdRange {
    /// The first id inside.
    pub inside: u32,
    /// The first id outside.
    pub outside: u32,
    /// How many ids.
    pub count: u32,
}

/// A resource limit. `u64::MAX` is no limit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct ResourceLimit {
    /// The number of the `RLIMIT_*` constant of `prlimit(2)`.
    pub resource: u32,
    /// The limit in force.
    pub soft: u64,
    /// What the payload may raise it to.
    pub hard: u64,
}
