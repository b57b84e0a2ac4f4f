//! Runs a filter without a kernel.

use crate::condition::{high, low};
use crate::opcode::{
    AND, JEQ, JGE, JGT, JSET, JUMP, LOAD, OFFSET_ARCH, OFFSET_ARGS, OFFSET_NUMBER,
};
use crate::{Action, Arch, Instruction, Program};

/// What a program answers to one call; `number` as in `seccomp_data.nr` (with bit 30 for x32).
///
/// The arguments are taken as they are: on a 32-bit ABI their upper halves need not be zero,
/// see [`Arch::reads_low_halves`].
pub fn simulate(program: &Program, arch: Arch, number: u32, args: &[u64; 6]) -> Action {
    let data = Data {
        arch: arch.audit(),
        number,
        args,
    };
    let mut accumulator = 0;
    let mut at = 0;
    while let Some(instruction) = program.instructions().get(at) {
        at += 1;
        match instruction.code {
            LOAD => accumulator = data.word(instruction.k),
            AND => accumulator &= instruction.k,
            JUMP => at += instruction.k as usize,
            JEQ | JGT | JGE | JSET => at += jump(instruction, accumulator),
            _ => return Action::decode(instruction.k).unwrap_or(Action::KillProcess),
        }
    }
    // A Program was checked not to come here; the kernel's word for the impossible.
    Action::KillProcess
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

/// `struct seccomp_data` without its instruction pointer, which reads as zero.
struct Data<'a> {
    arch: u32,
    number: u32,
    args: &'a [u64; 6],
}

impl Data<'_> {
    fn word(&self, offset: u32) -> u32 {
        match offset {
            OFFSET_NUMBER => self.number,
            OFFSET_ARCH => self.arch,
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
    fn comparisons_are_unsigned_and_exact() {
        assert!(answer(JGE, 20, 0) && !answer(JGE, 21, 0));
        assert!(answer(JGT, 19, 0) && !answer(JGT, 20, 0));
        assert!(answer(JSET, 4, 0) && !answer(JSET, 8, 0));
        assert!(!answer(JGT, u32::MAX, 0));
    }
}
