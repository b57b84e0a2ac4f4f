//! Runs a filter without a kernel.

use std::collections::BTreeSet;

use crate::condition::{high, low};
use crate::opcode::{
    AND, JEQ, JGE, JGT, JSET, JUMP, LOAD, OFFSET_ARCH, OFFSET_ARGS, OFFSET_NUMBER,
};
use crate::{Action, Arch, Instruction, Program};

/// One system call as a filter sees it: `struct seccomp_data` of seccomp(2), without the
/// instruction pointer, which reads as zero here.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Call {
    /// The ABI's audit value, [`Arch::audit`].
    pub audit: u32,
    /// The number, with bit 30 for x32.
    pub number: u32,
    /// The argument registers.
    pub args: [u64; 6],
}

/// What a program answers to a call, and where it decided that.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Judgement {
    /// What becomes of the call.
    pub action: Action,
    /// The place of the last comparison. Two rules for the same system call differ in it, though
    /// they may share the instruction that returns.
    pub site: usize,
}

/// What a program answers to one call; `number` as in `seccomp_data.nr` (with bit 30 for x32).
///
/// The arguments are taken as they are: on a 32-bit ABI their upper halves need not be zero,
/// see [`Arch::reads_low_halves`].
pub fn simulate(program: &Program, arch: Arch, number: u32, args: &[u64; 6]) -> Action {
    let (audit, args) = (arch.audit(), *args);
    let call = Call {
        audit,
        number,
        args,
    };
    judge(program, &call).action
}

/// What a program answers to one call, and where it decided that.
pub fn judge(program: &Program, call: &Call) -> Judgement {
    let (mut accumulator, mut at, mut site) = (0, 0, 0);
    while let Some(instruction) = program.instructions().get(at) {
        at += 1;
        match instruction.code {
            LOAD => accumulator = call.word(instruction.k),
            AND => accumulator &= instruction.k,
            JUMP => at += instruction.k as usize,
            JEQ | JGT | JGE | JSET => {
                site = at - 1;
                at += jump(instruction, accumulator);
            }
            _ => {
                let action = Action::decode(instruction.k).unwrap_or(Action::KillProcess);
                return Judgement { action, site };
            }
        }
    }
    // A Program was checked not to come here; the kernel's word for the impossible.
    let action = Action::KillProcess;
    Judgement { action, site }
}

/// Every answer that a program can give to a call with this number, whatever its arguments are;
/// perhaps more than it does give, since no argument is remembered from one look to the next.
pub fn possible_actions(program: &Program, audit: u32, number: u32) -> BTreeSet<Action> {
    let mut actions = BTreeSet::new();
    let mut seen = BTreeSet::new();
    let mut open = vec![(0, Some(0))];
    // Jumps lead forward only, so that this ends.
    while let Some((at, accumulator)) = open.pop() {
        let Some(instruction) = program.instructions().get(at) else {
            continue;
        };
        if !seen.insert((at, accumulator)) {
            continue;
        }
        let next = at + 1;
        let k = instruction.k;
        match (instruction.code, accumulator) {
            (LOAD, _) => open.push((next, known_word(k, audit, number))),
            (AND, accumulator) => open.push((next, accumulator.map(|value: u32| value & k))),
            (JUMP, _) => open.push((next + k as usize, accumulator)),
            (JEQ | JGT | JGE | JSET, Some(value)) => {
                open.push((next + jump(instruction, value), accumulator));
            }
            (JEQ | JGT | JGE | JSET, None) => {
                open.push((next + usize::from(instruction.jt), None));
                open.push((next + usize::from(instruction.jf), None));
            }
            _ => actions.extend(Action::decode(k)),
        }
    }
    actions
}

/// A word of `seccomp_data` if it is not about arguments.
fn known_word(offset: u32, audit: u32, number: u32) -> Option<u32> {
    match offset {
        OFFSET_NUMBER => Some(number),
        OFFSET_ARCH => Some(audit),
        _ => None,
    }
}

fn jump(instruction: &Instruction, accumulator: u32) -> usize {
    let holds = match instruction.code {
        JEQ => accumulator == instruction.k,
        JGT => accumulator > instruction.k,
        JGE => accumulator >= instruction.k,
        _ => accumulator & instruction.k != 0,
    };
    usize::from(if holds {
        instruction.jt
    } else {
        instruction.jf
    })
}

impl Call {
    fn word(&self, offset: u32) -> u32 {
        match offset {
            OFFSET_NUMBER => self.number,
            OFFSET_ARCH => self.audit,
            OFFSET_ARGS.. => {
                let word = (offset - OFFSET_ARGS) / 4;
                let argument = self.args.get(word as usize / 2).copied().unwrap_or(0);
                if word.is_multiple_of(2) {
                    low(argument)
                } else {
                    high(argument)
                }
            }
            _ => 0,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::opcode::RETURN;

    fn answer(code: u16, k: u32, load: u32) -> bool {
        let op = |code, jt, jf, k| Instruction { code, jt, jf, k };
        let program = Program::new(vec![
            op(LOAD, 0, 0, load),
            op(code, 0, 1, k),
            op(RETURN, 0, 0, Action::Allow.encode()),
            op(RETURN, 0, 0, Action::Trap.encode()),
        ]);
        let args = [0x1_0000_0002, 0, 0, 0, 0, 0x7_0000_0009];
        simulate(&program.unwrap(), Arch::I386, 20, &args) == Action::Allow
    }

    #[test]
    fn every_word_is_where_the_kernel_has_it() {
        let words = [
            (0, 20),
            (4, 0x4000_0003),
            (8, 0),
            (16, 2),
            (20, 1),
            (56, 9),
            (60, 7),
        ];
        for (offset, value) in words {
            assert!(answer(JEQ, value, offset), "offset {offset}");
        }
    }

    #[test]
    fn possible_answers_are_those_of_some_arguments() {
        let op = |code, jt, jf, k| Instruction { code, jt, jf, k };
        let program = Program::new(vec![
            op(LOAD, 0, 0, OFFSET_NUMBER),
            op(JEQ, 0, 3, 41),
            op(LOAD, 0, 0, OFFSET_ARGS),
            op(JEQ, 0, 1, 16),
            op(RETURN, 0, 0, Action::Errno(1).encode()),
            op(RETURN, 0, 0, Action::Allow.encode()),
        ])
        .unwrap();
        let audit = Arch::X86_64.audit();
        let of = |number| possible_actions(&program, audit, number);
        assert_eq!(of(41), [Action::Allow, Action::Errno(1)].into());
        assert_eq!(of(42), [Action::Allow].into());
    }

    #[test]
    fn comparisons_are_unsigned_and_exact() {
        assert!(answer(JGE, 20, 0) && !answer(JGE, 21, 0));
        assert!(answer(JGT, 19, 0) && !answer(JGT, 20, 0));
        assert!(answer(JSET, 4, 0) && !answer(JSET, 8, 0));
        assert!(!answer(JGT, u32::MAX, 0));
    }
}
