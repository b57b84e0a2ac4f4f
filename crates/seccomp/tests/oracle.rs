//! Our programs against those of libseccomp, both in the simulator.

mod support;
#[path = "support/oracle.rs"]
mod theirs;

use std::collections::BTreeSet;

use aril_seccomp::{
    Action, Arch, ArchRules, Arg, Compare, Condition, Policy, Program, Rule, RuleSet, Syscall,
    compile, simulate,
};
use support::{ACTIONS, Chance, VALUES};

/// A condition that both sides can say.
fn condition(chance: &mut Chance, arg: Arg, narrow: bool) -> Condition {
    let cut = if narrow {
        u64::from(u32::MAX)
    } else {
        u64::MAX
    };
    let (value, mask) = (
        chance.pick(&VALUES) & cut,
        (chance.pick(&VALUES) & cut).max(1),
    );
    let compare = match chance.below(8) {
        0 => Compare::Eq(value),
        1 => Compare::Ne(value),
        2 => Compare::Lt(value),
        3 => Compare::Le(value),
        4 => Compare::Gt(value),
        5 => Compare::Ge(value),
        6 => Compare::MaskedEq {
            mask,
            value: value & mask,
        },
        _ => return Condition::Int(arg, Compare::Eq(value as u32)),
    };
    Condition::Long(arg, compare)
}

/// Calls that every one of these ABIs has, under numbers that libseccomp knows and that do not
/// hide behind socketcall or ipc.
fn shared_calls(arches: &[Arch]) -> Vec<&'static str> {
    let hidden = ["socketcall", "ipc"];
    let (first, rest) = arches.split_first().unwrap();
    let names = first.syscalls().into_iter().map(|(_, name)| name);
    names
        .filter(|name| rest.iter().all(|arch| arch.number(name).is_some()))
        .filter(|name| !hidden.contains(name) && !multiplexed(name))
        .filter(|name| {
            arches.iter().all(|arch| {
                let known = libseccomp::ScmpSyscall::from_name_by_arch(name, theirs::arch(*arch));
                known.is_ok_and(|number| i32::from(number) >= 0 || *arch == Arch::X32)
            })
        })
        .collect()
}

/// On i386 libseccomp writes these as socketcall(2) or ipc(2) too.
fn multiplexed(name: &str) -> bool {
    const CALLS: [&str; 32] = [
        "socket",
        "bind",
        "connect",
        "listen",
        "accept",
        "getsockname",
        "getpeername",
        "socketpair",
        "send",
        "recv",
        "sendto",
        "recvfrom",
        "shutdown",
        "setsockopt",
        "getsockopt",
        "sendmsg",
        "recvmsg",
        "accept4",
        "recvmmsg",
        "sendmmsg",
        "semop",
        "semget",
        "semctl",
        "semtimedop",
        "msgsnd",
        "msgrcv",
        "msgget",
        "msgctl",
        "shmat",
        "shmdt",
        "shmget",
        "shmctl",
    ];
    CALLS.contains(&name)
}

/// The conditions of several rules that differ in the value of one argument.
fn same_argument(chance: &mut Chance, narrow: bool) -> Vec<Vec<Condition>> {
    let cut = if narrow {
        u64::from(u32::MAX)
    } else {
        u64::MAX
    };
    let arg = chance.pick(&Arg::ALL);
    let values: BTreeSet<_> = (0..3).map(|_| chance.pick(&VALUES) & cut).collect();
    values
        .into_iter()
        .map(|value| vec![Condition::Long(arg, Compare::Eq(value))])
        .collect()
}

/// The conditions of one rule on several arguments.
fn conjunction(chance: &mut Chance, narrow: bool) -> Vec<Condition> {
    let args: Vec<_> = Arg::ALL.iter().filter(|_| chance.below(2) == 0).collect();
    args.into_iter()
        .map(|arg| condition(chance, *arg, narrow))
        .collect()
}

/// A policy that libseccomp can say and decides by its rules. It has no order among the rules
/// for one call, so these have one action; and it goes wrong (2.5.4) when their conditions
/// overlap: of `arg2 <= 0` and `arg1 <= 9 with arg2 > 0` it forgets the second. So a call has
/// one rule, or several for distinct values of one argument.
fn policy(chance: &mut Chance, arches: &[Arch], calls: usize) -> Policy {
    let default = chance.pick(&ACTIONS);
    let narrow = arches.iter().any(|arch| arch.reads_low_halves(u32::MAX));
    let known = shared_calls(arches);
    let mut rules: Vec<Rule> = Vec::new();
    for _ in 0..calls {
        let name = chance.pick(&known);
        let syscall = Syscall::Name(name.into());
        let action = chance.pick(&ACTIONS);
        if action == default || rules.iter().any(|rule| rule.syscall == syscall) {
            continue;
        }
        let conditions = match chance.below(3) {
            0 => same_argument(chance, narrow),
            1 => vec![conjunction(chance, narrow)],
            _ => vec![vec![]],
        };
        let rule = |conditions| {
            let (syscall, reason) = (syscall.clone(), "chance".into());
            Rule {
                syscall,
                conditions,
                action,
                reason,
            }
        };
        rules.extend(conditions.into_iter().map(rule));
    }
    let arches = arches
        .iter()
        .map(|arch| ArchRules {
            arch: *arch,
            rules: rules.clone(),
        })
        .collect();
    Policy {
        default,
        mismatched_arch: chance.pick(&ACTIONS),
        arches,
    }
}

