//! Thread-local storage for the one thread.
//!
//! The standard library keeps a panic counter in thread-local storage. On x86-64 the block lies just
//! below the address in the `fs` register, and that address holds a pointer to itself (ELF Handling
//! For Thread-Local Storage, variant II).

use core::arch::asm;
use core::cell::UnsafeCell;

/// The block and, above it, the thread control block as far as compiled code looks at it: the self
/// pointer at 0 and 16, the stack canary at 40.
#[repr(C, align(64))]
struct Block(UnsafeCell<[u8; SIZE]>);

const SIZE: usize = 4096;
/// Where the `fs` register points in the block.
const POINTER: usize = 3072;

// SAFETY: the program has one thread; children that share its memory do not write here.
unsafe impl Sync for Block {}

static BLOCK: Block = Block(UnsafeCell::new([0; SIZE]));

/// A program header of a 64-bit ELF file (`elf(5)`).
#[repr(C)]
struct Header {
    kind: u32,
    flags: u32,
    offset: u64,
    address: u64,
    physical: u64,
    file_size: u64,
    memory_size: u64,
    alignment: u64,
}

const PT_TLS: u32 = 7;
const ARCH_SET_FS: usize = 0x1002;
const ARCH_PRCTL: usize = 158;

/// Copies the program's initial thread-local data into the block and points `fs` at it.
///
/// # Safety
/// `headers` is the address of `number` program headers of a program loaded at its own addresses,
/// and no thread-local data has been used yet.
pub(crate) unsafe fn set_up(headers: usize, number: usize) {
    let base = BLOCK.0.get().cast::<u8>();
    // SAFETY: the headers are the kernel's; the block is ours and large enough, as is checked.
    unsafe {
        let headers = headers as *const Header;
        for header in (0..number).map(|at| &*headers.add(at)) {
            if header.kind == PT_TLS {
                let alignment = header.alignment.max(1);
                let size = header.memory_size.next_multiple_of(alignment) as usize;
                if size > POINTER {
                    aril_sys::process::exit_now(1);
                }
                let data = header.address as *const u8;
                let place = base.add(POINTER - size);
                core::ptr::copy_nonoverlapping(data, place, header.file_size as usize);
            }
        }
        let pointer = base.add(POINTER);
        pointer.cast::<usize>().write(pointer as usize);
        pointer.add(16).cast::<usize>().write(pointer as usize);
        let result: usize;
        asm!(
            "syscall",
            inlateout("rax") ARCH_PRCTL => result,
            in("rdi") ARCH_SET_FS, in("rsi") pointer,
            lateout("rcx") _, lateout("r11") _,
        );
        if result != 0 {
            aril_sys::process::exit_now(1);
        }
    }
}
