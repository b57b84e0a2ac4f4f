//! Named rule sets: words to rules.

mod contract;
mod group;
mod hardening;
mod row;

use std::collections::BTreeSet;
use std::str::FromStr;

pub use group::{Group, groups};
use row::Row;

use crate::{Action, Arch, ArchRules, Policy, Rule, RuleSetError, Syscall};

/// Groups of rules, chosen by name.
///
/// The words are separated by commas. The first is a base, then sets and groups follow:
///
/// | word | meaning |
/// |---|---|
/// | `default` | base: flatpak's rules and the hardening |
/// | `flatpak` | base: what flatpak refuses, nothing else |
/// | `none` | base: no rule; foreign ABIs are refused all the same |
/// | `devel` | for debuggers: without `ptrace`, `perf`, `personality`, `process_vm`, `kcmp`, `pidfd_getfd` |
/// | `multiarch` | 32-bit programs too, under the same rules; without `modify_ldt` |
/// | `bluetooth`, `canbus` | with the sockets of that family |
/// | `+group` | with the rules of this group: usually stricter |
/// | `-group` | without the rules of this group: usually laxer |
///
/// [`groups`] lists the groups.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RuleSet {
    groups: BTreeSet<&'static str>,
    multiarch: bool,
}

/// What a debugger needs: the calls that `PTRACE_MODE_ATTACH` guards (ptrace(2)), counters,
/// and personality(2) to run a program without address randomization.
const DEVEL: [&str; 6] = [
    "ptrace",
    "perf",
    "personality",
    "process_vm",
    "kcmp",
    "pidfd_getfd",
];

impl RuleSet {
    /// Parses words such as `default,multiarch,-io_uring`.
    pub fn parse(words: &str) -> Result<Self, RuleSetError> {
        let mut words = words
            .split(',')
            .map(str::trim)
            .filter(|word| !word.is_empty());
        let mut set = Self::base(words.next().ok_or(RuleSetError::Empty)?)?;
        for word in words {
            set = if let Some(group) = word.strip_prefix('+') {
                set.with(group)?
            } else if let Some(group) = word.strip_prefix('-') {
                set.without(group)?
            } else {
                set.extended(word)?
            };
        }
        Ok(set)
    }

    /// This set and the rules of one more group.
    pub fn with(mut self, group: &str) -> Result<Self, RuleSetError> {
        self.groups.insert(group::find(group)?.name);
        Ok(self)
    }

    /// This set without the rules of one group.
    pub fn without(mut self, group: &str) -> Result<Self, RuleSetError> {
        self.groups.remove(group::find(group)?.name);
        Ok(self)
    }

    /// The groups whose rules are in the set, in alphabetical order.
    pub fn groups(&self) -> impl Iterator<Item = &'static str> {
        self.groups.iter().copied()
    }

    /// The rules of this set for a kernel whose own ABI is `native`.
    ///
    /// What no rule refuses is allowed. A call through another ABI ends the thread, as under
    /// flatpak.
    pub fn policy(&self, native: Arch) -> Policy {
        let companion = native.companion().filter(|_| self.multiarch);
        let arches = [Some(native), companion].into_iter().flatten();
        Policy {
            default: Action::Allow,
            mismatched_arch: Action::KillThread,
            arches: arches
                .map(|arch| ArchRules {
                    arch,
                    rules: self.rules(arch),
                })
                .collect(),
        }
    }

    fn base(word: &str) -> Result<Self, RuleSetError> {
        let groups = match word {
            "default" => group::names(|group| group.in_default),
            "flatpak" => group::names(|group| group.in_flatpak),
            "none" => BTreeSet::new(),
            other => return Err(RuleSetError::NoBase(other.to_owned())),
        };
        Ok(Self {
            groups,
            multiarch: false,
        })
    }

    fn extended(mut self, set: &str) -> Result<Self, RuleSetError> {
        match set {
            "devel" => DEVEL.into_iter().try_fold(self, Self::without),
            "multiarch" => {
                self.multiarch = true;
                self.without("modify_ldt")
            }
            "bluetooth" | "canbus" => self.with(set),
            other => Err(RuleSetError::UnknownSet(other.to_owned())),
        }
    }

    /// The rules for one ABI, in the order of the tables. Names that the ABI does not have
    /// are left out: there is nothing to refuse.
    fn rules(&self, arch: Arch) -> Vec<Rule> {
        rows()
            .filter(|row| self.groups.contains(row.group))
            .flat_map(|row| row.syscalls.split(' ').map(move |name| (row, name)))
            .filter(|(_, name)| arch.number(name).is_some())
            .map(|(row, name)| row.rule(Syscall::Name(name.into())))
            .collect()
    }
}

impl FromStr for RuleSet {
    type Err = RuleSetError;

    fn from_str(words: &str) -> Result<Self, Self::Err> {
        Self::parse(words)
    }
}

/// Hardening comes first: it has exceptions from what the contract allows.
fn rows() -> impl Iterator<Item = &'static Row> {
    hardening::ROWS.iter().chain(contract::ROWS)
}

#[cfg(test)]
mod tests;
