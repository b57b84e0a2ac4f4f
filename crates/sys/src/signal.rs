//! Signals: masks, dispositions, and a descriptor to read them from.

use crate::syscall::syscall;
use crate::{Fd, Result};
use linux_raw_sys::general as raw;

/// A set of signals, bit `n - 1` for signal `n`.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Set(pub u64);

impl Set {
    /// Every signal.
    pub const ALL: Self = Self(u64::MAX);

    /// The set of the given numbers.
    pub fn of(signals: &[i32]) -> Self {
        Self(
            signals
                .iter()
                .fold(0, |bits, signal| bits | 1 << (signal - 1)),
        )
    }
}

/// `SIGHUP`, `SIGINT`, ...: the numbers are the same on x86_64 and aarch64.
pub use linux_raw_sys::general::{
    SIGCHLD, SIGCONT, SIGHUP, SIGINT, SIGKILL, SIGPIPE, SIGQUIT, SIGTERM, SIGUSR1, SIGUSR2,
    SIGWINCH,
};

/// Replaces the calling thread's mask of blocked signals and returns the old one
/// (`rt_sigprocmask(2)`).
pub fn set_mask(set: Set) -> Result<Set> {
    let mut old = Set::default();
    // SAFETY: both sets live through the call and are 8 bytes, the kernel's `sigset_t`.
    unsafe {
        syscall!(
            __NR_rt_sigprocmask,
            raw::SIG_SETMASK,
            &raw const set.0,
            &raw mut old.0,
            8
        )?;
    }
    Ok(old)
}

/// `struct sigaction` of the kernel on both architectures (aarch64 ignores `restorer`).
#[repr(C)]
struct Disposition {
    handler: usize,
    flags: usize,
    restorer: usize,
    mask: u64,
}

/// Gives `signal` its default effect in the whole process (`rt_sigaction(2)`).
pub fn reset_to_default(signal: i32) -> Result<()> {
    let default = Disposition {
        handler: 0,
        flags: 0,
        restorer: 0,
        mask: 0,
    };
    // SAFETY: the disposition lives through the call; it names no handler.
    unsafe { syscall!(__NR_rt_sigaction, signal, &raw const default, 0, 8) }.map(drop)
}

/// A descriptor from which the blocked signals of `set` are read (`signalfd(2)`), close-on-exec.
pub fn open_signalfd(set: Set) -> Result<Fd> {
    // SAFETY: the set lives through the call and is 8 bytes.
    unsafe {
        syscall!(
            __NR_signalfd4,
            -1_isize,
            &raw const set.0,
            8,
            raw::O_CLOEXEC
        )
    }
    .map(Fd::from_return)
}

/// One signal as read from a signalfd.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Received {
    /// The signal's number.
    pub signal: i32,
    /// Whether the kernel itself sent it, as it does for Ctrl-C at a terminal (`SI_KERNEL`).
    pub from_kernel: bool,
}

/// Reads one signal from a signalfd.
pub fn read_signalfd(fd: Fd) -> Result<Received> {
    // `struct signalfd_siginfo`: 128 bytes; ssi_signo at 0, ssi_code at 8.
    let mut info = [0_u8; 128];
    crate::file::read(fd, &mut info)?;
    let word = |at: usize| i32::from_ne_bytes([info[at], info[at + 1], info[at + 2], info[at + 3]]);
    const SI_KERNEL: i32 = 0x80;
    Ok(Received {
        signal: word(0),
        from_kernel: word(8) == SI_KERNEL,
    })
}
