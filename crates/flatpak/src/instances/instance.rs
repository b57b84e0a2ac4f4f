//! One running application's directories.

use super::directory::Directory;
use super::per_app::{PerApp, REF};
use super::{InstanceError, RuntimeDir, collect};
use crate::refs::Id;
use aril_sandbox::Created;
use aril_sandbox::sys;
use rustix::rand::GetRandomFlags;
use std::ffi::{OsStr, OsString};
use std::fs::File;
use std::io;
use std::os::fd::AsRawFd;
use std::os::unix::ffi::OsStrExt;

/// The file by which our instances are told from flatpak's.
pub(super) const OURS: &str = ".aril";
/// What instances and sandboxes under construction begin with, in `$XDG_RUNTIME_DIR/aril`.
pub(super) const ASIDE: &str = ".new-";
/// The namespaces that `bwrapinfo.json` tells, by their names in `/proc/PID/ns`.
const NAMESPACES: [&str; 6] = ["cgroup", "ipc", "mnt", "net", "pid", "uts"];

/// An instance, from before its start until [`Instance::release`]. Dropping it releases it too, but
/// cannot tell of a failure.
#[derive(Debug)]
pub struct Instance {
    id: String,
    directory: Directory,
    private: Directory,
    per_app: PerApp,
    /// They hold the shared locks on the application and on the instance.
    locks: Vec<File>,
    place: Place,
}

/// The directories above an instance.
#[derive(Debug)]
pub(super) struct Place {
    pub(super) instances: Directory,
    pub(super) own: Directory,
}

impl Place {
    pub(super) fn open(runtime: &RuntimeDir) -> Result<Self, InstanceError> {
        Ok(Self {
            instances: runtime.instances()?,
            own: runtime.own()?,
        })
    }
}

impl Instance {
    /// Makes the directories of a new instance of `app`. What its dead instances have shared is removed;
    /// the rest is for [`Instance::collect_dead`].
    pub fn allocate(runtime: &RuntimeDir, app: &Id) -> Result<Self, InstanceError> {
        let place = Place::open(runtime)?;
        let path = place.instances.path();
        let cleared = collect::shared(&place, OsStr::new(app.as_str()));
        let failed =
            InstanceError::on("remove what dead instances share", &path.join(app.as_str()));
        cleared.map_err(failed)?;
        let (per_app, app_lock) = PerApp::open(runtime, &place.instances, app)?;
        let (id, lock) = appear(&place).map_err(InstanceError::on("make an instance", path))?;
        let failed = InstanceError::on("open an instance", &path.join(&id));
        let directory = place.instances.open(OsStr::new(&id)).map_err(&failed)?;
        let private = OsString::from(format!("{id}-private"));
        let private = place.instances.make_new(&private, 0o700).map_err(&failed)?;
        private
            .make_file(OsStr::new(OURS), 0o600)
            .map_err(&failed)?;
        Ok(Self {
            id,
            directory,
            private,
            per_app,
            locks: vec![app_lock, lock],
            place,
        })
    }

    /// Its number, a 32-bit one in decimal.
    pub fn id(&self) -> &str {
        &self.id
    }

    /// `.flatpak/INSTANCE`, which appears read-only at `/run/flatpak/.flatpak/INSTANCE`.
    pub fn directory(&self) -> &Directory {
        &self.directory
    }

    /// `.flatpak/INSTANCE-private`, which must not appear inside.
    pub fn private(&self) -> &Directory {
        &self.private
    }

    /// What it shares with other instances of the application.
    pub fn per_app(&self) -> &PerApp {
        &self.per_app
    }

    /// Removes what dead instances of ours have left, of any application. To be called while there is
    /// time; a failure is no reason not to start.
    pub fn collect_dead(&self) -> Result<(), InstanceError> {
        let path = self.place.instances.path();
        collect::dead(&self.place).map_err(InstanceError::on("remove dead instances", path))
    }

    /// The descriptors that hold its locks, for [`Supervision::sync_fds`]: with them init keeps the
    /// instance even if the launcher is killed.
    ///
    /// [`Supervision::sync_fds`]: aril_sandbox::spec::Supervision::sync_fds
    pub fn lock_fds(&self) -> Vec<i32> {
        self.locks.iter().map(AsRawFd::as_raw_fd).collect()
    }

    /// Writes `info`, the text that is also `/.flatpak-info` inside, and `pid`, the launcher's.
    pub fn write_info(&self, text: &[u8]) -> Result<(), InstanceError> {
        self.write(&self.directory, "info", (text, 0o644))?;
        let pid = std::process::id().to_string();
        self.write(&self.directory, "pid", (pid.as_bytes(), 0o644))
    }

