//! Init: the process that stays inside as the parent of the payload, a program of a few hundred
//! bytes.
//!
//! A pid namespace needs a process 1 that reaps orphans, and it lives as long as the sandbox. A copy
//! of the launcher would keep the launcher's memory mapped and readable in there; a second
//! executable would have to be installed and found. So the loop is written in assembly as a whole
//! ELF file, kept as bytes in this library, and executed from an anonymous file: one page of code,
//! one of stack.
//!
//! What it does, and nothing else:
//! - makes itself undumpable, so that the payload cannot trace it or read its `/proc` files;
//! - gives up every system call but those that follow;
//! - closes the gate, a descriptor on whose end the payload waits;
//! - waits for children (`wait4` with `__WALL`) until there are none, then exits;
//! - when the payload ends, writes its wait status, four bytes, to the status pipe;
//! - with [`Duties::KILL_AT_EXIT`], exits then, whereupon the kernel kills all that is left in the
//!   pid namespace (`pid_namespaces(7)`); before it tells the status it closes every other
//!   descriptor, so that whoever reads the status finds the sandbox's locks free: at exit the kernel
//!   takes the mounts down first, which takes longer than all else;
//! - with [`Duties::DIE_WITH_LAUNCHER`], also watches the status pipe: once its reader is gone, so is
//!   the launcher, and init exits. A pipe, unlike `PR_SET_PDEATHSIG`, is about the process, not the
//!   thread that made us, and cannot come too late.
//!
//! It expects every signal blocked, and inherits that.

use crate::{Errno, Fd, Result};
use core::arch::global_asm;
use core::ffi::c_char;
use linux_raw_sys::general as raw;

/// What init does beside reaping, a sum of bits.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Duties(pub u32);

impl Duties {
    /// Exit as soon as the launcher is gone.
    pub const DIE_WITH_LAUNCHER: u32 = 1;
    /// Exit as soon as the payload has ended.
    pub const KILL_AT_EXIT: u32 = 2;
}

/// The machine's number in an ELF header, and its instructions.
#[cfg(target_arch = "x86_64")]
pub(crate) const MACHINE: u16 = 62;
#[cfg(target_arch = "x86_64")]
macro_rules! program {
    () => {
        include_str!("init_x86_64.s")
    };
}
#[cfg(target_arch = "aarch64")]
pub(crate) const MACHINE: u16 = 183;
#[cfg(target_arch = "aarch64")]
macro_rules! program {
    () => {
        include_str!("init_aarch64.s")
    };
}

// The ELF file: header, one segment that is loaded readable and executable, and a mark for a
// stack that is not executable (elf(5)). ET_DYN without an interpreter: the kernel picks the address.
global_asm!(
    ".pushsection .rodata.aril_init, \"a\"",
    ".balign 16",
    ".globl aril_init_begin",
    ".hidden aril_init_begin",
    "aril_init_begin:",
    ".byte 0x7f, 0x45, 0x4c, 0x46, 2, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0",
    ".short 3, {machine}",
    ".long 1",
    ".quad 9f - aril_init_begin", // entry
    ".quad 64, 0",                // program headers, no section headers
    ".long 0",
    ".short 64, 56, 2, 0, 0, 0",
    // PT_LOAD, read + execute
    ".long 1, 5",
    ".quad 0, 0, 0",
    ".quad aril_init_end - aril_init_begin, aril_init_end - aril_init_begin",
    ".quad 4096",
    // PT_GNU_STACK, read + write
    ".long 0x6474e551, 6",
    ".quad 0, 0, 0, 0, 0, 16",
    "9:",
    program!(),
    "80:",
    ".asciz \"aril-init\"",
    ".balign 8",
    ".globl aril_init_end",
    ".hidden aril_init_end",
    "aril_init_end:",
    ".popsection",
    machine = const MACHINE,
);

unsafe extern "C" {
    static aril_init_begin: u8;
    static aril_init_end: u8;
}

/// The bytes of the program.
fn image() -> &'static [u8] {
    let (begin, end) = (&raw const aril_init_begin, &raw const aril_init_end);
    // SAFETY: both symbols bound one read-only object that the assembly above defines.
    unsafe { core::slice::from_raw_parts(begin, end.offset_from_unsigned(begin)) }
}

/// `MFD_EXEC` (Linux 6.3): the file may be executed whatever `vm.memfd_noexec` defaults to.
const MFD_EXEC: u32 = 0x10;

/// Puts the program into an anonymous file, close-on-exec, from which [`execute`] starts it. The file
/// is sealed: nobody can change it.
pub fn load() -> Result<Fd> {
    let fd = executable_file(c"aril-init")?;
    crate::file::write_all(fd, image())?;
    crate::file::seal(fd)?;
    Ok(fd)
}

/// An empty anonymous file that may be executed and sealed, close-on-exec.
pub(crate) fn executable_file(name: &core::ffi::CStr) -> Result<Fd> {
    let sealable = raw::MFD_ALLOW_SEALING;
    match crate::file::anonymous(name, MFD_EXEC | sealable) {
        Err(Errno::EINVAL) => crate::file::anonymous(name, sealable),
        other => other,
    }
}

/// Becomes init: executes what [`load`] gave. `status` and `gate` must not be close-on-exec; init
/// closes `gate` when it has shut itself off. Returns only on failure.
pub fn execute(program: Fd, payload: i32, status: Fd, gate: Fd, duties: Duties) -> Errno {
    let (mut a, mut b, mut c, mut d) = ([0; 12], [0; 12], [0; 12], [0; 12]);
    let argv: [*const c_char; 6] = [
        c"aril-init".as_ptr(),
        decimal(payload as u32, &mut a).as_ptr().cast(),
        decimal(status.number() as u32, &mut b).as_ptr().cast(),
        decimal(duties.0, &mut c).as_ptr().cast(),
        decimal(gate.number() as u32, &mut d).as_ptr().cast(),
        core::ptr::null(),
    ];
    crate::exec::execute_fd(program, &argv, &[core::ptr::null()])
}

/// Writes `number` and a NUL at the end of `buffer`; no allocation, since this runs in a child.
pub(crate) fn decimal(mut number: u32, buffer: &mut [u8; 12]) -> &[u8] {
    let mut at = buffer.len() - 1;
    buffer[at] = 0;
    loop {
        at -= 1;
        buffer[at] = b'0' + (number % 10) as u8;
        number /= 10;
        if number == 0 {
            return &buffer[at..];
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_image_is_an_elf_file_of_less_than_a_page() {
        assert_eq!(&image()[..4], b"\x7fELF");
        assert!(image().len() < 1024, "{} bytes", image().len());
    }

    #[test]
    fn decimals_end_with_a_nul() {
        let mut buffer = [7; 12];
        assert_eq!(decimal(4_294_967_295, &mut buffer), b"4294967295\0");
        assert_eq!(decimal(0, &mut buffer), b"0\0");
    }
}
