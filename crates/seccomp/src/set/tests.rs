use super::*;
use crate::Decision;

const NO_ARGS: [u64; 6] = [0; 6];

fn decide(words: &str, name: &str) -> Action {
    let policy = RuleSet::parse(words).unwrap().policy(Arch::X86_64);
    policy
        .decide(Arch::X86_64, Arch::X86_64.number(name).unwrap(), &NO_ARGS)
        .action()
}

#[test]
fn words_choose_groups() {
    assert_eq!(decide("default", "io_uring_setup"), Action::Errno(38));
    assert_eq!(decide("flatpak", "io_uring_setup"), Action::Allow);
    assert_eq!(decide("default,-io_uring", "io_uring_setup"), Action::Allow);
    assert_eq!(
        decide("flatpak, +io_uring", "io_uring_setup"),
        Action::Errno(38)
    );
    assert_eq!(decide("default,devel", "ptrace"), Action::Allow);
    assert_eq!(decide("default,devel,+ptrace", "ptrace"), Action::Errno(1));
    assert_eq!(decide("none", "mount"), Action::Allow);
}

#[test]
fn wrong_words_are_named() {
    let wrong = |words| RuleSet::parse(words).unwrap_err().to_string();
    assert_eq!(
        wrong(" ,"),
        "read rule set, on the empty list: it names no set"
    );
    assert_eq!(
        wrong("default,+foo"),
        "read rule set, on foo: there is no such group of rules"
    );
    assert_eq!(
        wrong("default,foo"),
        "read rule set, on foo: there is no such set"
    );
    assert_eq!(
        wrong("default,-"),
        "read rule set, on : there is no such group of rules"
    );
    assert_eq!(
        wrong("devel"),
        "read rule set, on devel: the list must begin with default, flatpak or none"
    );
    assert!(RuleSet::parse("default,é").is_err());
}

#[test]
fn every_row_belongs_to_a_group_and_every_group_has_a_row() {
    for row in rows() {
        assert!(group::find(row.group).is_ok(), "{}", row.group);
    }
    for group in groups() {
        assert!(rows().any(|row| row.group == group.name), "{}", group.name);
    }
}

#[test]
fn every_name_in_the_tables_is_a_system_call_somewhere() {
    for name in rows().flat_map(|row| row.syscalls.split(' ')) {
        assert!(
            Arch::ALL.iter().any(|arch| arch.number(name).is_some()),
            "{name}"
        );
    }
}

#[test]
fn a_decision_names_its_rule() {
    let policy = RuleSet::parse("default").unwrap().policy(Arch::X86_64);
    let vsock = [40, 1, 0, 0, 0, 0];
    let Decision::Rule(rule) = policy.decide(Arch::X86_64, 41, &vsock) else {
        panic!("no rule");
    };
    assert_eq!(
        rule.to_string(),
        "socket: fail with EAFNOSUPPORT (rare families, often the door of kernel bugs)"
    );
}

#[test]
fn multiarch_adds_the_companion_under_the_same_rules() {
    let set = RuleSet::parse("default,multiarch").unwrap();
    let arches = |native| {
        set.policy(native)
            .arches
            .iter()
            .map(|a| a.arch)
            .collect::<Vec<_>>()
    };
    assert_eq!(arches(Arch::X86_64), [Arch::X86_64, Arch::I386]);
    assert_eq!(arches(Arch::Aarch64), [Arch::Aarch64, Arch::Arm]);
    assert_eq!(arches(Arch::I386), [Arch::I386]);
}

#[test]
fn words_are_written_and_read_back() {
    let written = [
        ("default", "default"),
        ("none", "none"),
        ("flatpak,multiarch", "flatpak,multiarch"),
        (
            "default,multiarch,+modify_ldt",
            "default,multiarch,+modify_ldt",
        ),
        ("default,-io_uring,canbus", "default,+canbus,-io_uring"),
        ("none,+sockets", "none,+sockets"),
    ];
    for (words, expected) in written {
        let set = RuleSet::parse(words).unwrap();
        assert_eq!(set.to_string(), expected);
        assert_eq!(expected.parse(), Ok(set));
    }
    assert_eq!(RuleSet::default().to_string(), "default");
}

#[test]
fn every_rule_is_found_in_its_group_again() {
    for row in rows() {
        for name in row.syscalls.split(' ') {
            let rule = row.rule(Syscall::Name(name.into()));
            assert_eq!(group_of(&rule), Some(row.group), "{rule}");
        }
    }
}
