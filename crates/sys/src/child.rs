//! A child process that shares the caller's memory until it executes a program.
//!
//! A fork copies the page tables of the whole caller: some 40 ms for half a gigabyte. `CLONE_VM`
//! copies nothing, so the cost does not depend on the caller. The price is a set of rules for what
//! runs in the child, which the type system cannot hold; they are:
//!
//! 1. No allocation, no lock, no formatting, no environment: another thread of the caller may hold
//!    the lock for ever as far as the child can see, and the child shares the thread-local storage
//!    of the thread that made it.
//! 2. Only calls of this crate, which keep no state.
//! 3. No unwinding and nothing with work on drop: the child ends by exec or [`exit_now`].
//!
//! The function is a plain `fn`, not a closure, and gets one shared reference, so that what it
//! can reach is visible in one place. A test runs it under an allocator that aborts in a child.
//!
//! [`exit_now`]: crate::process::exit_now

use crate::syscall::{check, syscall};
use crate::{Errno, Fd, Result};
use core::arch::asm;
use core::ffi::c_void;
use core::mem::size_of;
use linux_raw_sys::general as raw;

/// How a child relates to its parent.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Parentage {
    /// The caller is the parent.
    Caller,
    /// The caller's parent is the parent (`CLONE_PARENT`).
    CallersParent,
}

/// Maps `size` bytes of new, zeroed memory (`mmap(2)`) and tells its address.
pub fn map_memory(size: usize) -> Result<usize> {
    let flags = raw::MAP_PRIVATE | raw::MAP_ANONYMOUS;
    let open = raw::PROT_READ | raw::PROT_WRITE;
    // SAFETY: a new anonymous mapping touches no memory that anyone uses.
    unsafe { syscall!(__NR_mmap, 0, size, open, flags, -1_isize, 0) }
}

/// What a child has in common with its maker, beside what every clone has.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Sharing {
    /// The memory.
    Memory,
    /// The memory and the table of descriptors (`CLONE_FILES`).
    MemoryAndDescriptors,
}

/// Memory for the stacks of children, one mapping for all, with an unmapped gap below each.
#[derive(Debug)]
pub struct Stacks {
    base: *mut u8,
    size: usize,
    /// The upper end of each stack.
    tops: Vec<usize>,
}

// SAFETY: the mapping belongs to this value alone; the addresses can be used from any thread.
unsafe impl Send for Stacks {}
// SAFETY: a shared reference gives only addresses.
unsafe impl Sync for Stacks {}

/// A page at least: aarch64 has pages of up to 64 KiB.
const GUARD: usize = 64 * 1024;

impl Stacks {
    /// Maps stacks of these sizes in bytes, multiples of 64 KiB (`mmap(2)`).
    pub fn new(sizes: &[usize]) -> Result<Self> {
        let flags = raw::MAP_PRIVATE | raw::MAP_ANONYMOUS | raw::MAP_STACK;
        let open = raw::PROT_READ | raw::PROT_WRITE;
        let whole = sizes.iter().sum::<usize>() + sizes.len() * GUARD;
        // SAFETY: a new anonymous mapping touches no memory that anyone uses.
        let base = unsafe { syscall!(__NR_mmap, 0, whole, open, flags, -1_isize, 0) }?;
        let mut stacks = Self {
            base: base as *mut u8,
            size: whole,
            tops: Vec::with_capacity(sizes.len()),
        };
        let mut next = base;
        for size in sizes {
            // SAFETY: the range lies inside the mapping just made, which nobody uses yet.
            unsafe { guard(next) }?;
            next += GUARD + size;
            stacks.tops.push(next);
        }
        Ok(stacks)
    }

    /// The upper end of the stack with this index.
    ///
    /// # Panics
    /// If there is none: the caller knows how many it asked for.
    pub fn top(&self, index: usize) -> StackTop<'_> {
        StackTop(self.tops[index], core::marker::PhantomData)
    }
}

