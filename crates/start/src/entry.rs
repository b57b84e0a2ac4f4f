//! The first instructions.

use crate::Start;
use core::arch::global_asm;
use core::ffi::{CStr, c_char};
use std::ffi::{OsStr, OsString};
use std::os::unix::ffi::OsStrExt;

// The kernel starts a program with the stack pointer on argc; there is no return address, and the
// frame pointer marks the outermost frame (System V ABI, x86-64, 3.4.1).
global_asm!(
    ".pushsection .text._start, \"ax\"",
    ".globl _start",
    "_start:",
    "xor ebp, ebp",
    "mov rdi, rsp",
    "and rsp, -16",
    "call {begin}",
    "ud2",
    ".popsection",
    begin = sym begin,
);

unsafe extern "Rust" {
    /// The program, which ends with an exit status: `#[unsafe(no_mangle)]` by [`crate::main!`].
    fn aril_main(start: Start) -> u8;
}

/// Declares the program's main function, a `fn(Start) -> u8`.
#[macro_export]
macro_rules! main {
    ($main:path) => {
        #[unsafe(no_mangle)]
        fn aril_main(start: $crate::Start) -> u8 {
            $main(start)
        }
    };
}

/// Auxiliary vector entries (`getauxval(3)`).
const AT_NULL: usize = 0;
const AT_PHDR: usize = 3;
const AT_PHNUM: usize = 5;
const AT_SECURE: usize = 23;

extern "C" fn begin(stack: *const usize) -> ! {
    // SAFETY: the kernel laid out argc, argv, NULL, envp, NULL, auxv at the initial stack pointer.
    let (start, status) = unsafe {
        let argc = *stack;
        let argv = stack.add(1).cast::<*const c_char>();
        let envp = argv.add(argc + 1);
        let count = (0..).take_while(|&at| !(*envp.add(at)).is_null()).count();
        let auxv = envp.add(count + 1).cast::<usize>();
        let (mut headers, mut number, mut secure) = (0, 0, true);
        let mut at = auxv;
        while *at != AT_NULL {
            match *at {
                AT_PHDR => headers = *at.add(1),
                AT_PHNUM => number = *at.add(1),
                AT_SECURE => secure = *at.add(1) != 0,
                _ => (),
            }
            at = at.add(2);
        }
        crate::tls::set_up(headers, number);
        std::panic::set_hook(Box::new(report_panic));
        let string = |pointer: *const c_char| CStr::from_ptr(pointer).to_bytes();
        let arguments = (0..argc).map(|at| owned(string(*argv.add(at)))).collect();
        let environment = (0..count)
            .filter_map(|at| split(string(*envp.add(at))))
            .collect();
        let start = Start {
            arguments,
            environment,
            is_privileged: secure,
        };
        (start, aril_main as unsafe fn(Start) -> u8)
    };
    // SAFETY: `aril_main` is defined by the program with exactly this signature, by `main!`.
    let status = unsafe { status(start) };
    aril_sys::process::exit_now(i32::from(status))
}

fn owned(bytes: &[u8]) -> OsString {
    OsStr::from_bytes(bytes).to_owned()
}

fn split(variable: &[u8]) -> Option<(OsString, OsString)> {
    let at = variable.iter().position(|&byte| byte == b'=')?;
    Some((owned(&variable[..at]), owned(&variable[at + 1..])))
}

fn report_panic(panic: &std::panic::PanicHookInfo<'_>) {
    let words = format!("{panic}\n");
    // Nothing is left to do if even this fails.
    if aril_sys::file::write_all(aril_sys::Fd::new(2), words.as_bytes()).is_err() {
        aril_sys::process::exit_now(1);
    }
    aril_sys::process::exit_now(1)
}
