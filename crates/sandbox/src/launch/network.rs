//! The network namespace, made by a process of its own beside the other steps.
//!
//! It costs as much as all the rest of the set-up, most of it in registering what `/proc/sys/net`
//! shows, and depends on nothing but the user namespace. So a helper that shares the memory and the
//! descriptors of the building process makes it, and that one joins it before the payload exists.

use super::child::{Fault, State, Task};
use aril_sys::child::{Creation, Parentage, Sharing};
use aril_sys::namespace::{self, Kinds};
use aril_sys::{Errno, Fd, child, file, ioctl, process};
use std::sync::atomic::AtomicI32;
use std::sync::atomic::Ordering::{Acquire, Release};

impl State<'_> {
    pub(super) fn begin_network(&mut self) -> Result<(), Fault> {
        let creation = Creation {
            namespaces: Kinds::default(),
            parentage: Parentage::Caller,
            sharing: Sharing::MemoryAndDescriptors,
            // Out of the way: in a new pid namespace the payload is process 2.
            pid: (process::id() == 1).then_some(HELPER),
            cgroup: None,
            stack: self.task.stacks.top(super::Role::Network as usize),
        };
        self.network = Some(child::start(&creation, make_network, self.task)?);
        Ok(())
    }

    pub(super) fn join_network(&mut self) -> Result<(), Fault> {
        let helper = self.network.ok_or(Errno::ESRCH)?;
        let made = Fd::new(await_word(&self.task.network, helper.pidfd)?);
        namespace::join(made, Kinds::NETWORK)?;
        Ok(file::close(made)?)
    }

    /// The helper ends after this. Init reaps it with the other orphans; where there is no init it is
    /// reaped here.
    pub(super) fn await_loopback(&mut self) -> Result<(), Fault> {
        let helper = self.network.take().ok_or(Errno::ESRCH)?;
        await_word(&self.task.loopback, helper.pidfd)?;
        if self.task.plan.init.is_none() {
            process::reap(helper.pidfd)?;
        }
        Ok(file::close(helper.pidfd)?)
    }
}

/// Waits for what the helper stores: a positive number, or an error.
fn await_word(word: &AtomicI32, helper: Fd) -> Result<i32, Errno> {
    loop {
        match word.load(Acquire) {
            0 => process::wait_while(word, 0, ALIVE_CHECK)?,
            told if told < 0 => return Err(Errno::new(told.unsigned_abs() as u16)),
            told => return Ok(told),
        }
        let mut poll = [process::Poll::readable(Some(helper))];
        process::poll(&mut poll, false)?;
        if poll[0].is_ready() && word.load(Acquire) == 0 {
            return Err(Errno::ESRCH);
        }
    }
}

/// The helper's process id in a new pid namespace: the largest that the kernel always allows
/// (`pid_max` is at least 301).
const HELPER: i32 = 300;

/// How often it is looked whether the helper still lives, in milliseconds.
const ALIVE_CHECK: u32 = 100;

/// The helper: its descriptor for the namespace appears in the building process too. That one needs
/// not wait for the loopback interface; the payload's does.
fn make_network(task: &Task<'_>) -> ! {
    let made = namespace::unshare(Kinds::NETWORK)
        .and_then(|()| file::open(Fd::CWD, c"/proc/self/ns/net", file::O_RDONLY, 0));
    let told = tell(&task.network, made.map(Fd::number));
    if made.is_err() {
        process::exit_now(1);
    }
    let raised = tell(&task.loopback, ioctl::bring_up_loopback().map(|()| 1));
    process::exit_now(i32::from(told.is_err() || raised.is_err()))
}

/// Stores a positive number, or a negated error number, and wakes who waits for it. If nobody can be
/// woken, the waiter looks by itself after a while.
fn tell(word: &AtomicI32, result: Result<i32, Errno>) -> Result<(), Errno> {
    let number = result.unwrap_or_else(|errno| -i32::from(errno.number()));
    word.store(number, Release);
    process::wake(word)
}
