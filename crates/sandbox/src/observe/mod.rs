//! What a payload did not find because of its sandbox, seen by looking over its shoulder.
//!
//! A filter tells of calls that name a path or an address ([`Policy::observing`]); before such a call is
//! let go, what it names is looked up as the payload sees it and as the launcher sees it. Nothing is
//! decided by that: the call goes on whatever is found, and the kernel, which looks for itself, has the
//! last word. The payload can change what was read before it is used, and then the report is wrong and
//! the sandbox as closed as before.
//!
//! The launcher must not be made to wait by it. Files are opened by `O_PATH` alone, so that no pipe,
//! device or server notices; no filesystem with a server behind it is looked into; calls from other mount
//! namespaces than the payload's first one are let go unseen. And page faults of the payload's memory, which
//! the launcher reads, end by themselves: a plan for this is refused unless the rules refuse
//! `userfaultfd(2)` and no device is given by which filesystems are served, and where a file of a served
//! filesystem can be mapped, in the tree or by a descriptor, nothing is looked at ([`Observer::is_blind`]).
//!
//! [`Policy::observing`]: aril_seccomp::Policy::observing

mod abstract_names;
mod address;
mod call;
mod decide;
mod lookup;
mod memory;
mod mounts;
mod path;
mod reachable;

pub(crate) use call::Intent;

use crate::{Missed, Observation, Wanted};
use abstract_names::Border;
use address::Address;
use aril_seccomp::Arch;
use aril_sys::seccomp::Notification;
use aril_sys::{Errno, Fd, file};
use call::Named;
use lookup::{Side, Sides};
use memory::Memory;
use mounts::Mounts;
use std::ffi::{CString, OsString};
use std::os::fd::OwnedFd;
use std::os::unix::ffi::OsStringExt;
use std::path::PathBuf;

/// How many different things are remembered; those beyond are only counted.
const MOST: usize = 256;

/// Looks at calls and remembers what they did not find.
#[derive(Debug)]
pub(crate) struct Observer {
    outside: OwnedFd,
    inside: Option<Inside>,
    mounts: Mounts,
    names: Border,
    observations: Vec<Observation>,
    beyond: u64,
    is_blind: bool,
}

/// The tree of the sandbox, as its first process that was seen had it.
#[derive(Debug)]
struct Inside {
    mount_namespace: (u64, u64),
    root: OwnedFd,
}

impl Inside {
    fn of(thread: u32) -> Option<Self> {
        let link = CString::new(format!("/proc/{thread}/root")).ok()?;
        let root = file::open(Fd::CWD, &link, file::O_PATH | file::O_DIRECTORY, 0).ok()?;
        Some(Self {
            root: root.into_owned(),
            mount_namespace: mount_namespace(thread)?,
        })
    }
}

fn mount_namespace(thread: u32) -> Option<(u64, u64)> {
    let link = CString::new(format!("/proc/{thread}/ns/mnt")).ok()?;
    let status = file::status_at(Fd::CWD, &link).ok()?;
    Some((status.device, status.inode))
}

/// Something that was not found, and the call's thread.
type Seen = Vec<Missed>;

impl Observer {
    /// One that has seen nothing yet. `parts_names` says whether Landlock keeps the abstract sockets of
    /// the host out.
    pub(crate) fn new(parts_names: bool) -> Result<Self, Errno> {
        Ok(Self {
            outside: file::open(Fd::CWD, c"/", file::O_PATH | file::O_DIRECTORY, 0)?.into_owned(),
            inside: None,
            mounts: Mounts::default(),
            names: Border::new(parts_names),
            observations: Vec::new(),
            beyond: 0,
            is_blind: false,
        })
    }

    /// Whether nothing was looked at, since a read of the payload's memory could wait for the server of a
    /// filesystem.
    pub(crate) fn is_blind(&self) -> bool {
        self.is_blind
    }

    /// Everything that it needs open.
    pub(crate) fn descriptors(&self) -> impl Iterator<Item = Fd> {
        let inside = self.inside.iter().map(|inside| Fd::from(&inside.root));
        inside.chain([Fd::from(&self.outside)])
    }

    pub(crate) fn observations(&self) -> &[Observation] {
        &self.observations
    }

    pub(crate) fn beyond(&self) -> u64 {
        self.beyond
    }

    /// Looks at a call that waits. What cannot be looked at is passed over. `still_waits` says whether
    /// what was read of the thread was about that thread: its number may be another's by now.
    pub(crate) fn look(&mut self, told: &Notification, still_waits: impl Fn() -> bool) {
        if self.inside.is_none() {
            self.begin(told.thread, &still_waits);
        }
        if self.is_blind || self.inside.is_none() {
            return;
        }
        let seen = self.missed_by(told).unwrap_or_default();
        if seen.is_empty() {
            return;
        }
        let command = thread_name(told.thread).unwrap_or_default();
        if still_waits() {
            for missed in seen {
                self.remember(missed, &command);
            }
        }
    }