    /// Writes `run-environ`: the environment of this run, which a portal gives to those that the
    /// application starts through it. Names and values are separated by `=`, variables by NULs.
    pub fn write_environment(
        &self,
        environment: &[(OsString, OsString)],
    ) -> Result<(), InstanceError> {
        let mut bytes = Vec::new();
        for (name, value) in environment {
            bytes.extend_from_slice(name.as_bytes());
            bytes.push(b'=');
            bytes.extend_from_slice(value.as_bytes());
            bytes.push(0);
        }
        self.write(&self.private, "run-environ", (&bytes, 0o400))
    }

    /// Writes `bwrapinfo.json`: the first process and its namespaces, by which flatpak and portals
    /// find it. To be called before the payload begins ([`Supervision::announce`]).
    ///
    /// [`Supervision::announce`]: aril_sandbox::spec::Supervision::announce
    pub fn announce(&self, created: &Created) -> Result<(), InstanceError> {
        let mut facts = serde_json::Map::new();
        facts.insert("child-pid".to_owned(), created.pid.into());
        for name in NAMESPACES {
            if let Some(id) = created.namespace_id(name) {
                facts.insert(format!("{name}-namespace"), id.into());
            }
        }
        let text = serde_json::Value::Object(facts).to_string();
        self.write(&self.directory, "bwrapinfo.json", (text.as_bytes(), 0o644))
    }

    /// Removes the instance. If something of it still runs, its init holds the locks, and the
    /// directories stay until it has ended and another instance is allocated.
    pub fn release(mut self) -> Result<(), InstanceError> {
        self.remove()
    }

    fn remove(&mut self) -> Result<(), InstanceError> {
        if self.locks.is_empty() {
            return Ok(());
        }
        // Only locks of others count from here on: init has copies if it lives.
        self.locks.clear();
        let removed = collect::release(&self.place, &self.id, &self.per_app.directory);
        removed.map_err(InstanceError::on(
            "remove an instance",
            self.directory.path(),
        ))
    }

    fn write(
        &self,
        directory: &Directory,
        name: &str,
        (bytes, mode): (&[u8], u32),
    ) -> Result<(), InstanceError> {
        let path = directory.path().join(name);
        let written = directory.write(OsStr::new(name), bytes, mode);
        written.map_err(InstanceError::on("write a file of the instance", &path))
    }
}

impl Drop for Instance {
    fn drop(&mut self) {
        // What cannot be removed now is removed by the next start.
        match self.remove() {
            Ok(()) | Err(_) => (),
        }
    }
}

/// Makes an instance aside and gives it its number; the lock that it is held by.
fn appear(place: &Place) -> io::Result<(String, File)> {
    loop {
        let aside = OsString::from(format!("{ASIDE}{}", random_name(12)?));
        match place.own.make_new(&aside, 0o755) {
            // A collector found it empty, and removed it before it was opened.
            Err(error) if collect::is_lost(&error) => continue,
            made => made?,
        };
        let Some(lock) = furnish(&place.own, &aside)? else {
            // A collector took it for dead, in the moment before it was locked.
            continue;
        };
        loop {
            let id = random_number()?.to_string();
            match place.own.move_to(&aside, &place.instances, OsStr::new(&id)) {
                Ok(()) => return Ok((id, lock)),
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => (),
                Err(error) => return Err(error),
            }
        }
    }
}

/// Makes and locks `.ref` in the new directory; none if the directory is being removed.
fn furnish(own: &Directory, aside: &OsStr) -> io::Result<Option<File>> {
    let furnished = || -> io::Result<File> {
        let made = own.open(aside)?;
        let lock = made.make_file(OsStr::new(REF), 0o644)?;
        sys::file::lock_shared((&lock).into())?;
        made.make_file(OsStr::new(OURS), 0o644)?;
        // Removed or about to be: then the name leads elsewhere or nowhere.
        collect::is_same(&made, &lock)?;
        Ok(lock)
    };
    match furnished() {
        Ok(lock) => Ok(Some(lock)),
        Err(error) if collect::is_lost(&error) => Ok(None),
        Err(error) => Err(error),
    }
}

fn random<const N: usize>() -> io::Result<[u8; N]> {
    let mut bytes = [0; N];
    let mut filled = 0;
    while filled < N {
        filled += rustix::rand::getrandom(&mut bytes[filled..], GetRandomFlags::empty())?;
    }
    Ok(bytes)
}

fn random_number() -> io::Result<u32> {
    Ok(u32::from_ne_bytes(random()?))
}

/// A name of `length` letters and digits, at most 16.
pub(super) fn random_name(length: usize) -> io::Result<String> {
    const LETTERS: &[u8; 32] = b"ABCDEFGHJKLMNPQRSTUVWXYZ23456789";
    let bytes = random::<16>()?.into_iter().take(length);
    let letters = bytes.map(|byte| LETTERS.get(usize::from(byte) % 32).copied());
    Ok(letters.flatten().map(char::from).collect())
}
