//! `/proc/self/status`, as far as confinement shows in it.

use serde::{Deserialize, Serialize};

/// Capability sets and confinement of one process.
#[derive(Debug, Default, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Status {
    /// CapInh.
    pub inheritable: u64,
    /// CapPrm.
    pub permitted: u64,
    /// CapEff.
    pub effective: u64,
    /// CapBnd.
    pub bounding: u64,
    /// CapAmb.
    pub ambient: u64,
    /// NoNewPrivs.
    pub no_new_privs: bool,
    /// Seccomp: 0 off, 1 strict, 2 filter.
    pub seccomp: u8,
    /// Seccomp_filters: how many programs are installed.
    pub seccomp_filters: u32,
    /// NSpid: the process's ids from the namespace of this procfs inwards.
    pub namespace_pids: Vec<u32>,
}

impl Status {
    /// Reads the text of a `status` file.
    pub fn parse(text: &str) -> Self {
        let mut status = Self::default();
        for (key, value) in text.lines().filter_map(|line| line.split_once(':')) {
            status.take(key, value.trim());
        }
        status
    }

    fn take(&mut self, key: &str, value: &str) {
        let set = || u64::from_str_radix(value, 16).expect("a capability set");
        match key {
            "CapInh" => self.inheritable = set(),
            "CapPrm" => self.permitted = set(),
            "CapEff" => self.effective = set(),
            "CapBnd" => self.bounding = set(),
            "CapAmb" => self.ambient = set(),
            "NoNewPrivs" => self.no_new_privs = value == "1",
            "Seccomp" => self.seccomp = value.parse().expect("a seccomp mode"),
            "Seccomp_filters" => self.seccomp_filters = value.parse().expect("a count"),
            "NSpid" => {
                self.namespace_pids = value
                    .split_whitespace()
                    .map(|pid| pid.parse().expect("a pid"))
                    .collect();
            }
            _ => {}
        }
    }
}
