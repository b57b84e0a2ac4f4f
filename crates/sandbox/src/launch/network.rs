//! The network namespace, made by a process of its own beside the other steps.
//!
//! It costs as much as all the rest of the set-up, most of it in registering what `/proc/sys/net`
//! shows, and depends on nothing but the user namespace. So a helper that shares the memory and the
//! descriptors of the building process makes it, and that one joins it before the payload exists.

use super::child::{Fault, State, Task};
use aril_sys::child::{Creation, Parentage, Sharing, StackTop};
use aril_sys::namespace::{self, Kinds};
use aril_sys::{Errno, Fd, child, file, ioctl, process};
use std::sync::atomic::Ordering::{Acquire, Release};

impl State<'_> {
    pub(super) fn begin_network(&mut self) -> Result<(), Fault> {
        let creation = Creation {
            namespaces: Kinds::default(),
            parentage: Parentage::Caller,
            sharing: Sharing::MemoryAndDescriptors,
            // Out of the way: in a new pid namespace the payload is process 2.
            pid: (process::id() == 1).then_some(HELPER),
            stack: StackTop::from(&self.task.stacks.network),
        };
        self.network = Some(child::start(&creation, make_network, self.task)?);
        Ok(())
    }

    /// The helper may still be ending when its word is there; init reaps it with the other orphans,
    /// and where there is no init it is awaited here.
    pub(super) fn join_network(&mut self) -> Result<(), Fault> {
        let helper = self.network.take().ok_or(Errno::ESRCH)?;
        let made = self.await_network(helper.pidfd)?;
        namespace::join(made, Kinds::NETWORK)?;
        file::close(made)?;
        if self.task.plan.init.is_none() {
            process::reap(helper.pidfd)?;
        }
        Ok(file::close(helper.pidfd)?)
    }

    fn await_network(&self, helper: Fd) -> Result<Fd, Errno> {
        let word = &self.task.network;
        loop {
            match word.load(Acquire) {
                0 => process::wait_while(word, 0, ALIVE_CHECK)?,
                made if made < 0 => return Err(Errno::new(made.unsigned_abs() as u16)),
                made => return Ok(Fd::new(made)),
            }
            let mut poll = [process::Poll::readable(Some(helper))];
            process::poll(&mut poll, false)?;
            if poll[0].is_ready() && word.load(Acquire) == 0 {
                return Err(Errno::ESRCH);
            }
        }
    }
}

/// The helper's process id in a new pid namespace: the largest that the kernel always allows
/// (`pid_max` is at least 301).
const HELPER: i32 = 300;

/// How often it is looked whether the helper still lives, in milliseconds.
const ALIVE_CHECK: u32 = 100;

/// The helper: its descriptor for the namespace appears in the building process too.
fn make_network(task: &Task<'_>) -> ! {
    let made = match new_network() {
        Ok(fd) => fd.number(),
        Err(errno) => -i32::from(errno.number()),
    };
    task.network.store(made, Release);
    match process::wake(&task.network) {
        Ok(()) => process::exit_now(0),
        // The waiter looks by itself after a while.
        Err(_) => process::exit_now(1),
    }
}

fn new_network() -> Result<Fd, Errno> {
    namespace::unshare(Kinds::NETWORK)?;
    ioctl::bring_up_loopback()?;
    file::open(Fd::CWD, c"/proc/self/ns/net", file::O_RDONLY, 0)
}
