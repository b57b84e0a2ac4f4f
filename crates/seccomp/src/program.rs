//! A filter program: instructions and their bytes.

use crate::ProgramError;
use crate::action::Action;
use crate::opcode::{AND, DATA_SIZE, JEQ, JGE, JGT, JSET, JUMP, LOAD, RETURN};

/// The most instructions that the kernel takes in one filter: `BPF_MAXINSNS`, bpf_common.h.
pub const MAX_INSTRUCTIONS: usize = 4096;

/// One instruction of classic BPF: `struct sock_filter` in linux/filter.h.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Instruction {
    /// The operation.
    pub code: u16,
    /// How many instructions to skip when a comparison is true.
    pub jt: u8,
    /// How many instructions to skip when it is false.
    pub jf: u8,
    /// The constant.
    pub k: u32,
}

/// The size of an instruction in memory.
const SIZE: usize = 8;

impl Instruction {
    /// The eight bytes in the order of this machine, as seccomp(2) reads them.
    pub fn to_bytes(self) -> [u8; SIZE] {
        let [c0, c1] = self.code.to_ne_bytes();
        let [k0, k1, k2, k3] = self.k.to_ne_bytes();
        [c0, c1, self.jt, self.jf, k0, k1, k2, k3]
    }

    fn from_bytes(bytes: [u8; SIZE]) -> Self {
        let [c0, c1, jt, jf, k0, k1, k2, k3] = bytes;
        let code = u16::from_ne_bytes([c0, c1]);
        Self {
            code,
            jt,
            jf,
            k: u32::from_ne_bytes([k0, k1, k2, k3]),
        }
    }
}

/// A program that ends with an [`Action`] whatever it is given: no jump leaves it, every load
/// is inside `seccomp_data`, every return value is known.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Program(Vec<Instruction>);

impl Program {
    /// Takes instructions after checking them as the kernel's `bpf_check_classic` and
    /// `seccomp_check_filter` do.
    pub fn new(instructions: Vec<Instruction>) -> Result<Self, ProgramError> {
        match instructions.len() {
            0 => return Err(ProgramError::Empty),
            count if count > MAX_INSTRUCTIONS => return Err(ProgramError::TooLong(count)),
            _ => {}
        }
        for (at, instruction) in instructions.iter().enumerate() {
            check(at, instruction, instructions.len())?;
        }
        Ok(Self(instructions))
    }

    /// Reads a program from its bytes, as [`to_bytes`](Self::to_bytes) or `seccomp_export_bpf(3)`
    /// writes them.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, ProgramError> {
        let (whole, rest) = bytes.as_chunks::<SIZE>();
        if !rest.is_empty() {
            return Err(ProgramError::PartialInstruction(bytes.len()));
        }
        Self::new(
            whole
                .iter()
                .map(|bytes| Instruction::from_bytes(*bytes))
                .collect(),
        )
    }

    /// The bytes for `sock_fprog`, and for `bwrap --seccomp`.
    pub fn to_bytes(&self) -> Vec<u8> {
        self.0
            .iter()
            .flat_map(|instruction| instruction.to_bytes())
            .collect()
    }

    /// The same program, but what it refuses with an errno is told to a supervisor instead
    /// (`SECCOMP_RET_USER_NOTIF`), which is to refuse it with that errno: [`judge`](crate::judge)
    /// tells it of the original. All other answers are the same.
    ///
    /// Without a supervisor the kernel refuses these calls with ENOSYS.
    pub fn notifying(&self) -> Self {
        let told = |instruction: &Instruction| match Action::decode(instruction.k) {
            Some(Action::Errno(_)) if instruction.code == RETURN => Instruction {
                k: Action::UserNotify.encode(),
                ..*instruction
            },
            _ => *instruction,
        };
        Self(self.0.iter().map(told).collect())
    }

    /// The same program, but what it tells of ([`Action::UserNotify`]) is allowed: for who confines
    /// others by it and observes nothing ([`Policy::observing`](crate::Policy::observing)).
    pub fn unobserved(&self) -> Self {
        let allowed = |instruction: &Instruction| match Action::decode(instruction.k) {
            Some(Action::UserNotify) if instruction.code == RETURN => Instruction {
                k: Action::Allow.encode(),
                ..*instruction
            },
            _ => *instruction,
        };
        Self(self.0.iter().map(allowed).collect())
    }

    /// The instructions.
    pub fn instructions(&self) -> &[Instruction] {
        &self.0
    }
}

fn check(at: usize, instruction: &Instruction, count: usize) -> Result<(), ProgramError> {
    let Instruction { code, jt, jf, k } = *instruction;
    let farthest = match code {
        LOAD if k.is_multiple_of(4) && k < DATA_SIZE => 0,
        LOAD => return Err(ProgramError::BadLoad { at, offset: k }),
        AND => 0,
        JUMP => usize::try_from(k).unwrap_or(usize::MAX),
        JEQ | JGT | JGE | JSET => usize::from(jt.max(jf)),
        RETURN if Action::decode(k).is_some() => return Ok(()),
        RETURN => return Err(ProgramError::UnknownAction { at, value: k }),
        _ => return Err(ProgramError::UnknownOperation { at, code }),
    };
    // `at + 1` is at most the program's length, so that the subtraction cannot wrap.
    if farthest < count - (at + 1) {
        Ok(())
    } else {
        Err(ProgramError::RunsOut { at })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ALLOW: Instruction = Instruction {
        code: RETURN,
        jt: 0,
        jf: 0,
        k: 0x7fff_0000,
    };

    fn op(code: u16, jt: u8, k: u32) -> Instruction {
        Instruction { code, jt, jf: 0, k }
    }

    #[test]
    fn bytes_are_read_back() {
        let program = Program::new(vec![op(LOAD, 0, 4), op(JEQ, 0, 7), ALLOW]).unwrap();
        assert_eq!(Program::from_bytes(&program.to_bytes()), Ok(program));
    }

    #[test]
    fn programs_that_the_kernel_refuses_are_refused() {
        let refused = [
            (vec![], ProgramError::Empty),
            (vec![ALLOW; 4097], ProgramError::TooLong(4097)),
            (
                vec![op(LOAD, 0, 2), ALLOW],
                ProgramError::BadLoad { at: 0, offset: 2 },
            ),
            (
                vec![op(LOAD, 0, 64), ALLOW],
                ProgramError::BadLoad { at: 0, offset: 64 },
            ),
            (vec![op(LOAD, 0, 0)], ProgramError::RunsOut { at: 0 }),
            (vec![op(JEQ, 1, 0), ALLOW], ProgramError::RunsOut { at: 0 }),
            (
                vec![op(JUMP, 0, u32::MAX), ALLOW],
                ProgramError::RunsOut { at: 0 },
            ),
            (
                vec![op(0x16, 0, 0)],
                ProgramError::UnknownOperation { at: 0, code: 0x16 },
            ),
            (
                vec![op(RETURN, 0, 9 << 16)],
                ProgramError::UnknownAction {
                    at: 0,
                    value: 9 << 16,
                },
            ),
        ];
        for (instructions, error) in refused {
            assert_eq!(Program::new(instructions), Err(error));
        }
        assert_eq!(
            Program::from_bytes(&[0; 9]),
            Err(ProgramError::PartialInstruction(9))
        );
    }
}
