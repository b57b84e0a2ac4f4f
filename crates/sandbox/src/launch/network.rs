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
            stack: StackTop::from(self.task.network_stack),
        };
        self.network = Some(child::start(&creation, make_network, self.task)?);
        Ok(())
    }

    pub(super) fn join_network(&mut self) -> Result<(), Fault> {
        let helper = self.network.take().ok_or(Errno::ESRCH)?;
        process::reap(helper.pidfd)?;
        file::close(helper.pidfd)?;
        match self.task.network.load(Acquire) {
            0 => Err(Errno::ESRCH.into()),
            made if made < 0 => Err(Errno::new(made.unsigned_abs() as u16).into()),
            made => {
                namespace::join(Fd::new(made), Kinds::NETWORK)?;
                Ok(file::close(Fd::new(made))?)
            }
        }
    }
}

/// The helper: its descriptor for the namespace appears in the building process too.
fn make_network(task: &Task<'_>) -> ! {
    let made = match new_network() {
        Ok(fd) => fd.number(),
        Err(errno) => -i32::from(errno.number()),
    };
    task.network.store(made, Release);
    process::exit_now(0)
}

fn new_network() -> Result<Fd, Errno> {
    namespace::unshare(Kinds::NETWORK)?;
    ioctl::bring_up_loopback()?;
    file::open(Fd::CWD, c"/proc/self/ns/net", file::O_RDONLY, 0)
}
