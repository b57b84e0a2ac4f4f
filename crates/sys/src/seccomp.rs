//! Seccomp filters (`seccomp(2)`), and calls that they tell of (`seccomp_unotify(2)`).

use crate::syscall::syscall;
use crate::{Errno, Fd, Result};
use linux_raw_sys::{prctl, ptrace};

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
    let program = FilterProgram::new(program)?;
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

impl FilterProgram {
    fn new(program: &[u8]) -> Result<Self> {
        let count = program.len() / INSTRUCTION;
        if count > LONGEST || !program.len().is_multiple_of(INSTRUCTION) {
            return Err(Errno::EINVAL);
        }
        Ok(Self {
            length: count as u16,
            instructions: program.as_ptr(),
        })
    }
}

/// How a call waits for the answer of a supervisor that has taken it up.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Wait {
    /// Only a deadly signal ends it (`SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV`, Linux 5.19).
    Killable,
    /// Any signal interrupts it, and the call is made, and told, once more.
    Interruptible,
}

impl Wait {
    pub(crate) const fn flag(self) -> u32 {
        match self {
            Self::Killable => ptrace::SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV,
            Self::Interruptible => 0,
        }
    }
}

/// Like [`install`]; the calls for which the filter returns `SECCOMP_RET_USER_NOTIF` are told on the
/// descriptor that is returned, close-on-exec (Linux 5.0). `EBUSY`: a filter of the thread has a
/// listener already.
pub fn install_with_listener(program: &[u8], wait: Wait) -> Result<Fd> {
    let program = FilterProgram::new(program)?;
    let flags = ptrace::SECCOMP_FILTER_FLAG_NEW_LISTENER | wait.flag();
    let operation = ptrace::SECCOMP_SET_MODE_FILTER;
    // SAFETY: the program lives through the call, and the kernel copies it byte by byte.
    unsafe { syscall!(__NR_seccomp, operation, flags, &raw const program) }.map(Fd::from_return)
}

/// A call that waits for the supervisor: `struct seccomp_notif` of `seccomp_unotify(2)`.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Notification {
    /// Stands for this call, as long as it waits.
    pub id: u64,
    /// The calling thread in the reader's pid namespace; 0 if it is not in there.
    pub thread: u32,
    /// The ABI, an `AUDIT_ARCH_*` value.
    pub audit: u32,
    /// The system call's number.
    pub number: u32,
    /// The argument registers.
    pub args: [u64; 6],
}

/// `SECCOMP_IOCTL_NOTIF_RECV`, `_SEND` and `_ID_VALID`: `_IOWR('!', 0, struct seccomp_notif)`,
/// `_IOWR('!', 1, struct seccomp_notif_resp)`, `_IOW('!', 2, __u64)`.
const RECEIVE: u32 = 0xc050_2100;
const SEND: u32 = 0xc018_2101;
const ID_VALID: u32 = 0x4008_2102;

/// Takes up the next waiting call. `ENOENT`: its thread has been killed in between. Does not wait if
/// `poll(2)` has just said that there is one and nobody else reads.
pub fn receive_notification(listener: Fd) -> Result<Notification> {
    // SAFETY: all zeroes is valid, and what the kernel wants to find.
    let mut found: ptrace::seccomp_notif = unsafe { core::mem::zeroed() };
    // SAFETY: `found` has the size that the request's number names.
    unsafe { syscall!(__NR_ioctl, listener.arg(), RECEIVE, &raw mut found) }?;
    Ok(Notification {
        id: found.id,
        thread: found.pid,
        audit: found.data.arch,
        number: found.data.nr as u32,
        args: found.data.args,
    })
}

/// Refuses the call, which then fails with `errno`; 0 lets it seem to succeed. `ENOENT`: it does not
/// wait any more.
pub fn refuse(listener: Fd, id: u64, errno: u16) -> Result<()> {
    answer(listener, id, -i32::from(errno), 0)
}

/// Lets the call be made as if no filter had told of it (`SECCOMP_USER_NOTIF_FLAG_CONTINUE`, Linux
/// 5.5). `ENOENT`: it does not wait any more.
///
/// Only for calls that are allowed whatever they do: what the caller's memory holds can change between
/// a look at it and the call, so nothing can be decided by it (`seccomp_unotify(2)`).
pub fn let_go(listener: Fd, id: u64) -> Result<()> {
    answer(listener, id, 0, ptrace::SECCOMP_USER_NOTIF_FLAG_CONTINUE)
}

fn answer(listener: Fd, id: u64, error: i32, flags: u32) -> Result<()> {
    let answer = ptrace::seccomp_notif_resp {
        id,
        val: 0,
        error,
        flags,
    };
    // SAFETY: `answer` lives through the call and has the size that the request's number names.
    unsafe { syscall!(__NR_ioctl, listener.arg(), SEND, &raw const answer) }.map(drop)
}

/// Whether the call still waits: what was read about its thread before was about that thread.
pub fn still_waits(listener: Fd, id: u64) -> bool {
    // SAFETY: `id` lives through the call and has the size that the request's number names.
    unsafe { syscall!(__NR_ioctl, listener.arg(), ID_VALID, &raw const id) }.is_ok()
}
