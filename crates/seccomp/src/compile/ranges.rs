//! Numbers of one audit value, cut into ranges with one verdict each.

use std::collections::{BTreeMap, HashSet};

use crate::arch::X32_BIT;
use crate::{Action, Arch, CompileError, Condition, Policy, Syscall};

/// Numbers from `first` to the next range's first.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Range<'a> {
    pub(crate) first: u32,
    pub(crate) verdict: Verdict<'a>,
}

/// What becomes of a number: the first test that holds decides.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Verdict<'a> {
    pub(crate) tests: Vec<(&'a [Condition], Action)>,
    pub(crate) otherwise: Action,
    /// The kernel reads the low halves of the arguments alone.
    pub(crate) narrow: bool,
}

impl Verdict<'_> {
    fn plain(otherwise: Action) -> Self {
        Self {
            tests: Vec::new(),
            otherwise,
            narrow: false,
        }
    }
}

/// The ranges for an audit value, from 0 to the largest number.
pub(crate) fn ranges(policy: &Policy, arch: Arch) -> Result<Vec<Range<'_>>, CompileError> {
    let mut ranges = Vec::new();
    for region in regions(arch) {
        region.cut(policy, &mut ranges)?;
    }
    ranges.dedup_by(|later, earlier| later.verdict == earlier.verdict);
    Ok(ranges)
}

/// Numbers that belong to one ABI.
struct Region {
    arch: Arch,
    first: u32,
    last: u32,
}

/// Which numbers of an audit value belong to which ABI.
///
/// −1 is no call but what a tracer writes to have one skipped (ptrace(2),
/// `PTRACE_SYSCALL`): under x86_64 it must not count as x32 though bit 30 is set.
fn regions(arch: Arch) -> Vec<Region> {
    const LAST: u32 = u32::MAX;
    match arch {
        Arch::X86_64 | Arch::X32 => vec![
            Region {
                arch: Arch::X86_64,
                first: 0,
                last: X32_BIT - 1,
            },
            Region {
                arch: Arch::X32,
                first: X32_BIT,
                last: LAST - 1,
            },
            Region {
                arch: Arch::X86_64,
                first: LAST,
                last: LAST,
            },
        ],
        other => vec![Region {
            arch: other,
            first: 0,
            last: LAST,
        }],
    }
}

impl Region {
    fn cut<'a>(&self, policy: &'a Policy, out: &mut Vec<Range<'a>>) -> Result<(), CompileError> {
        let listed = policy.arches.iter().any(|listed| listed.arch == self.arch);
        let usual = if listed {
            policy.default
        } else {
            policy.mismatched_arch
        };
        let mut next = Some(self.first);
        for (number, verdict) in self.verdicts(policy)? {
            if !(self.first..=self.last).contains(&number) {
                continue;
            }
            if let Some(first) = next.filter(|first| *first < number) {
                out.push(Range {
                    first,
                    verdict: Verdict::plain(usual),
                });
            }
            out.push(Range {
                first: number,
                verdict,
            });
            next = number.checked_add(1);
        }
        if let Some(first) = next.filter(|first| *first <= self.last) {
            out.push(Range {
                first,
                verdict: Verdict::plain(usual),
            });
        }
        Ok(())
    }

    /// The verdict of every number about which a rule speaks.
    fn verdicts<'a>(&self, policy: &'a Policy) -> Result<BTreeMap<u32, Verdict<'a>>, CompileError> {
        let mut verdicts = BTreeMap::new();
        let mut decided = HashSet::new();
        let listed = policy
            .arches
            .iter()
            .filter(|listed| listed.arch == self.arch);
        for rule in listed.flat_map(|listed| &listed.rules) {
            let number = number(&rule.syscall, self.arch)?;
            let verdict = verdicts
                .entry(number)
                .or_insert_with(|| Verdict::plain(policy.default));
            if decided.contains(&number) {
                continue;
            }
            if rule.conditions.is_empty() {
                verdict.otherwise = rule.action;
                decided.insert(number);
            } else {
                verdict.narrow = self.arch.reads_low_halves(number);
                verdict
                    .tests
                    .push((rule.conditions.as_slice(), rule.action));
            }
        }
        verdicts.values_mut().for_each(drop_idle_tests);
        Ok(verdicts)
    }
}

/// A last test that decides what would come out anyway decides nothing.
fn drop_idle_tests(verdict: &mut Verdict<'_>) {
    while verdict
        .tests
        .last()
        .is_some_and(|test| test.1 == verdict.otherwise)
    {
        verdict.tests.pop();
    }
}

fn number(syscall: &Syscall, arch: Arch) -> Result<u32, CompileError> {
    let Some(number) = syscall.number(arch) else {
        return Err(CompileError::UnknownSyscall {
            arch,
            name: syscall.to_string(),
        });
    };
    let fits = match arch {
        Arch::X86_64 => number < X32_BIT,
        Arch::X32 => number >= X32_BIT && number != u32::MAX,
        _ => true,
    };
    if fits {
        Ok(number)
    } else {
        Err(CompileError::WrongNumber { arch, number })
    }
}
