//! A program that tells of its refusals decides as the one that does not.

mod support;

use aril_seccomp::{
    Action, Arch, Call, Policy, RuleSet, compile, judge, possible_actions, simulate,
};
use support::{Chance, VALUES, numbers, policy};

/// The answer of the supervisor stands for the answer of the program.
fn assert_same_verdicts(policy: &Policy, chance: &mut Chance) {
    let silent = compile(policy).unwrap();
    let telling = silent.notifying();
    assert_eq!(silent.instructions().len(), telling.instructions().len());
    for arch in Arch::ALL {
        for number in numbers() {
            let args = std::array::from_fn(|_| chance.pick(&VALUES));
            let expected = simulate(&silent, arch, number, &args);
            let told = simulate(&telling, arch, number, &args);
            match expected {
                // A kernel without the supervisor refuses it too.
                Action::Errno(_) => assert_eq!(told, Action::UserNotify),
                other => assert_eq!(told, other),
            }
            let possible = possible_actions(&silent, arch.audit(), number);
            assert!(
                possible.contains(&expected),
                "{arch} {number}: {possible:?}"
            );
        }
    }
}

#[test]
fn policies_by_chance() {
    let mut chance = Chance::new(11);
    for _ in 0..40 {
        let policy = policy(&mut chance, 30);
        assert_same_verdicts(&policy, &mut chance);
    }
}

#[test]
fn named_sets() {
    let mut chance = Chance::new(12);
    for words in ["default", "flatpak", "default,devel,multiarch", "none"] {
        for native in Arch::ALL {
            let policy = RuleSet::parse(words).unwrap().policy(native);
            assert_same_verdicts(&policy, &mut chance);
        }
    }
}

fn socket(family: u64) -> Call {
    Call {
        audit: Arch::X86_64.audit(),
        number: 41,
        args: [family, 3, 0, 0, 0, 0],
    }
}

#[test]
fn two_rules_for_one_call_are_told_apart() {
    let policy = RuleSet::parse("default").unwrap().policy(Arch::X86_64);
    let program = compile(&policy).unwrap();
    let refused: Vec<_> = (0..50)
        .map(|family| (family, judge(&program, &socket(family))))
        .filter(|(_, judgement)| matches!(judgement.action, Action::Errno(_)))
        .collect();
    assert!(refused.len() > 5);
    for (family, one) in &refused {
        for (other, two) in &refused {
            let rules =
                [family, other].map(|family| policy.refusal(&socket(*family)).unwrap().rule);
            assert!(
                rules[0] == rules[1] || one.site != two.site,
                "families {family} and {other}"
            );
        }
    }
}

#[test]
fn a_refusal_names_call_rule_and_group() {
    let policy = RuleSet::parse("default,multiarch")
        .unwrap()
        .policy(Arch::X86_64);
    let call = |arch: Arch, name| Call {
        audit: arch.audit(),
        number: arch.number(name).unwrap(),
        args: [0; 6],
    };
    let native = policy.refusal(&call(Arch::X86_64, "ptrace")).unwrap();
    assert_eq!(
        (native.syscall(), native.group()),
        (Some("ptrace"), Some("ptrace"))
    );
    let foreign = policy.refusal(&call(Arch::I386, "io_uring_setup")).unwrap();
    assert_eq!(
        (foreign.arch, foreign.group()),
        (Arch::I386, Some("io_uring"))
    );
    if Arch::native() == Some(Arch::X86_64) {
        assert!(
            foreign.to_string().starts_with("io_uring_setup (i386): "),
            "{foreign}"
        );
    }
    let x32 = Arch::of_call(Arch::X32.audit(), 0x4000_0000 | 41);
    assert_eq!(x32, Some(Arch::X32));
    assert_eq!(
        Arch::of_call(Arch::X32.audit(), u32::MAX),
        Some(Arch::X86_64)
    );
    assert_eq!(Arch::of_call(1, 1), None);
}

/// What is observed is allowed, and nothing else about a program changes.
#[test]
fn what_is_observed_counts_as_allowed() {
    let mut chance = Chance::new(13);
    let mut observed = 0;
    for words in ["default", "flatpak", "default,devel,multiarch", "none"] {
        for native in Arch::ALL {
            let policy = RuleSet::parse(words).unwrap().policy(native);
            let plain = compile(&policy).unwrap();
            let observing = compile(&policy.observing()).unwrap();
            let unobserved = observing.unobserved();
            let telling = observing.notifying();
            for arch in Arch::ALL {
                for number in numbers() {
                    let args = std::array::from_fn(|_| chance.pick(&VALUES));
                    let expected = simulate(&plain, arch, number, &args);
                    let with = simulate(&observing, arch, number, &args);
                    assert_eq!(simulate(&unobserved, arch, number, &args), expected);
                    match with {
                        Action::UserNotify => assert_eq!(expected, Action::Allow),
                        other => assert_eq!(other, expected),
                    }
                    observed += usize::from(with == Action::UserNotify);
                    let told = simulate(&telling, arch, number, &args) == Action::UserNotify;
                    let is_told = matches!(with, Action::UserNotify | Action::Errno(_));
                    assert_eq!(told, is_told);
                }
            }
        }
    }
    assert!(observed > 100, "{observed}");
}

/// Calls that are made all the time are decided by their number alone, which the kernel remembers.
#[test]
fn calls_that_name_nothing_are_not_told() {
    let native = Arch::X86_64;
    let policy = RuleSet::default().policy(native).observing();
    let program = compile(&policy).unwrap().notifying();
    for name in [
        "read", "write", "getppid", "close", "mmap", "fstat", "sendmsg",
    ] {
        let possible = possible_actions(&program, native.audit(), native.number(name).unwrap());
        assert_eq!(possible, [Action::Allow].into(), "{name}");
    }
}
