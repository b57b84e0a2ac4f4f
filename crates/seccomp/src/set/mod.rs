//! Named rule sets: words to rules.

mod contract;
mod group;
mod hardening;
mod ownership;
mod row;
mod words;

use std::collections::BTreeSet;

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

impl RuleSet {
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

impl Default for RuleSet {
    /// The set `default`.
    fn default() -> Self {
        words::Base::Default.set()
    }
}

/// The group whose rule this is.
pub(crate) fn group_of(rule: &Rule) -> Option<&'static str> {
    let same = |row: &&Row| {
        row.action == rule.action && row.when == rule.conditions && row.reason == rule.reason
    };
    let Syscall::Name(name) = &rule.syscall else {
        return None;
    };
    rows()
        .filter(same)
        .find(|row| row.syscalls.split(' ').any(|listed| listed == name))
        .map(|row| row.group)
}

/// Hardening comes first: it has exceptions from what the contract allows.
fn rows() -> impl Iterator<Item = &'static Row> {
    let stricter = hardening::ROWS.iter().chain(ownership::ROWS);
    stricter.chain(contract::ROWS)
}

#[cfg(test)]
mod tests;