    /// Finds the tree of the sandbox, by the first call that waits.
    fn begin(&mut self, thread: u32, still_waits: &impl Fn() -> bool) {
        let inside = Inside::of(thread);
        let mut mounts = Mounts::default();
        let is_served = mounts.read(thread);
        if let Some(inside) = inside
            && still_waits()
        {
            self.is_blind = is_served;
            self.mounts = mounts;
            self.inside = Some(inside);
        }
    }

    fn missed_by(&self, told: &Notification) -> Option<Seen> {
        let name = Arch::of_call(told.audit, told.number)?.name(told.number)?;
        let memory = Memory::of(told.thread);
        let named = call::named(name, &told.args, &memory);
        let mut seen = Seen::new();
        for one in named.into_iter().flatten() {
            let missed = match one {
                Named::Path {
                    directory,
                    text,
                    intent,
                    follows,
                } => {
                    let path = path::absolute(told.thread, directory, &memory.text(text)?)?;
                    let sides = self.sides(told.thread, path, follows)?;
                    decide::decide(intent, &sides).and_then(|verdict| sides.missed(verdict))
                }
                Named::Address { pointer, length } => {
                    let address = address::parse(&memory.bytes(pointer, length)?)?;
                    self.unreached(told.thread, address)
                }
            };
            seen.extend(missed);
        }
        Some(seen)
    }

    fn unreached(&self, thread: u32, address: Address) -> Option<Missed> {
        match address {
            Address::Internet(address) => {
                reachable::is_missed(thread, address).then_some(Missed::Address(address))
            }
            Address::Abstract(name) => {
                let is_missed = self.names.misses(thread, &name);
                let name = OsString::from_vec(name);
                is_missed.then_some(Missed::AbstractSocket { name })
            }
            Address::Socket(text) => {
                let path = path::absolute(thread, None, &text)?;
                let sides = self.sides(thread, path, true)?;
                sides.misses_socket().then(|| Missed::Socket {
                    path: sides.into_path(),
                })
            }
        }
    }

    /// Both sides of a path; `None` for a thread that has another tree than the sandbox's.
    fn sides(&self, thread: u32, path: PathBuf, follows: bool) -> Option<Sides<'_>> {
        let inside = self.inside.as_ref()?;
        if inside.mount_namespace != mount_namespace(thread)? {
            return None;
        }
        let side = |root| Side {
            root: Fd::from(root),
            mounts: &self.mounts,
        };
        Some(Sides::new(
            side(&inside.root),
            side(&self.outside),
            path,
            follows,
        ))
    }

    fn remember(&mut self, missed: Missed, command: &OsString) {
        let known = self
            .observations
            .iter_mut()
            .find(|known| known.missed.is_about_the_same(&missed));
        if let Some(known) = known {
            known.count = known.count.saturating_add(1);
            known.missed.want_more(&missed);
        } else if self.observations.len() < MOST {
            self.observations.push(Observation {
                missed,
                count: 1,
                command: command.clone(),
            });
        } else {
            self.beyond = self.beyond.saturating_add(1);
        }
    }
}

impl Missed {
    fn is_about_the_same(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Hidden { path, .. }, Self::Hidden { path: other, .. }) => path == other,
            _ => self == other,
        }
    }

    fn want_more(&mut self, other: &Self) {
        if let (Self::Hidden { wanted, .. }, Self::Hidden { wanted: other, .. }) = (self, other) {
            *wanted = Wanted::max(*wanted, *other);
        }
    }
}

/// The name of a thread (`comm` of `proc(5)`), which it chooses itself.
pub(crate) fn thread_name(thread: u32) -> Option<OsString> {
    let path = CString::new(format!("/proc/{thread}/comm")).ok()?;
    let fd = file::open(Fd::CWD, &path, file::O_RDONLY, 0)
        .ok()?
        .into_owned();
    let mut text = [0; 64];
    let length = file::read(Fd::from(&fd), &mut text).ok()?;
    let name = text.get(..length)?;
    Some(OsString::from_vec(
        name.strip_suffix(b"\n").unwrap_or(name).to_vec(),
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_thread_that_no_longer_waits_tells_nothing_of_the_sandbox() {
        let told = Notification {
            id: 1,
            thread: std::process::id(),
            audit: 0,
            number: 0,
            args: [0; 6],
        };
        let mut observer = Observer::new(false).unwrap();
        // Its number may be another process's by now, whose root is not the sandbox's.
        observer.look(&told, || false);
        assert!(observer.inside.is_none());
        observer.look(&told, || true);
        assert!(observer.inside.is_some(), "the control");
    }

    #[test]
    fn what_is_remembered_is_bounded() {
        let mut observer = Observer::new(false).unwrap();
        for number in 0..2 * MOST {
            let path = format!("/{number}").into();
            let wanted = Wanted::Read;
            observer.remember(Missed::Hidden { path, wanted }, &OsString::new());
        }
        assert_eq!(observer.observations().len(), MOST);
        assert_eq!(observer.beyond(), MOST as u64);
    }
}
