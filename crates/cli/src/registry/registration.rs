//! Taking a name, and giving it back.

use super::{Confinement, Log, Name};
use crate::error::RunError;
use aril_flatpak::instances::{Directory, RuntimeDir};
use aril_sandbox::Created;
use aril_sandbox::sys;
use serde::{Deserialize, Serialize};
use std::ffi::OsStr;
use std::fs::File;
use std::io;
use std::os::fd::AsRawFd;
use std::time::{SystemTime, UNIX_EPOCH};

pub(super) const REF: &str = ".ref";
pub(super) const FACTS: &str = "facts.json";

/// What a running sandbox tells of itself.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Facts {
    /// The command and its arguments; bytes that are no text are replaced, since it is only shown.
    pub command: Vec<String>,
    /// The profile, if there is one.
    pub profile: Option<String>,
    /// The launcher's process id.
    pub pid: u32,
    /// The first process inside, by the launcher's process ids.
    pub child_pid: i32,
    /// The inode numbers of its pid and mount namespaces.
    pub namespaces: [u64; 2],
    /// When it was started, in seconds since 1970.
    pub started: u64,
    /// The cgroup of its own, a path below the root of the cgroup filesystem, if it has one.
    pub cgroup: Option<String>,
}

impl Facts {
    /// The facts about a sandbox that begins now.
    pub fn new(command: Vec<String>, created: &Created) -> Self {
        let now = SystemTime::now().duration_since(UNIX_EPOCH);
        let id = |name| created.namespace_id(name).unwrap_or(0);
        Self {
            command,
            profile: None,
            pid: std::process::id(),
            child_pid: created.pid,
            namespaces: [id("pid"), id("mnt")],
            started: now.map_or(0, |now| now.as_secs()),
            cgroup: None,
        }
    }
}

/// A name that is taken, until it is dropped or [released](Registration::release).
#[derive(Debug)]
pub struct Registration {
    name: Name,
    own: Directory,
    directory: Directory,
    lock: Option<File>,
}

impl Registration {
    /// Takes `name`, which must be free.
    pub fn take(runtime: &RuntimeDir, name: &Name) -> Result<Self, RunError> {
        match Self::try_take(runtime, name)? {
            Some(taken) => Ok(taken),
            None => {
                let taken =
                    format_args!("name the sandbox, on {name}: a sandbox of that name runs");
                Err(RunError::new(taken).with_hint("`aril ps` lists what runs"))
            }
        }
    }

    /// Takes `name`, or the first of `name-2`, `name-3`, ... that is free.
    pub fn take_like(runtime: &RuntimeDir, name: &Name) -> Result<Self, RunError> {
        if let Some(taken) = Self::try_take(runtime, name)? {
            return Ok(taken);
        }
        for number in 2..=u32::MAX {
            if let Some(taken) = Self::try_take(runtime, &name.numbered(number))? {
                return Ok(taken);
            }
        }
        Err(RunError::new("name the sandbox, on it: no name is free"))
    }

    fn try_take(runtime: &RuntimeDir, name: &Name) -> Result<Option<Self>, RunError> {
        let own = runtime.own().map_err(RunError::new)?;
        let path = own.path().join(name.as_str());
        let failed = |error: io::Error| RunError::on("name the sandbox", &path, error);
        let directory = own.make(OsStr::new(name.as_str()), 0o700).map_err(failed)?;
        let lock = directory
            .make_file(OsStr::new(REF), 0o600)
            .map_err(failed)?;
        match sys::file::lock_exclusive((&lock).into()) {
            Err(sys::Errno::EAGAIN | sys::Errno::EACCES) => return Ok(None),
            other => other.map_err(|errno| failed(errno.into()))?,
        }
        // What is here belonged to one that has ended. The directory itself is never removed while
        // its lock could be waited for: only `release` does that, with the lock.
        if !is_named(&own, name, &lock) {
            return Self::try_take(runtime, name);
        }
        for left in directory.names().map_err(failed)? {
            if left != REF {
                directory.remove_tree(&left).map_err(failed)?;
            }
        }
        // From exclusive to shared without a gap: a lock of a description is converted in place.
        sys::file::lock_shared((&lock).into()).map_err(|errno| failed(errno.into()))?;
        Ok(Some(Self {
            name: name.clone(),
            own,
            directory,
            lock: Some(lock),
        }))
    }

    /// The name.
    pub fn name(&self) -> &Name {
        &self.name
    }

    /// The descriptor that holds the lock, for [`Supervision::sync_fds`].
    ///
    /// [`Supervision::sync_fds`]: aril_sandbox::spec::Supervision::sync_fds
    pub fn lock_fd(&self) -> Option<i32> {
        self.lock.as_ref().map(AsRawFd::as_raw_fd)
    }

    /// A new, empty log, which `aril logs` prints.
    pub fn log(&self) -> Result<Log, RunError> {
        let failed = |error| RunError::on("make the log, below", self.directory.path(), error);
        let directory = self.own.open(OsStr::new(self.name.as_str()));
        directory.and_then(Log::make).map_err(failed)
    }

    /// Keeps what `aril enter` needs to confine others in the same way. To be called before
    /// [`Registration::announce`].
    pub fn keep(&self, confinement: &Confinement) -> Result<(), RunError> {
        confinement.keep(&self.directory)
    }

    /// Writes the facts. To be called before the program begins ([`Supervision::announce`]).
    ///
    /// [`Supervision::announce`]: aril_sandbox::spec::Supervision::announce
    pub fn announce(&self, facts: &Facts) -> Result<(), RunError> {
        let text = serde_json::to_vec(facts).map_err(RunError::new)?;
        self.write(FACTS, &text)
    }

    /// Gives the name back, unless init of the sandbox still holds it.
    pub fn release(mut self) -> Result<(), RunError> {
        self.remove()
    }

    fn remove(&mut self) -> Result<(), RunError> {
        if self.lock.take().is_none() {
            return Ok(());
        }
        let path = self.directory.path();
        let failed = |error: io::Error| RunError::on("remove the sandbox's files", path, error);
        let Ok(lock) = self.directory.open_file(OsStr::new(REF)) else {
            return Ok(());
        };
        // A new description: init's copies of the old one count as another's.
        if sys::file::lock_exclusive((&lock).into()).is_err()
            || !is_named(&self.own, &self.name, &lock)
        {
            return Ok(());
        }
        self.own
            .remove_tree(OsStr::new(self.name.as_str()))
            .map_err(failed)
    }

    fn write(&self, name: &str, bytes: &[u8]) -> Result<(), RunError> {
        let path = self.directory.path().join(name);
        let written = self.directory.write(OsStr::new(name), bytes, 0o600);
        written.map_err(|error| RunError::on("write a file of the sandbox", &path, error))
    }
}

impl Drop for Registration {
    fn drop(&mut self) {
        // What stays is taken by the next of the same name.
        match self.remove() {
            Ok(()) | Err(_) => (),
        }
    }
}

/// Whether the lock still is the one that the name leads to.
fn is_named(own: &Directory, name: &Name, lock: &File) -> bool {
    let named = own
        .open(OsStr::new(name.as_str()))
        .and_then(|directory| directory.open_file(OsStr::new(REF)));
    let status = |file: &File| sys::file::status(file.into());
    match (named.map(|file| status(&file)), status(lock)) {
        (Ok(Ok(named)), Ok(locked)) => named.is_same_file(&locked),
        _ => false,
    }
}
