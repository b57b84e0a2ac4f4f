//! The system call instruction, for the two architectures.

use crate::{Errno, Result};
use core::arch::asm;

/// Turns the kernel's return value into a result: -4095 to -1 are negated error numbers.
#[inline]
pub(crate) fn check(value: usize) -> Result<usize> {
    if value > -4096_isize as usize {
        Err(Errno::new((value as isize).unsigned_abs() as u16))
    } else {
        Ok(value)
    }
}

/// Issues system call `number`.
///
/// # Safety
/// The arguments must be what the call expects: pointers valid for its reads and writes.
#[inline]
#[cfg(target_arch = "x86_64")]
pub(crate) unsafe fn raw(number: u32, a: [usize; 6]) -> usize {
    let value;
    // SAFETY: the caller vouches for the arguments; rcx and r11 are what `syscall` clobbers.
    unsafe {
        asm!(
            "syscall",
            inlateout("rax") number as usize => value,
            in("rdi") a[0], in("rsi") a[1], in("rdx") a[2],
            in("r10") a[3], in("r8") a[4], in("r9") a[5],
            lateout("rcx") _, lateout("r11") _,
            options(nostack),
        );
    }
    value
}

/// Issues system call `number`.
///
/// # Safety
/// The arguments must be what the call expects: pointers valid for its reads and writes.
#[inline]
#[cfg(target_arch = "aarch64")]
pub(crate) unsafe fn raw(number: u32, a: [usize; 6]) -> usize {
    let value;
    // SAFETY: the caller vouches for the arguments; `svc` preserves every other register.
    unsafe {
        asm!(
            "svc #0",
            in("x8") number as usize,
            inlateout("x0") a[0] => value,
            in("x1") a[1], in("x2") a[2], in("x3") a[3], in("x4") a[4], in("x5") a[5],
            options(nostack),
        );
    }
    value
}

/// `syscall!(NAME, args...)`: the named call, its return value checked.
macro_rules! syscall {
    ($name:ident $(, $arg:expr)* $(,)?) => {{
        let given = [$($arg as usize),*];
        let mut args = [0_usize; 6];
        args[..given.len()].copy_from_slice(&given);
        $crate::syscall::check($crate::syscall::raw(
            linux_raw_sys::general::$name as u32,
            args,
        ))
    }};
    ($name:ident) => {
        $crate::syscall::check($crate::syscall::raw(linux_raw_sys::general::$name as u32, [0; 6]))
    };
}
pub(crate) use syscall;
