//! Processes: ids, waiting, signals to them, the end.

use crate::syscall::syscall;
use crate::{Errno, Fd, Result};
use core::mem::MaybeUninit;
use core::sync::atomic::AtomicI32;
use linux_raw_sys::{general as raw, prctl};
use std::time::{Duration, Instant};

/// How a process ended, decoded from a wait status (`wait(2)`).
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Ending {
    /// It called exit with this status.
    Exited(u8),
    /// This signal killed it.
    Killed(u8),
}

impl Ending {
    /// Decodes the status word of `wait4(2)`. `None` for a stopped or continued process.
    pub const fn from_wait_status(status: i32) -> Option<Self> {
        match status & 0x7f {
            0 => Some(Self::Exited((status >> 8) as u8)),
            0x7f => None,
            signal => Some(Self::Killed(signal as u8)),
        }
    }
}

/// Ends the calling process at once, running nothing (`exit_group(2)`).
pub fn exit_now(status: i32) -> ! {
    loop {
        // SAFETY: no pointer is passed; the call does not return.
        if unsafe { syscall!(__NR_exit_group, status) }.is_ok() {
            continue;
        }
    }
}

/// Copies the calling process (`clone3(2)` with nothing shared), and tells the copy's id; `None` in the copy,
/// which goes on from here and has to end by [`exit_now`]. No signal comes when it ends, and a plain
/// `waitpid(-1)` does not reap it.
///
/// In the copy there is only the thread that called, and a lock that another one held would be held for
/// ever: with several threads, or a child that still shares the memory, the answer is `EINVAL`
/// (`unshare(2)` of the memory, which changes nothing where there is one thread).
pub fn copy() -> Result<Option<i32>> {
    // SAFETY: no pointer is passed.
    unsafe { syscall!(__NR_unshare, raw::CLONE_VM) }?;
    // SAFETY: all zeroes is a valid `clone_args`: no optional field is used.
    let args: raw::clone_args = unsafe { core::mem::zeroed() };
    let size = core::mem::size_of::<raw::clone_args>();
    // SAFETY: the structure lives through the call. Without a stack of its own, and with a memory of its
    // own, the copy returns here just as the caller does.
    let pid = unsafe { syscall!(__NR_clone3, &raw const args, size) }?;
    Ok((pid != 0).then_some(pid as i32))
}

/// The caller's process id in its own pid namespace.
pub fn id() -> i32 {
    // SAFETY: no pointer is passed; the call cannot fail.
    unsafe { syscall!(__NR_getpid) }.map_or(0, |pid| pid as i32)
}

/// How many processors the calling thread may run on (`sched_getaffinity(2)`). A machine of more than
/// 8,192 gives `EINVAL`.
pub fn processors() -> Result<usize> {
    let mut mask = [0_u64; 128];
    let size = core::mem::size_of_val(&mask);
    // SAFETY: the kernel writes at most `size` bytes into the mask.
    let written = unsafe { syscall!(__NR_sched_getaffinity, 0, size, mask.as_mut_ptr()) }?;
    let words = mask.iter().take(written / core::mem::size_of::<u64>());
    Ok(words.map(|word| word.count_ones() as usize).sum())
}

/// The parent's process id: 0 when the parent is outside the caller's pid namespace.
pub fn parent_id() -> i32 {
    // SAFETY: no pointer is passed; the call cannot fail.
    unsafe { syscall!(__NR_getppid) }.map_or(0, |pid| pid as i32)
}

/// A descriptor for the process with this id in the caller's pid namespace, close-on-exec
/// (`pidfd_open(2)`, Linux 5.3). The id may belong to another process by the time of the call.
pub fn open_pidfd(pid: i32) -> Result<Fd> {
    // SAFETY: no pointer is passed.
    unsafe { syscall!(__NR_pidfd_open, pid, 0) }.map(Fd::from_return)
}

/// Sends a signal to the process that `pidfd` names (`pidfd_send_signal(2)`).
pub fn send_signal(pidfd: Fd, signal: i32) -> Result<()> {
    // SAFETY: no pointer is passed.
    unsafe { syscall!(__NR_pidfd_send_signal, pidfd.arg(), signal, 0, 0) }.map(drop)
}

