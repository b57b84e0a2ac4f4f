//! Which system calls are refused: the very programs of the spec are run, whoever made them.

use super::model::{Rule, SystemCalls};
use aril_sandbox::Spec;
use aril_sandbox::spec::SeccompProgram;
use aril_seccomp::{Action, Arch, Compare, Condition, Program, RuleSet, groups, simulate};

/// The rules that the programs of a spec enforce. Programs that are read from descriptors are counted
/// alone.
pub(super) fn of(spec: &Spec) -> SystemCalls {
    let programs = spec.seccomp.iter().filter_map(|program| match program {
        SeccompProgram::Bytes(bytes) | SeccompProgram::Reported(bytes) => {
            Program::from_bytes(bytes).ok()
        }
        SeccompProgram::Observed(bytes) => Some(Program::from_bytes(bytes).ok()?.unobserved()),
        SeccompProgram::Fd(_) | SeccompProgram::LateFd(_) => None,
    });
    let programs: Vec<Program> = programs.collect();
    SystemCalls {
        programs: spec.seccomp.len(),
        rules: Arch::native().map_or(Vec::new(), |arch| in_force(&programs, arch)),
    }
}

fn in_force(programs: &[Program], arch: Arch) -> Vec<Rule> {
    let policy = every_rule().policy(arch);
    let mut found: Vec<Rule> = Vec::new();
    let rules = policy.arches.iter().filter(|listed| listed.arch == arch);
    for rule in rules.flat_map(|listed| &listed.rules) {
        let Some(number) = rule.syscall.number(arch) else {
            continue;
        };
        let arguments = witness(&rule.conditions);
        let verdicts = programs
            .iter()
            .map(|program| simulate(program, arch, number, &arguments));
        let refused = rule.action != Action::Allow
            && verdicts.into_iter().any(|verdict| verdict == rule.action);
        if refused {
            found.push(Rule {
                syscall: rule.syscall.to_string(),
                when: rule.conditions.iter().map(ToString::to_string).collect(),
                action: rule.action.to_string(),
                reason: rule.reason.to_string(),
            });
        }
    }
    found
}

/// Every group of rules there is.
fn every_rule() -> RuleSet {
    groups().iter().fold(RuleSet::default(), |set, group| {
        let more = set.clone().with(group.name);
        more.unwrap_or(set)
    })
}

/// Arguments of which all conditions are true. An argument that no condition names has a value that
/// no exception speaks of.
fn witness(conditions: &[Condition]) -> [u64; 6] {
    let mut arguments = [UNUSUAL; 6];
    for condition in conditions {
        let (arg, value) = match *condition {
            Condition::Int(arg, compare) => (arg, u64::from(satisfying(compare, 0, u32::MAX))),
            Condition::Long(arg, compare) => (arg, satisfying(compare, 0, u64::MAX)),
        };
        if let Some(argument) = arguments.get_mut(arg.index()) {
            *argument = value;
        }
    }
    arguments
}

/// Among socket families, ioctl requests and execution domains nothing has this number.
const UNUSUAL: u64 = 0x7654_3210;

/// A value of which a comparison is true, where there is one.
fn satisfying<T: Copy + PartialOrd + std::ops::BitAnd<Output = T>>(
    compare: Compare<T>,
    least: T,
    most: T,
) -> T {
    match compare {
        Compare::Eq(value) | Compare::Le(value) | Compare::Ge(value) => value,
        Compare::MaskedEq { value, .. } => value,
        Compare::Lt(_) => least,
        Compare::Gt(_) => most,
        Compare::Ne(value) => [least, most]
            .into_iter()
            .find(|it| *it != value)
            .unwrap_or(least),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use aril_seccomp::compile;

    fn rules(words: &str) -> Vec<String> {
        let native = Arch::native().unwrap();
        let program = compile(&RuleSet::parse(words).unwrap().policy(native)).unwrap();
        let mut spec = Spec::new("x");
        spec.seccomp.push(SeccompProgram::Bytes(program.to_bytes()));
        let rules = of(&spec).rules.into_iter();
        rules
            .map(|rule| format!("{} {}", rule.syscall, rule.reason))
            .collect()
    }

    #[test]
    fn the_rules_of_a_set_are_found_in_its_program() {
        for words in [
            "none",
            "flatpak",
            "default",
            "default,devel,bluetooth",
            "none,+netlink",
        ] {
            let native = Arch::native().unwrap();
            let policy = RuleSet::parse(words).unwrap().policy(native);
            let expected = policy.arches[0]
                .rules
                .iter()
                .filter(|rule| rule.action != Action::Allow);
            let expected = expected.map(|rule| format!("{} {}", rule.syscall, rule.reason));
            assert_eq!(rules(words), expected.collect::<Vec<_>>(), "{words}");
        }
    }

    #[test]
    fn without_a_program_nothing_is_refused() {
        let calls = of(&Spec::new("x"));
        assert_eq!((calls.programs, calls.rules.len()), (0, 0));
    }
}
