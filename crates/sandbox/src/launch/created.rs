//! What is told of a new sandbox, while its payload waits.

use super::child::{Fault, State};
use super::record::Record;
use aril_sys::{Fd, file};
use core::ffi::CStr;
use std::sync::atomic::AtomicU64;
use std::sync::atomic::Ordering::{Acquire, Release};

/// The namespaces that are told, by their names in `/proc/PID/ns`, and where the child finds its own.
const TOLD: [(&str, &CStr); 6] = [
    ("cgroup", c"self/ns/cgroup"),
    ("ipc", c"self/ns/ipc"),
    ("mnt", c"self/ns/mnt"),
    ("net", c"self/ns/net"),
    ("pid", c"self/ns/pid"),
    ("uts", c"self/ns/uts"),
];

/// Their inode numbers, in the memory that the child shares with the launcher; 0 for none.
///
/// The child looks them up: it does not wait while the launcher tells of it, and once it is init nobody
/// else may look into its `/proc/PID/ns`.
#[derive(Debug, Default)]
pub(super) struct Namespaces([AtomicU64; TOLD.len()]);

/// The sandbox's first process as it is announced, when its namespaces are all there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Created {
    /// Its process id, in the launcher's pid namespace.
    pub pid: i32,
    namespaces: [u64; TOLD.len()],
}

impl Created {
    pub(super) fn new(pid: i32, namespaces: &Namespaces) -> Self {
        let namespaces = namespaces.0.each_ref().map(|id| id.load(Acquire));
        Self { pid, namespaces }
    }

    /// The inode number of one of its namespaces, by its name in `/proc/PID/ns`: `cgroup`, `ipc`, `mnt`,
    /// `net`, `pid` or `uts`. `None` where the kernel has no such namespaces.
    pub fn namespace_id(&self, name: &str) -> Option<u64> {
        let at = TOLD.iter().position(|(told, _)| *told == name)?;
        Some(self.namespaces[at]).filter(|&id| id != 0)
    }
}

impl State<'_> {
    /// Notes the namespaces down, and has the launcher do its part.
    pub(super) fn call_launcher(&self) -> Result<(), Fault> {
        let proc = match self.proc {
            Some(kept) => kept,
            // Before the pivot the host's is still in its place.
            None => file::open(Fd::CWD, c"/proc", file::O_PATH, 0)?,
        };
        for ((_, path), id) in TOLD.iter().zip(&self.task.namespaces.0) {
            if let Ok(status) = file::status_at(proc, path) {
                id.store(status.inode, Release);
            }
        }
        if self.proc.is_none() {
            file::close(proc)?;
        }
        self.tell(Record::Called, None);
        Ok(())
    }
}