/// Copies memory of another process into `buffer` (`process_vm_readv(2)`), and tells how much of it:
/// what lies beyond a page that is not there is left out. The caller must be allowed to trace it.
pub fn read_memory(pid: u32, address: u64, buffer: &mut [u8]) -> Result<usize> {
    let local = [buffer.as_mut_ptr() as usize, buffer.len()];
    let remote = [address as usize, buffer.len()];
    // SAFETY: `local` and `remote` have the layout of `struct iovec`, and `local` is all of `buffer`;
    // the kernel only reads the other process.
    unsafe {
        syscall!(
            __NR_process_vm_readv,
            pid,
            local.as_ptr(),
            1,
            remote.as_ptr(),
            1,
            0
        )
    }
}

/// Sends a signal to the calling process itself (`kill(2)`).
pub fn raise(signal: i32) -> Result<()> {
    // SAFETY: no pointer is passed.
    unsafe { syscall!(__NR_kill, id(), signal) }.map(drop)
}

/// Whether the caller may signal a process (`kill(2)` with signal 0, which sends none).
pub fn may_signal(pid: i32) -> Result<()> {
    // SAFETY: no pointer is passed.
    unsafe { syscall!(__NR_kill, pid, 0) }.map(drop)
}

/// Reaps the child that `pidfd` names, waiting for its end, and tells its status
/// (`waitid(2)` with `P_PIDFD`, `__WALL` since a clone child need not send `SIGCHLD`).
pub fn reap(pidfd: Fd) -> Result<Ending> {
    let flags = raw::WEXITED | raw::__WALL;
    let mut info = MaybeUninit::<[i32; 32]>::zeroed();
    loop {
        // SAFETY: `siginfo_t` is 128 bytes, the size of `info`, for which all zeroes is valid.
        let (waited, info) = unsafe {
            let waited = syscall!(__NR_waitid, 3, pidfd.arg(), info.as_mut_ptr(), flags, 0);
            (waited, info.assume_init())
        };
        match waited {
            Err(Errno::EINTR) => continue,
            Err(errno) => return Err(errno),
            Ok(_) => return Ok(decode(info)),
        }
    }
}

/// `si_code` is the third word of a `siginfo_t`; for `SIGCHLD` on a 64-bit system the pid, uid and
/// status begin at the fifth.
const fn decode(info: [i32; 32]) -> Ending {
    const CLD_EXITED: i32 = 1;
    let (code, status) = (info[2], info[6]);
    if code == CLD_EXITED {
        Ending::Exited(status as u8)
    } else {
        Ending::Killed(status as u8)
    }
}

/// Has the kernel send `signal` to the caller when the *thread* that made it ends; 0 switches it
/// off (`PR_SET_PDEATHSIG`). Lost at a change of credentials.
pub fn set_parent_death_signal(signal: i32) -> Result<()> {
    // SAFETY: no pointer is passed.
    unsafe { syscall!(__NR_prctl, prctl::PR_SET_PDEATHSIG, signal, 0, 0, 0) }.map(drop)
}

/// Starts a new session without a controlling terminal (`setsid(2)`).
pub fn new_session() -> Result<()> {
    // SAFETY: no pointer is passed.
    unsafe { syscall!(__NR_setsid) }.map(drop)
}

/// What a descriptor is polled for, and what came (`poll(2)`).
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[repr(C)]
pub struct Poll {
    fd: i32,
    events: i16,
    came: i16,
}

impl Poll {
    /// Waits for `fd` to be readable or hung up; `None` never wakes.
    pub fn readable(fd: Option<Fd>) -> Self {
        Self {
            fd: fd.map_or(-1, Fd::number),
            events: raw::POLLIN as i16,
            came: 0,
        }
    }

    /// Waits for an exceptional condition (`POLLPRI`), as a change of a cgroup's `cgroup.events`.
    pub fn exceptional(fd: Fd) -> Self {
        Self {
            fd: fd.number(),
            events: raw::POLLPRI as i16,
            came: 0,
        }
    }

