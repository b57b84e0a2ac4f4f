//! The conditions of one call, as a chain of comparisons of 32-bit words.

use super::assembler::{Assembler, Target};
use super::ranges::Verdict;
use crate::condition::{high, low};
use crate::opcode::{JEQ, JGE, JGT, JSET, OFFSET_ARGS};
use crate::{Action, Arg, Compare, Condition};

/// Writes a verdict.
pub(crate) fn emit(assembler: &mut Assembler, verdict: &Verdict<'_>) -> Target {
    let mut chain = Chain {
        assembler,
        narrow: verdict.narrow,
    };
    let mut next = Entry::end(verdict.otherwise);
    for (conditions, action) in verdict.tests.iter().rev() {
        let mut yes = Entry::end(*action);
        for condition in conditions.iter().rev() {
            yes = chain.condition(condition, yes, next);
        }
        next = yes;
    }
    next.fresh
}

/// A way into written code.
#[derive(Clone, Copy, PartialEq, Eq)]
struct Entry {
    /// Whatever the accumulator holds.
    fresh: Target,
    /// If the accumulator holds the word at this offset already: past the load.
    loaded: Option<(u32, Target)>,
}

impl Entry {
    fn end(action: Action) -> Self {
        Self {
            fresh: Target::Return(action),
            loaded: None,
        }
    }

    fn when_held(self, held: Option<u32>) -> Target {
        match self.loaded {
            Some((offset, target)) if held == Some(offset) => target,
            _ => self.fresh,
        }
    }
}

struct Chain<'a> {
    assembler: &'a mut Assembler,
    narrow: bool,
}

impl Chain<'_> {
    fn condition(&mut self, condition: &Condition, yes: Entry, no: Entry) -> Entry {
        match *condition {
            Condition::Int(arg, compare) => self.half(low_half(arg), compare, yes, no),
            Condition::Long(arg, compare) if self.narrow => match narrowed(compare) {
                Ok(compare) => self.half(low_half(arg), compare, yes, no),
                Err(always) => {
                    if always {
                        yes
                    } else {
                        no
                    }
                }
            },
            Condition::Long(arg, compare) => self.both(arg, compare, yes, no),
        }
    }

    /// A comparison of all 64 bits.
    fn both(&mut self, arg: Arg, compare: Compare<u64>, yes: Entry, no: Entry) -> Entry {
        match compare {
            Compare::Eq(value) => self.both(
                arg,
                Compare::MaskedEq {
                    mask: u64::MAX,
                    value,
                },
                yes,
                no,
            ),
            Compare::Ne(value) => self.both(arg, Compare::Eq(value), no, yes),
            Compare::Lt(value) => self.both(arg, Compare::Ge(value), no, yes),
            Compare::Le(value) => self.both(arg, Compare::Gt(value), no, yes),
            Compare::Gt(value) => self.above(arg, value, (JGT, yes), no),
            Compare::Ge(value) => self.above(arg, value, (JGE, yes), no),
            Compare::MaskedEq { mask, value } => {
                let lower = Compare::MaskedEq {
                    mask: low(mask),
                    value: low(value),
                };
                let upper = Compare::MaskedEq {
                    mask: high(mask),
                    value: high(value),
                };
                let lower = self.half(low_half(arg), lower, yes, no);
                self.half(high_half(arg), upper, lower, no)
            }
        }
    }

    /// The upper half decides unless it is equal; then the lower half does, by `last`.
    fn above(&mut self, arg: Arg, value: u64, last: (u16, Entry), no: Entry) -> Entry {
        let (code, yes) = last;
        let lower = self.word(low_half(arg), (code, low(value)), yes, no);
        let equal = self.word(high_half(arg), (JEQ, high(value)), lower, no);
        self.word(high_half(arg), (JGT, high(value)), yes, equal)
    }

    /// A comparison of the word at `offset`.
    fn half(&mut self, offset: u32, compare: Compare<u32>, yes: Entry, no: Entry) -> Entry {
        match compare {
            Compare::Eq(value) => self.word(offset, (JEQ, value), yes, no),
            Compare::Ne(value) => self.word(offset, (JEQ, value), no, yes),
            Compare::Lt(value) => self.word(offset, (JGE, value), no, yes),
            Compare::Le(value) => self.word(offset, (JGT, value), no, yes),
            Compare::Gt(value) => self.word(offset, (JGT, value), yes, no),
            Compare::Ge(value) => self.word(offset, (JGE, value), yes, no),
            Compare::MaskedEq { mask, value } => self.masked(offset, (mask, value), yes, no),
        }
    }

    fn masked(&mut self, offset: u32, bits: (u32, u32), yes: Entry, no: Entry) -> Entry {
        match bits {
            (mask, value) if value & !mask != 0 => no,
            (0, _) => yes,
            (u32::MAX, value) => self.word(offset, (JEQ, value), yes, no),
            (mask, 0) => self.word(offset, (JSET, mask), no, yes),
            (mask, value) if mask == value && mask.is_power_of_two() => {
                self.word(offset, (JSET, mask), yes, no)
            }
            (mask, value) => {
                let test = self.assembler.branch(JEQ, value, yes.fresh, no.fresh);
                let test = self.assembler.and(mask, test);
                self.loading(offset, test)
            }
        }
    }

    /// One comparison of the word at `offset`, left as it is in the accumulator.
    fn word(&mut self, offset: u32, test: (u16, u32), yes: Entry, no: Entry) -> Entry {
        if yes == no {
            return yes;
        }
        let (yes, no) = (yes.when_held(Some(offset)), no.when_held(Some(offset)));
        let test = self.assembler.branch(test.0, test.1, yes, no);
        self.loading(offset, test)
    }

    fn loading(&mut self, offset: u32, test: Target) -> Entry {
        Entry {
            fresh: self.assembler.load(offset, test),
            loaded: Some((offset, test)),
        }
    }
}

/// The comparison of a zero-extended 32-bit value, or what it always comes to.
fn narrowed(compare: Compare<u64>) -> Result<Compare<u32>, bool> {
    let fits = |value: u64, otherwise: bool| u32::try_from(value).map_err(|_| otherwise);
    Ok(match compare {
        Compare::Eq(value) => Compare::Eq(fits(value, false)?),
        Compare::Ne(value) => Compare::Ne(fits(value, true)?),
        Compare::Lt(value) => Compare::Lt(fits(value, true)?),
        Compare::Le(value) => Compare::Le(fits(value, true)?),
        Compare::Gt(value) => Compare::Gt(fits(value, false)?),
        Compare::Ge(value) => Compare::Ge(fits(value, false)?),
        Compare::MaskedEq { mask, value } => Compare::MaskedEq {
            mask: low(mask),
            value: fits(value, false)?,
        },
    })
}

fn low_half(arg: Arg) -> u32 {
    // An index is at most 5, so that the offset fits whatever the size of usize.
    OFFSET_ARGS + 8 * arg as u32
}

fn high_half(arg: Arg) -> u32 {
    low_half(arg) + 4
}