/// Lets every access to the [`GUARD`] bytes at `begin` fail (`MADV_GUARD_INSTALL` of `madvise(2)`, Linux
/// 6.13). A kernel that has no guards, or none in locked memory, has to split the mapping for it.
///
/// # Safety
/// Nobody may use the range.
unsafe fn guard(begin: usize) -> Result<()> {
    // SAFETY: the caller vouches for the range.
    match unsafe { syscall!(__NR_madvise, begin, GUARD, raw::MADV_GUARD_INSTALL) } {
        // SAFETY: as above.
        Err(Errno::EINVAL) => unsafe { syscall!(__NR_mprotect, begin, GUARD, raw::PROT_NONE) },
        installed => installed,
    }
    .map(drop)
}

impl Drop for Stacks {
    fn drop(&mut self) {
        // SAFETY: the mapping belongs to this value, and no child uses it any more: the owner
        // drops it only after the children have executed or ended.
        if unsafe { syscall!(__NR_munmap, self.base, self.size) }.is_err() {
            std::process::abort();
        }
    }
}

/// What a child is made with.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Creation<'a> {
    /// The new namespaces it starts in.
    pub namespaces: crate::namespace::Kinds,
    /// Whose child it is.
    pub parentage: Parentage,
    /// What it shares.
    pub sharing: Sharing,
    /// Its process id in its own pid namespace, if that shall not be the next free one
    /// (`set_tid`, Linux 5.5); needs `CAP_SYS_ADMIN` over the namespace.
    pub pid: Option<i32>,
    /// The cgroup that it begins in, a directory of the cgroup filesystem version 2
    /// (`CLONE_INTO_CGROUP`, Linux 5.7); `None` is the maker's.
    pub cgroup: Option<Fd>,
    /// Where its stack is. It must not be in use by another child.
    pub stack: StackTop<'a>,
}

/// The upper end of one of the [`Stacks`].
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct StackTop<'a>(usize, core::marker::PhantomData<&'a Stacks>);

/// A child as its maker sees it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Child {
    /// Its process id in the maker's pid namespace.
    pub pid: i32,
    /// A descriptor for it, close-on-exec (`CLONE_PIDFD`).
    pub pidfd: Fd,
}

/// Makes a child that runs `body(task)` on its own stack in the caller's memory (`clone3(2)`, Linux
/// 5.5 for `CLONE_CLEAR_SIGHAND`). It has copies of the descriptors, the working directory and the
/// mask of blocked signals; a signal that is not ignored has its default effect.
///
/// `task` and the stack must stay in place until the child has executed a program or ended, which
/// the caller learns from the end of file on a close-on-exec descriptor that only the child holds:
/// the kernel gives up the shared memory before it closes descriptors (`begin_new_exec` and
/// `do_exit` in the kernel). See the rules of the module for what `body` may do.
pub fn start<T: Sync>(creation: &Creation<'_>, body: fn(&T) -> !, task: &T) -> Result<Child> {
    let mut pidfd: i32 = -1;
    let mut flags = u64::from(raw::CLONE_VM)
        | u64::from(raw::CLONE_PIDFD)
        | raw::CLONE_CLEAR_SIGHAND
        | creation.namespaces.0;
    if creation.parentage == Parentage::CallersParent {
        flags |= u64::from(raw::CLONE_PARENT);
    }
    if creation.sharing == Sharing::MemoryAndDescriptors {
        flags |= u64::from(raw::CLONE_FILES);
    }
    // SAFETY: all zeroes is a valid `clone_args`: no optional field is used.
    let mut args: raw::clone_args = unsafe { core::mem::zeroed() };
    args.flags = flags;
    args.pidfd = &raw mut pidfd as u64;
    // No exit signal: until it executes a program the child is a "clone" child, which a plain
    // `waitpid(-1)` elsewhere in the calling program does not reap by mistake (`wait(2)`, __WCLONE).
    args.exit_signal = 0;
    // The kernel computes the stack pointer as stack + stack_size; only the sum matters.
    args.stack = (creation.stack.0 - STACK_NOMINAL) as u64;
    args.stack_size = STACK_NOMINAL as u64;
    if let Some(pid) = &creation.pid {
        args.set_tid = core::ptr::from_ref(pid) as u64;
        args.set_tid_size = 1;
    }
    if let Some(cgroup) = creation.cgroup {
        args.flags |= raw::CLONE_INTO_CGROUP;
        args.cgroup = cgroup.arg() as u64;
    }
    let call = Call {
        body: body as *const c_void,
        task: core::ptr::from_ref(task).cast(),
    };
    // SAFETY: the arguments are valid, and the child starts in `run::<T>` on its own stack.
    let pid = unsafe { clone3(&args, run::<T>, &call) }?;
    Ok(Child {
        pid: pid as i32,
        pidfd: Fd::new(pidfd),
    })
}

