//! `SystemCallFilter`: its groups beside those of the rules that every sandbox has.

use super::draft::Draft;
use super::from::Unit;
use super::unit::Assignment;
use aril_seccomp::{Action, Arch, RuleSet, Syscall};

/// A group of systemd's (`systemd-analyze syscall-filter`) that the default rules refuse, with the groups
/// here that do so.
const REFUSED: [(&str, &[&str]); 10] = [
    ("@clock", &["clock"]),
    ("@cpu-emulation", &["vm86", "modify_ldt"]),
    (
        "@debug",
        &["ptrace", "perf", "pidfd_getfd", "process_vm", "kcmp"],
    ),
    ("@keyring", &["keyring"]),
    ("@module", &["modules"]),
    ("@mount", &["mounts", "open_tree_attr"]),
    ("@obsolete", &["uselib"]),
    ("@raw-io", &["rawio"]),
    ("@reboot", &["reboot", "kexec"]),
    ("@swap", &["swap"]),
];

/// The groups of systemd's that rules refuse.
pub(super) fn refused_by(rules: &RuleSet) -> Vec<&'static str> {
    let has = |group: &str| rules.groups().any(|known| known == group);
    let refused = REFUSED.iter();
    let refused = refused.filter(|(_, groups)| groups.iter().all(|group| has(group)));
    refused.map(|(name, _)| *name).collect()
}

pub(super) fn filter(draft: &mut Draft, by: &Assignment, _: &Unit<'_>) {
    match by.value.strip_prefix('~') {
        Some(denied) => deny(draft, by, denied),
        None => allow(draft, by),
    }
}

fn deny(draft: &mut Draft, by: &Assignment, denied: &str) {
    let left = denied.split_whitespace().filter(|word| !is_refused(word));
    let left: Vec<&str> = left.collect();
    if left.is_empty() {
        draft.always(by, "the default rules refuse these calls");
    } else {
        let why = "a profile chooses among groups of rules, and none refuses";
        draft.without(by, format!("{why} {}", left.join(" ")));
    }
}

/// An allow list names hundreds of calls; what it says about the few that matter is said.
fn allow(draft: &mut Draft, by: &Assignment) {
    let why =
        "a profile has no list of what is allowed: the default rules refuse what is dangerous";
    let refused: Vec<&str> = by
        .value
        .split_whitespace()
        .filter(|word| is_refused(word))
        .collect();
    match refused.as_slice() {
        [] => draft.without(by, why),
        refused => draft.without(
            by,
            format!(
                "{why}, also {}, for which there are `-GROUP` words of seccomp",
                refused.join(" ")
            ),
        ),
    }
}

/// Whether the default rules refuse all of a group, or a call whatever its arguments are.
fn is_refused(word: &str) -> bool {
    // A call may be followed by the errno with which it fails.
    let name = word.split(':').next().unwrap_or(word);
    let rules = RuleSet::default();
    if name.starts_with('@') {
        return refused_by(&rules).contains(&name);
    }
    let native = Arch::native().map(|native| rules.policy(native));
    let rules = native.iter().flat_map(|policy| &policy.arches);
    let mut rules = rules.flat_map(|arch| &arch.rules);
    rules.any(|rule| {
        let is_it = matches!(&rule.syscall, Syscall::Name(known) if known == name);
        is_it && rule.conditions.is_empty() && rule.action != Action::Allow
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use aril_seccomp::groups;

    #[test]
    fn every_group_is_one() {
        for name in REFUSED.iter().flat_map(|(_, names)| *names) {
            assert!(groups().iter().any(|group| group.name == *name), "{name}");
        }
        assert_eq!(refused_by(&RuleSet::default()).len(), REFUSED.len());
        assert!(refused_by(&"none".parse().unwrap()).is_empty());
    }

    #[test]
    fn what_the_default_rules_refuse() {
        for word in ["@mount", "ptrace", "bpf", "mount:EPERM", "keyctl"] {
            assert!(is_refused(word), "{word}");
        }
        for word in [
            "@system-service",
            "@privileged",
            "openat",
            "clone",
            "nonsense",
        ] {
            assert!(!is_refused(word), "{word}");
        }
    }
}