    /// Waits only for the other side of `fd` to be gone.
    pub fn hang_up(fd: Fd) -> Self {
        Self {
            fd: fd.number(),
            events: 0,
            came: 0,
        }
    }

    /// Whether there is something to read.
    pub const fn has_data(&self) -> bool {
        self.came & raw::POLLIN as i16 != 0
    }

    /// Whether anything came: data, a hang-up, an error.
    pub const fn is_ready(&self) -> bool {
        self.came != 0
    }
}

/// Waits until one of `polls` is ready. `wait` false looks and returns at once.
pub fn poll(polls: &mut [Poll], wait: bool) -> Result<()> {
    poll_for(polls, (!wait).then_some(Duration::ZERO)).map(drop)
}

/// Waits until one of `polls` is ready or `deadline` has come; false if it is the deadline.
pub fn poll_until(polls: &mut [Poll], deadline: Option<Instant>) -> Result<bool> {
    poll_for(polls, deadline.map(left))
}

fn left(deadline: Instant) -> Duration {
    deadline.saturating_duration_since(Instant::now())
}

/// The kernel writes back what is left of the time (`ppoll(2)`, the system call), so that an
/// interrupted wait goes on with the rest.
fn poll_for(polls: &mut [Poll], time: Option<Duration>) -> Result<bool> {
    let mut time = time.map(|time| raw::__kernel_timespec {
        tv_sec: i64::try_from(time.as_secs()).unwrap_or(i64::MAX),
        tv_nsec: i64::from(time.subsec_nanos()),
    });
    let time = time
        .as_mut()
        .map_or(core::ptr::null_mut(), core::ptr::from_mut);
    loop {
        // SAFETY: `Poll` has the layout of `struct pollfd`, and the count is the slice's; the time
        // lives through the call.
        match unsafe { syscall!(__NR_ppoll, polls.as_mut_ptr(), polls.len(), time, 0, 0) } {
            Err(Errno::EINTR) => (),
            other => return other.map(|ready| ready > 0),
        }
    }
}

/// The kernel's release, such as `6.1.0-13-amd64` (`uname(2)`).
pub fn kernel_release() -> Result<Vec<u8>> {
    const FIELD: usize = 65;
    let mut name = [0_u8; 6 * FIELD];
    // SAFETY: `struct new_utsname` is six fields of 65 bytes.
    unsafe { syscall!(__NR_uname, name.as_mut_ptr())? };
    let release = &name[2 * FIELD..3 * FIELD];
    Ok(release
        .iter()
        .copied()
        .take_while(|&byte| byte != 0)
        .collect())
}

/// Waits until `word` is not `value` any more, at most `milliseconds`; may return before (`futex(2)`,
/// private to the memory that caller and waker share).
pub fn wait_while(word: &AtomicI32, value: i32, milliseconds: u32) -> Result<()> {
    let timeout = raw::__kernel_timespec {
        tv_sec: i64::from(milliseconds / 1000),
        tv_nsec: i64::from(milliseconds % 1000) * 1_000_000,
    };
    const WAIT_PRIVATE: u32 = raw::FUTEX_WAIT | raw::FUTEX_PRIVATE_FLAG;
    // SAFETY: the word and the timeout live through the call.
    let waited = unsafe {
        syscall!(
            __NR_futex,
            word.as_ptr(),
            WAIT_PRIVATE,
            value,
            &raw const timeout,
            0,
            0
        )
    };
    match waited {
        Ok(_) | Err(Errno::EAGAIN | Errno::EINTR | Errno::ETIMEDOUT) => Ok(()),
        Err(errno) => Err(errno),
    }
}

/// Wakes whoever waits on `word`.
pub fn wake(word: &AtomicI32) -> Result<()> {
    const WAKE_PRIVATE: u32 = raw::FUTEX_WAKE | raw::FUTEX_PRIVATE_FLAG;
    // SAFETY: the word lives through the call.
    unsafe { syscall!(__NR_futex, word.as_ptr(), WAKE_PRIVATE, i32::MAX, 0, 0, 0) }.map(drop)
}
