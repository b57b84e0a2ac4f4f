//! The program decides as the rules do.

mod support;

use aril_seccomp::{Arch, Policy, RuleSet, compile, simulate};
use support::{Chance, VALUES, numbers, policy};

fn assert_agreement(policy: &Policy, chance: &mut Chance, tries: usize) {
    let program = compile(policy).unwrap();
    for arch in Arch::ALL {
        for number in numbers() {
            for _ in 0..tries {
                let args = std::array::from_fn(|_| chance.pick(&VALUES));
                assert_eq!(
                    simulate(&program, arch, number, &args),
                    policy.decide(arch, number, &args).action(),
                    "{arch} {number:#x} {args:x?} of {policy:#?}"
                );
            }
        }
    }
}

#[test]
fn small_policies_by_chance() {
    let mut chance = Chance::new(1);
    for _ in 0..60 {
        let policy = policy(&mut chance, 12);
        assert_agreement(&policy, &mut chance, 1);
    }
}

#[test]
fn crowded_calls_by_chance() {
    let mut chance = Chance::new(2);
    for _ in 0..40 {
        let mut policy = policy(&mut chance, 40);
        for listed in &mut policy.arches {
            let few: Vec<_> = listed
                .rules
                .iter()
                .take(3)
                .map(|r| r.syscall.clone())
                .collect();
            for rule in &mut listed.rules {
                rule.syscall = few[chance.below(few.len())].clone();
            }
        }
        assert_agreement(&policy, &mut chance, 2);
    }
}

#[test]
fn large_policies_by_chance_need_far_jumps() {
    let mut chance = Chance::new(3);
    let mut longest = 0;
    for _ in 0..6 {
        let policy = policy(&mut chance, 200);
        longest = longest.max(compile(&policy).unwrap().instructions().len());
        assert_agreement(&policy, &mut chance, 1);
    }
    assert!(longest > 1000, "{longest}");
}

#[test]
fn named_sets() {
    let mut chance = Chance::new(4);
    for words in [
        "default",
        "flatpak",
        "default,devel,multiarch,bluetooth,canbus",
        "none",
    ] {
        for native in Arch::ALL {
            let policy = RuleSet::parse(words).unwrap().policy(native);
            assert_agreement(&policy, &mut chance, 1);
        }
    }
}
