//! The relay: a program between the launcher's and the payload's, of some 600 bytes.
//!
//! Until its exec the payload's process runs the launcher's executable file, which `/proc/self/exe`
//! names. A payload that *is* that name, by a symlink or as a script's interpreter, would make the
//! kernel execute the launcher's file inside; whoever is inside can then keep a descriptor of it by
//! `/proc/PID/exe`, and write to it once nobody runs it (CVE-2019-5736). So where the file could be
//! written, the process first becomes this program, in a sealed anonymous file: what `/proc/self/exe`
//! names at the last exec is worthless.
//!
//! What it does, and nothing else:
//! - makes itself undumpable, so that processes inside cannot trace it while it has no filter yet. The
//!   file cannot be read either, which has the same effect from the first moment on;
//! - makes the socket of the records close-on-exec, by which the launcher sees the last exec;
//! - installs the seccomp programs, which may refuse everything but `execve(2)` then, and sends the
//!   listener of one that tells;
//! - executes the first candidate that can be, as `execvp(3)` does;
//! - if none can, sends a record of the failure, and ends.
//!
//! Its data follow its code in the file: [`Table`].

use crate::{Errno, Fd, Result, file};
use core::arch::global_asm;
use core::ffi::CStr;
use linux_raw_sys::ptrace;

#[cfg(target_arch = "x86_64")]
macro_rules! program {
    () => {
        include_str!("relay_x86_64.s")
    };
}
#[cfg(target_arch = "aarch64")]
macro_rules! program {
    () => {
        include_str!("relay_aarch64.s")
    };
}

/// The first string of the relay's arguments: without it, it was not the launcher that executed it.
pub const NAME: &CStr = c"aril-relay";

/// The room for code and table in the program's memory. What is beyond the end of the file is never
/// touched.
const ROOM: usize = 1 << 20;

// The ELF file, laid out as that of `init`; the segment is longer than the file.
global_asm!(
    ".pushsection .rodata.aril_relay, \"a\"",
    ".balign 16",
    ".globl aril_relay_begin",
    ".hidden aril_relay_begin",
    "aril_relay_begin:",
    ".byte 0x7f, 0x45, 0x4c, 0x46, 2, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0",
    ".short 3, {machine}",
    ".long 1",
    ".quad 9f - aril_relay_begin", // entry
    ".quad 64, 0",                 // program headers, no section headers
    ".long 0",
    ".short 64, 56, 2, 0, 0, 0",
    // PT_LOAD, read + execute
    ".long 1, 5",
    ".quad 0, 0, 0",
    ".quad {room}, {room}",
    ".quad 4096",
    // PT_GNU_STACK, read + write
    ".long 0x6474e551, 6",
    ".quad 0, 0, 0, 0, 0, 16",
    "9:",
    program!(),
    ".balign 8",
    "80:",
    ".asciz \"aril-relay\"",
    "81:",
    ".asciz \"/bin/sh\"",
    "82:",
    ".asciz \"sh\"",
    ".balign 8",
    "90:",
    ".globl aril_relay_end",
    ".hidden aril_relay_end",
    "aril_relay_end:",
    ".popsection",
    machine = const crate::init::MACHINE,
    room = const ROOM,
);

unsafe extern "C" {
    static aril_relay_begin: u8;
    static aril_relay_end: u8;
}

/// The bytes of the program.
fn image() -> &'static [u8] {
    let (begin, end) = (&raw const aril_relay_begin, &raw const aril_relay_end);
    // SAFETY: both symbols bound one read-only object that the assembly above defines.
    unsafe { core::slice::from_raw_parts(begin, end.offset_from_unsigned(begin)) }
}

/// The relay in the making: an anonymous file that ends with a table of 64-bit words and programs.
///
/// Words: the socket, the number of candidates, the index of the step that executes the relay; for
/// each filter the index of its step, the flags of `seccomp(2)`, the number of instructions, and
/// these; at the end the index of the step that executes the program, and -1.
#[derive(Clone, Copy, Debug)]
pub struct Table {
    fd: Fd,
    length: usize,
}

impl Table {
    /// Begins the file. The descriptor is close-on-exec and none of the standard streams.
    pub fn begin(socket: Fd, candidates: usize, index: usize) -> Result<Self> {
        let low = crate::init::executable_file(NAME)?;
        let fd = file::duplicate(low, 3)?;
        file::close(low)?;
        let mut table = Self { fd, length: 0 };
        table.add(image())?;
        table.add_words(&[socket.number() as u64, candidates as u64, index as u64])?;
        Ok(table)
    }

    /// Adds a filter, an array of `struct sock_filter`; with `wait`, one that tells what it refuses.
    pub fn filter(
        &mut self,
        index: usize,
        program: &[u8],
        wait: Option<crate::seccomp::Wait>,
    ) -> Result<()> {
        let flags = wait.map_or(0, |wait| {
            ptrace::SECCOMP_FILTER_FLAG_NEW_LISTENER | wait.flag()
        });
        let count = program.len() / crate::seccomp::INSTRUCTION;
        // An empty program's answer is the kernel's, as is that of one that is too long for it.
        if count > crate::seccomp::LONGEST {
            return Err(Errno::EINVAL);
        }
        self.add_words(&[index as u64, u64::from(flags), count as u64])?;
        self.add(program)
    }

    /// Ends the table and seals the file. It may be executed, and not read.
    pub fn end(mut self, index: usize) -> Result<Fd> {
        self.add_words(&[index as u64, u64::MAX])?;
        file::change_mode(self.fd, 0o111)?;
        file::seal(self.fd)?;
        Ok(self.fd)
    }

    fn add_words(&mut self, words: &[u64]) -> Result<()> {
        words
            .iter()
            .try_for_each(|word| self.add(&word.to_ne_bytes()))
    }

    fn add(&mut self, bytes: &[u8]) -> Result<()> {
        self.length += bytes.len();
        if self.length > ROOM {
            return Err(Errno::E2BIG);
        }
        file::write_all(self.fd, bytes)
    }
}

/// Becomes the relay. `argv` is [`NAME`], the candidates, and the payload's arguments. The socket must
/// not be close-on-exec. Returns only on failure.
pub fn execute(program: Fd, argv: &crate::exec::Strings, envp: &crate::exec::Strings) -> Errno {
    crate::exec::execute_open(program, argv, envp)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_image_is_an_elf_file_of_less_than_a_page() {
        assert_eq!(&image()[..4], b"\x7fELF");
        assert!(image().len() < 1024, "{} bytes", image().len());
        assert!(image().len().is_multiple_of(8));
    }

    #[test]
    fn a_table_has_an_end() {
        let mut table = Table::begin(Fd::new(3), 1, 0).expect("a file");
        let program = vec![0; crate::seccomp::LONGEST * crate::seccomp::INSTRUCTION];
        let refused = (0..64).find_map(|index| table.filter(index, &program, None).err());
        assert_eq!(refused, Some(Errno::E2BIG));
        file::close(table.fd).expect("it is open");
        let mut table = Table::begin(Fd::new(3), 1, 0).expect("a file");
        let longer = vec![0; program.len() + crate::seccomp::INSTRUCTION];
        assert_eq!(table.filter(0, &longer, None), Err(Errno::EINVAL));
        let sealed = table.end(1).expect("a sealed file");
        assert_eq!(file::write_all(sealed, b"x"), Err(Errno::EPERM));
        file::close(sealed).expect("it is open");
    }
}
