//! Policies by chance, from a fixed seed, and calls worth trying on them.
#![allow(dead_code, reason = "each test file uses its own part")]

use aril_seccomp::{Action, Arch, ArchRules, Arg, Compare, Condition, Policy, Rule, Syscall};

/// A small deterministic source of numbers: xorshift64 (Marsaglia 2003).
pub(crate) struct Chance(u64);

impl Chance {
    pub(crate) fn new(seed: u64) -> Self {
        Self(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1)
    }

    pub(crate) fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }

    pub(crate) fn below(&mut self, limit: usize) -> usize {
        (self.next() >> 11) as usize % limit
    }

    pub(crate) fn pick<T: Copy>(&mut self, from: &[T]) -> T {
        from[self.below(from.len())]
    }
}

/// Values around which comparisons turn.
pub(crate) const VALUES: [u64; 12] = [
    0,
    1,
    2,
    0x5412,
    0x7fff_ffff,
    0x8000_0000,
    0xffff_ffff,
    0x1_0000_0000,
    0x1_0000_0002,
    0x1_0000_5412,
    0x7fff_ffff_ffff_ffff,
    u64::MAX,
];

fn compare<T: Copy + std::ops::BitAnd<Output = T>>(
    chance: &mut Chance,
    value: T,
    mask: T,
) -> Compare<T> {
    match chance.below(8) {
        0 => Compare::Eq(value),
        1 => Compare::Ne(value),
        2 => Compare::Lt(value),
        3 => Compare::Le(value),
        4 => Compare::Gt(value),
        5 => Compare::Ge(value),
        6 => Compare::MaskedEq { mask, value },
        _ => Compare::MaskedEq {
            mask,
            value: value & mask,
        },
    }
}

/// Any condition.
pub(crate) fn condition(chance: &mut Chance) -> Condition {
    let arg = chance.pick(&Arg::ALL[..3]);
    let (value, mask) = (chance.pick(&VALUES), chance.pick(&VALUES));
    if chance.below(2) == 0 {
        Condition::Int(arg, compare(chance, value as u32, mask as u32))
    } else {
        Condition::Long(arg, compare(chance, value, mask))
    }
}

pub(crate) const ACTIONS: [Action; 8] = [
    Action::Allow,
    Action::Errno(1),
    Action::Errno(38),
    Action::KillProcess,
    Action::KillThread,
    Action::Trap,
    Action::Log,
    Action::UserNotify,
];

/// Any policy, with `rules` rules on each of its ABIs.
pub(crate) fn policy(chance: &mut Chance, rules: usize) -> Policy {
    let mut arches: Vec<Arch> = Arch::ALL.to_vec();
    for _ in 0..chance.below(5) {
        arches.remove(chance.below(arches.len()));
    }
    Policy {
        default: chance.pick(&ACTIONS),
        mismatched_arch: chance.pick(&ACTIONS),
        arches: arches
            .into_iter()
            .map(|arch| arch_rules(chance, arch, rules))
            .collect(),
    }
}

fn arch_rules(chance: &mut Chance, arch: Arch, rules: usize) -> ArchRules {
    let known = arch.syscalls();
    let rules = (0..chance.below(rules + 1))
        .map(|_| Rule {
            syscall: Syscall::Number(chance.pick(&known).0),
            conditions: (0..chance.below(4)).map(|_| condition(chance)).collect(),
            action: chance.pick(&ACTIONS),
            reason: "chance".into(),
        })
        .collect();
    ArchRules { arch, rules }
}

/// Numbers on and around every system call of every ABI, and the edges of the ABIs.
pub(crate) fn numbers() -> impl Iterator<Item = u32> {
    const X32: u32 = 0x4000_0000;
    let edges = [X32 - 1, 0x7fff_ffff, 0x8000_0000, 0xffff_fffe, u32::MAX];
    (0..=600)
        .chain(0x0f_0000..0x0f_0008)
        .chain(X32..X32 + 601)
        .chain(edges)
}