/// Any size below that of every stack: the kernel wants one that is not zero.
const STACK_NOMINAL: usize = 4096;

struct Call {
    body: *const c_void,
    task: *const c_void,
}

/// The child's first frame. It gets the two pointers by value, in registers.
extern "C" fn run<T>(body: *const c_void, task: *const c_void) -> ! {
    // SAFETY: `start` made the pointers from exactly these types.
    let (body, task) = unsafe {
        let body = core::mem::transmute::<*const c_void, fn(&T) -> !>(body);
        (body, &*task.cast::<T>())
    };
    body(task)
}

type Entry = extern "C" fn(*const c_void, *const c_void) -> !;

/// # Safety
/// `args` must describe a valid child whose stack is unused, and `entry` must accept the pointers.
#[cfg(target_arch = "x86_64")]
unsafe fn clone3(args: &raw::clone_args, entry: Entry, call: &Call) -> Result<usize> {
    let value: usize;
    // SAFETY: the parent's path only returns a value. The child's path leaves this frame for ever:
    // it has a new stack, takes its two arguments from registers, and `entry` does not return.
    unsafe {
        asm!(
            "syscall",
            "test rax, rax",
            "jnz 2f",
            "xor ebp, ebp",
            "mov rdi, r12",
            "mov rsi, r13",
            "call r14",
            "ud2",
            "2:",
            inlateout("rax") raw::__NR_clone3 as usize => value,
            in("rdi") core::ptr::from_ref(args),
            in("rsi") size_of::<raw::clone_args>(),
            in("r12") call.body,
            in("r13") call.task,
            in("r14") entry,
            lateout("rcx") _, lateout("r11") _,
        );
    }
    check(value)
}

/// # Safety
/// `args` must describe a valid child whose stack is unused, and `entry` must accept the pointers.
#[cfg(target_arch = "aarch64")]
unsafe fn clone3(args: &raw::clone_args, entry: Entry, call: &Call) -> Result<usize> {
    let value: usize;
    // SAFETY: as on x86_64.
    unsafe {
        asm!(
            "svc #0",
            "cbnz x0, 2f",
            "mov x29, xzr",
            "mov x0, x20",
            "mov x1, x21",
            "blr x22",
            "brk #1",
            "2:",
            in("x8") raw::__NR_clone3 as usize,
            inlateout("x0") core::ptr::from_ref(args) => value,
            in("x1") size_of::<raw::clone_args>(),
            in("x20") call.body,
            in("x21") call.task,
            in("x22") entry,
            lateout("x30") _,
        );
    }
    check(value)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn below_each_stack_there_is_no_access() {
        let stacks = Stacks::new(&[GUARD, 2 * GUARD]).unwrap();
        let (_reader, writer) = crate::file::pipe().unwrap();
        let writer = Fd::from(&writer);
        for (index, size) in [(0, GUARD), (1, 2 * GUARD)] {
            let lowest = stacks.top(index).0 - size;
            // SAFETY: the kernel reads one byte, or finds that it cannot.
            let read = |at: usize| unsafe { syscall!(__NR_write, writer.arg(), at, 1) };
            assert_eq!(read(lowest), Ok(1));
            assert_eq!(read(lowest - 1), Err(Errno::EFAULT));
            assert_eq!(read(lowest - GUARD), Err(Errno::EFAULT));
        }
    }
}
