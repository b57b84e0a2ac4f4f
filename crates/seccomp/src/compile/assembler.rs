//! Instructions from the last to the first.
//!
//! Classic BPF jumps forward only, and a conditional jump reaches 255 instructions. Written
//! backwards, every target stands before the jump to it is made, and its distance is known.

use std::collections::HashMap;

use crate::opcode::{AND, JUMP, LOAD, RETURN};
use crate::{Action, Instruction};

/// Where control goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Target {
    /// To an end, wherever one with this action stands or is put.
    Return(Action),
    /// To the instruction that was written as this one, counted from the end of the program.
    At(usize),
}

/// The reach of `jt` and `jf`.
const REACH: usize = u8::MAX as usize;

/// A program in the making, in reverse.
#[derive(Debug, Default)]
pub(crate) struct Assembler {
    reversed: Vec<Instruction>,
    /// Where the latest return of each action stands.
    returns: HashMap<Action, usize>,
}

impl Assembler {
    /// A comparison of the accumulator with `k`.
    pub(crate) fn branch(&mut self, code: u16, k: u32, yes: Target, no: Target) -> Target {
        // Bringing `no` near may push one instruction between `yes` and the jump.
        let yes = self.bring_near(yes, REACH - 1);
        let no = self.bring_near(no, REACH);
        let (jt, jf) = (self.distance(yes), self.distance(no));
        self.push(Instruction {
            code,
            jt: reachable(jt),
            jf: reachable(jf),
            k,
        })
    }

    /// A load of the word at `offset`, and then `next`.
    pub(crate) fn load(&mut self, offset: u32, next: Target) -> Target {
        self.adjoin(next);
        self.push(Instruction {
            code: LOAD,
            jt: 0,
            jf: 0,
            k: offset,
        })
    }

    /// An and of the accumulator with `mask`, and then `next`.
    pub(crate) fn and(&mut self, mask: u32, next: Target) -> Target {
        self.adjoin(next);
        self.push(Instruction {
            code: AND,
            jt: 0,
            jf: 0,
            k: mask,
        })
    }

    /// The instructions in the order of their execution.
    pub(crate) fn finish(mut self) -> Vec<Instruction> {
        self.reversed.reverse();
        self.reversed
    }

    fn push(&mut self, instruction: Instruction) -> Target {
        self.reversed.push(instruction);
        Target::At(self.reversed.len() - 1)
    }

    /// How many instructions the next one would skip to come to `place`.
    fn distance(&self, place: usize) -> usize {
        self.reversed.len() - 1 - place
    }

    /// A place that leads to the target and lies no farther than `reach`. A far return is
    /// repeated, which costs no step; to anything else leads an unconditional jump.
    fn bring_near(&mut self, target: Target, reach: usize) -> usize {
        let known = match target {
            Target::Return(action) => self.returns.get(&action).copied(),
            Target::At(place) => Some(place),
        };
        match known {
            Some(place) if self.distance(place) <= reach => place,
            _ => self.write(target),
        }
    }

    /// Sees to it that the target comes next.
    fn adjoin(&mut self, target: Target) {
        match target {
            Target::At(place) if self.distance(place) == 0 => {}
            _ => {
                self.write(target);
            }
        }
    }

    /// Writes one instruction that leads to the target without a condition.
    fn write(&mut self, target: Target) -> usize {
        let place = self.reversed.len();
        let (code, k) = match target {
            Target::Return(action) => {
                self.returns.insert(action, place);
                (RETURN, action.encode())
            }
            Target::At(to) => (JUMP, u32::try_from(self.distance(to)).unwrap_or(u32::MAX)),
        };
        self.reversed.push(Instruction {
            code,
            jt: 0,
            jf: 0,
            k,
        });
        place
    }
}

fn reachable(distance: usize) -> u8 {
    u8::try_from(distance).expect("bring_near keeps targets within reach")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::opcode::JEQ;
    use crate::{Arch, Program, simulate};

    /// Far targets on both sides of the reach, with and without a return to be written between.
    #[test]
    fn jumps_arrive_whatever_the_distance() {
        for padding in 245..265 {
            for no in [
                Target::Return(Action::Log),
                Target::Return(Action::KillProcess),
            ] {
                let mut assembler = Assembler::default();
                let yes = assembler.load(16, Target::Return(Action::Trap));
                let mut pad = Target::Return(Action::Log);
                for _ in 0..padding {
                    pad = assembler.and(1, pad);
                }
                let test = assembler.branch(JEQ, 5, yes, no);
                assembler.load(0, test);
                let program = Program::new(assembler.finish()).unwrap();
                let answer = |number| simulate(&program, Arch::Arm, number, &[0; 6]);
                assert_eq!(answer(5), Action::Trap, "{padding}");
                assert_eq!(Target::Return(answer(6)), no, "{padding}");
            }
        }
    }
}
