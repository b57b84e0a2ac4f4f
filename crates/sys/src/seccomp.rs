//! Installing seccomp filters (`seccomp(2)`).

use crate::syscall::syscall;
use crate::{Errno, Result};
use linux_raw_sys::prctl;

/// The size of one classic BPF instruction, `struct sock_filter`, in bytes.
pub const INSTRUCTION: usize = 8;
/// The longest program that the kernel takes, in instructions (`BPF_MAXINSNS`).
pub const LONGEST: usize = 4096;

#[repr(C)]
struct FilterProgram {
    length: u16,
    instructions: *const u8,
}

/// Adds a filter to the calling thread. `program` is an array of `struct sock_filter`.
/// Needs `no_new_privs` or `CAP_SYS_ADMIN`.
pub fn install(program: &[u8]) -> Result<()> {
    let count = program.len() / INSTRUCTION;
    if count > LONGEST || !program.len().is_multiple_of(INSTRUCTION) {
        return Err(Errno::EINVAL);
    }
    let program = FilterProgram {
        length: count as u16,
        instructions: program.as_ptr(),
    };
    // `PR_SET_SECCOMP`, mode filter (2), and not `seccomp(2)`: both are the same to the kernel.
    // SAFETY: the program lives through the call, and the kernel copies it byte by byte.
    unsafe {
        syscall!(
            __NR_prctl,
            prctl::PR_SET_SECCOMP,
            2,
            &raw const program,
            0,
            0
        )
    }
    .map(drop)
}
