//! Sets of capabilities, by name (`capabilities(7)`).

use std::fmt;

/// A set of capabilities, one bit a number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Capabilities(pub u64);

/// The names in the order of their numbers, `CAP_CHOWN` being 0 (include/uapi/linux/capability.h).
const NAMES: [&str; 41] = [
    "chown",
    "dac_override",
    "dac_read_search",
    "fowner",
    "fsetid",
    "kill",
    "setgid",
    "setuid",
    "setpcap",
    "linux_immutable",
    "net_bind_service",
    "net_broadcast",
    "net_admin",
    "net_raw",
    "ipc_lock",
    "ipc_owner",
    "sys_module",
    "sys_rawio",
    "sys_chroot",
    "sys_ptrace",
    "sys_pacct",
    "sys_admin",
    "sys_boot",
    "sys_nice",
    "sys_resource",
    "sys_time",
    "sys_tty_config",
    "mknod",
    "lease",
    "audit_write",
    "audit_control",
    "setfcap",
    "mac_override",
    "mac_admin",
    "syslog",
    "wake_alarm",
    "block_suspend",
    "audit_read",
    "perfmon",
    "bpf",
    "checkpoint_restore",
];

impl Capabilities {
    /// No capability.
    pub const NONE: Self = Self(0);
    /// Every capability that has a name.
    pub const ALL: Self = Self((1 << NAMES.len()) - 1);

    /// What a real root keeps that asked for nothing and has no user namespace of its own: enough to
    /// own and start ordinary programs, nothing that reaches the kernel or the host's devices.
    pub const CONTAINER: Self = Self(
        1 << 0
            | 1 << 1
            | 1 << 3
            | 1 << 4
            | 1 << 5
            | 1 << 6
            | 1 << 7
            | 1 << 8
            | 1 << 10
            | 1 << 18
            | 1 << 29
            | 1 << 31,
    );

    /// This set with `other`.
    pub const fn with(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// This set without `other`.
    pub const fn without(self, other: Self) -> Self {
        Self(self.0 & !other.0)
    }

    /// What is in both sets.
    pub const fn intersect(self, other: Self) -> Self {
        Self(self.0 & other.0)
    }

    /// Whether the set is empty.
    pub const fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// Whether capability `number` is in the set.
    pub const fn contains(self, number: u32) -> bool {
        self.0 >> number & 1 == 1
    }

    /// The numbers in the set, ascending.
    pub fn numbers(self) -> impl Iterator<Item = u32> {
        (0..64).filter(move |&number| self.contains(number))
    }

    /// Reads one name (`CAP_NET_RAW`, `cap_net_raw`; any case), a number, or `ALL`.
    pub fn parse(name: &str) -> Result<Self, CapabilityError> {
        if name.eq_ignore_ascii_case("all") {
            return Ok(Self::ALL);
        }
        let unknown = || CapabilityError {
            name: name.to_owned(),
        };
        if let Ok(number) = name.parse::<u32>() {
            let known = (number as usize) < NAMES.len();
            return known.then(|| Self(1 << number)).ok_or_else(unknown);
        }
        let lower = name.to_ascii_lowercase();
        let bare = lower.strip_prefix("cap_").ok_or_else(unknown)?;
        let number = NAMES
            .iter()
            .position(|known| *known == bare)
            .ok_or_else(unknown)?;
        Ok(Self(1 << number))
    }
}

impl fmt::Display for Capabilities {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            Self::NONE => out.write_str("none"),
            Self::ALL => out.write_str("all"),
            some => {
                for (index, number) in some.numbers().enumerate() {
                    out.write_str(if index == 0 { "" } else { "," })?;
                    match NAMES.get(number as usize) {
                        Some(name) => write!(out, "cap_{name}")?,
                        None => write!(out, "{number}")?,
                    }
                }
                Ok(())
            }
        }
    }
}

/// A name that is no capability's.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CapabilityError {
    /// The name as given.
    pub name: String,
}

impl fmt::Display for CapabilityError {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "parse a capability, {:?}: no such name", self.name)
    }
}

impl std::error::Error for CapabilityError {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_numbers_and_all_are_read_in_any_case() {
        for (text, set) in [
            ("CAP_CHOWN", 1),
            ("cap_sys_admin", 1 << 21),
            ("12", 1 << 12),
            ("all", Capabilities::ALL.0),
            ("ALL", Capabilities::ALL.0),
        ] {
            assert_eq!(Capabilities::parse(text), Ok(Capabilities(set)), "{text}");
        }
        for text in ["", "chown", "cap_", "41", "64", "-1", "cap_chown "] {
            assert!(Capabilities::parse(text).is_err(), "{text}");
        }
    }

    #[test]
    fn the_container_set_reaches_neither_kernel_nor_devices() {
        let names = Capabilities::CONTAINER.to_string();
        for refused in [
            "sys_admin",
            "sys_module",
            "mknod",
            "dac_read_search",
            "net_admin",
            "bpf",
        ] {
            assert!(!names.contains(refused), "{names}");
        }
    }
}