/// The rules of a policy about one number.
fn said(policy: &Policy, number: u32) -> String {
    let mut said = format!(
        "default {}, foreign {}",
        policy.default, policy.mismatched_arch
    );
    for listed in &policy.arches {
        let rules = listed.rules.iter();
        for rule in rules.filter(|rule| rule.syscall.number(listed.arch) == Some(number)) {
            said += &format!("\n  {}: {rule}", listed.arch);
        }
    }
    said
}

fn assert_same(ours: &Program, theirs: &Program, chance: &mut Chance, policy: &Policy) {
    let narrow = policy
        .arches
        .iter()
        .any(|listed| listed.arch.reads_low_halves(u32::MAX));
    let cut = if narrow {
        u64::from(u32::MAX)
    } else {
        u64::MAX
    };
    for arch in Arch::ALL {
        for number in support::numbers() {
            for _ in 0..2 {
                let args = std::array::from_fn(|_| chance.pick(&VALUES) & cut);
                assert_eq!(
                    simulate(ours, arch, number, &args),
                    simulate(theirs, arch, number, &args),
                    "{arch} {number:#x} {args:x?} of {}",
                    said(policy, number)
                );
            }
        }
    }
}

fn assert_agreement(arches: &[Arch], seed: u64) {
    let mut chance = Chance::new(seed);
    for round in 0..12 {
        let policy = policy(&mut chance, arches, 30);
        let theirs = theirs::program(&policy, 1 + round % 2);
        assert_same(&compile(&policy).unwrap(), &theirs, &mut chance, &policy);
    }
}

#[test]
fn one_abi() {
    for (seed, arch) in [Arch::X86_64, Arch::I386, Arch::Aarch64, Arch::Arm]
        .iter()
        .enumerate()
    {
        assert_agreement(&[*arch], 10 + seed as u64);
    }
}

#[test]
fn two_abis() {
    assert_agreement(&[Arch::X86_64, Arch::I386], 20);
    assert_agreement(&[Arch::Aarch64, Arch::Arm], 21);
}

#[test]
fn x86_64_and_x32_share_an_audit_value() {
    assert_agreement(&[Arch::X86_64, Arch::X32], 30);
}

/// A set without its exceptions, which libseccomp has no order for, and without what libseccomp
/// does not know.
fn without_exceptions(words: &str, native: Arch) -> Policy {
    let mut policy = RuleSet::parse(words).unwrap().policy(native);
    for listed in &mut policy.arches {
        listed.rules.retain(|rule| {
            let Syscall::Name(name) = &rule.syscall else {
                return false;
            };
            let known = libseccomp::ScmpSyscall::from_name_by_arch(name, theirs::arch(native));
            known.is_ok() && !["socket", "socketcall", "personality"].contains(&name.as_ref())
        });
    }
    policy
}

#[test]
fn named_sets() {
    let mut chance = Chance::new(40);
    for words in ["default", "flatpak", "default,devel", "flatpak,bluetooth"] {
        for native in [Arch::X86_64, Arch::I386, Arch::Aarch64, Arch::Arm] {
            let policy = without_exceptions(words, native);
            let theirs = theirs::program(&policy, 1);
            assert_same(&compile(&policy).unwrap(), &theirs, &mut chance, &policy);
        }
    }
}

/// The exceptions, said as libseccomp can say them: the gaps between the families one by one.
#[test]
fn socket_families() {
    use libseccomp::{ScmpArgCompare, ScmpCompareOp::*, ScmpFilterContext, ScmpSyscall};
    let refused = theirs::action(Action::Errno(97));
    let mut context = ScmpFilterContext::new(theirs::action(Action::Allow)).unwrap();
    let socket = ScmpSyscall::from_name("socket").unwrap();
    let mut refuse = |op, value| {
        let test = ScmpArgCompare::new(0, op, value);
        context
            .add_rule_conditional_exact(refused, socket, &[test])
            .unwrap();
    };
    (3..10)
        .chain(11..16)
        .for_each(|family| refuse(Equal, family));
    refuse(Greater, 16);
    let theirs = theirs::export(&context);
    let ours = compile(&RuleSet::parse("flatpak").unwrap().policy(Arch::X86_64)).unwrap();
    for family in (0..70).chain([0x7fff_ffff, 0x8000_0000, 0xffff_ffff]) {
        let args = [family, 1, 0, 0, 0, 0];
        let number = Arch::X86_64.number("socket").unwrap();
        assert_eq!(
            simulate(&ours, Arch::X86_64, number, &args),
            simulate(&theirs, Arch::X86_64, number, &args),
            "{family}"
        );
    }
}
