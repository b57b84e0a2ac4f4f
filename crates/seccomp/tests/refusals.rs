//! Policies that cannot become programs.

use aril_seccomp::{
    Action, Arch, ArchRules, Arg, Compare, CompileError, Condition, Policy, Rule, Syscall, compile,
};

fn rule(syscall: Syscall, action: Action) -> Rule {
    Rule {
        syscall,
        conditions: Vec::new(),
        action,
        reason: "test".into(),
    }
}

fn policy(arch: Arch, rules: Vec<Rule>) -> Policy {
    Policy {
        default: Action::Allow,
        mismatched_arch: Action::KillProcess,
        arches: vec![ArchRules { arch, rules }],
    }
}

fn refused(policy: &Policy) -> (CompileError, String) {
    let error = compile(policy).unwrap_err();
    let words = error.to_string();
    (error, words)
}

#[test]
fn no_architecture_or_one_twice() {
    let mut policy = policy(Arch::X86_64, vec![]);
    policy.arches.push(policy.arches[0].clone());
    let (error, words) = refused(&policy);
    assert_eq!(error, CompileError::DuplicateArch(Arch::X86_64));
    assert_eq!(
        words,
        "compile system-call rules, on architecture x86_64: it is listed twice"
    );
    policy.arches.clear();
    assert_eq!(refused(&policy).0, CompileError::NoArch);
}

#[test]
fn a_name_that_the_abi_does_not_have() {
    let socketcall = Syscall::Name("socketcall".into());
    let (_, words) = refused(&policy(Arch::X86_64, vec![rule(socketcall, Action::Trap)]));
    assert_eq!(
        words,
        "compile system-call rules, on socketcall: x86_64 has no such system call"
    );
}

#[test]
fn a_number_of_the_other_abi() {
    for (arch, number) in [
        (Arch::X86_64, 0x4000_0000),
        (Arch::X86_64, u32::MAX),
        (Arch::X32, 39),
        (Arch::X32, u32::MAX),
    ] {
        let policy = policy(arch, vec![rule(Syscall::Number(number), Action::Trap)]);
        assert_eq!(
            refused(&policy).0,
            CompileError::WrongNumber { arch, number }
        );
    }
}

#[test]
fn an_errno_that_the_kernel_would_change() {
    let fails = |errno| rule(Syscall::Number(1), Action::Errno(errno));
    assert!(compile(&policy(Arch::Arm, vec![fails(4095)])).is_ok());
    let (error, _) = refused(&policy(Arch::Arm, vec![fails(4096)]));
    assert_eq!(error, CompileError::ErrnoTooLarge(4096));
}

#[test]
fn more_than_the_kernel_takes() {
    let condition = |value| Condition::Long(Arg::A0, Compare::Eq(value));
    let long = (0..600).map(|number| Rule {
        conditions: (0..6)
            .map(|place| condition(u64::from(number * 6 + place)))
            .collect(),
        ..rule(Syscall::Number(number), Action::Trap)
    });
    let (error, words) = refused(&policy(Arch::Aarch64, long.collect()));
    assert!(
        matches!(error, CompileError::TooLong(count) if count > 4096),
        "{error:?}"
    );
    assert!(
        words.ends_with("instructions, the kernel takes 4096"),
        "{words}"
    );
}
