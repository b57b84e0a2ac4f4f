//! The sandbox's own cgroup: made by the launcher before the first process, removed after the last.
//!
//! Each is locked (`flock(2)`) by the launcher that made it. A launcher that is killed leaves an empty
//! one behind; whoever makes the next one in the same place finds it unlocked, and removes it. The place may
//! be shared with other users: nobody else can open the directory, and so hold its lock.

use super::child::Fault;
use crate::outcome::Part;
use crate::plan::{Cgroup, Setting};
use aril_sys::process::{self, Poll};
use aril_sys::{Errno, Fd, file};
use std::ffi::{CStr, CString, OsStr};
use std::os::fd::OwnedFd;
use std::os::unix::ffi::OsStrExt;
use std::path::Path;
use std::sync::atomic::{AtomicU32, Ordering::Relaxed};
use std::time::{Duration, Instant};

/// How the names begin.
const PREFIX: &str = "aril-";

/// How often a name, or the place itself, is tried again that others take away.
const MOST_TRIES: usize = 1000;

/// A cgroup that exists, and goes with this value.
#[derive(Debug)]
pub(super) struct OwnCgroup {
    parent: OwnedFd,
    name: CString,
    /// Its directory, locked.
    directory: OwnedFd,
    /// What runs in it is to live on.
    let_go: bool,
}

impl OwnCgroup {
    pub(super) fn make(cgroup: &Cgroup) -> Result<Self, Fault> {
        let flags = file::O_RDONLY | file::O_DIRECTORY;
        let parent = file::open(Fd::CWD, &cgroup.parent, flags, 0)?.into_owned();
        remove_leftovers(
            &parent,
            Path::new(OsStr::from_bytes(cgroup.parent.to_bytes())),
        );
        if !cgroup.enable.is_empty() {
            file::write_file(Fd::from(&parent), c"cgroup.subtree_control", &cgroup.enable)
                .map_err(Part::Controllers.fault())?;
        }
        let own = Self::make_locked(&parent)?;
        for setting in &cgroup.settings {
            own.set(setting)?;
        }
        Ok(own)
    }

    fn make_locked(parent: &OwnedFd) -> Result<Self, Errno> {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        for _ in 0..MOST_TRIES {
            let number = COUNT.fetch_add(1, Relaxed);
            let name = CString::new(format!("{PREFIX}{}-{number}", process::id()))
                .map_err(|_| Errno::EINVAL)?;
            match file::make_directory(Fd::from(parent), &name, 0o700) {
                Err(Errno::EEXIST) => continue,
                other => other?,
            }
            if let Some(own) = Self::hold(parent, name)? {
                return Ok(own);
            }
        }
        Err(Errno::EBUSY)
    }

    /// Opens and locks the one just made; `None` if another launcher took it for a leftover before it
    /// was locked.
    fn hold(parent: &OwnedFd, name: CString) -> Result<Option<Self>, Errno> {
        let flags = file::O_RDONLY | file::O_DIRECTORY | file::O_NOFOLLOW;
        let directory = match file::open(Fd::from(parent), &name, flags, 0) {
            Err(Errno::ENOENT) => return Ok(None),
            other => other?.into_owned(),
        };
        let own = Self {
            parent: file::duplicate(Fd::from(parent), 3)?.into_owned(),
            name,
            directory,
            let_go: false,
        };
        match file::flock_exclusive(own.directory()) {
            Err(Errno::EAGAIN) => Ok(None),
            Err(errno) => Err(errno),
            Ok(()) => Ok(own.is_still_there().then_some(own)),
        }
    }

    fn is_still_there(&self) -> bool {
        let own = file::status(self.directory());
        let found = file::status_at(Fd::from(&self.parent), &self.name);
        matches!((own, found), (Ok(own), Ok(found)) if own.is_same_file(&found))
    }

    /// What is written is read back: the kernel may round a number down to whole pages, no more.
    fn set(&self, setting: &Setting) -> Result<(), Fault> {
        set(Fd::from(&self.directory), setting)
    }

    /// What must stay open for it.
    pub(super) fn descriptors(&self) -> [Fd; 2] {
        [&self.parent, &self.directory].map(Fd::from)
    }

    pub(super) fn directory(&self) -> Fd {
        Fd::from(&self.directory)
    }

    /// Kills every process in it (`cgroup.kill`, Linux 5.14).
    pub(super) fn kill(&self) -> Result<(), Errno> {
        file::write_file(self.directory(), c"cgroup.kill", b"1")
    }

    /// Lets what runs in it live on.
    pub(super) fn let_go(&mut self) {
        self.let_go = true;
    }

    /// Waits until no process is left in it; false if some are still there at the deadline.
    pub(super) fn wait_empty(&self, deadline: Option<Instant>) -> Result<bool, Errno> {
        let events = file::open(self.directory(), c"cgroup.events", file::O_RDONLY, 0)?;
        let events = events.into_owned();
        loop {
            if self.count(c"cgroup.events", "populated")? == 0 {
                return Ok(true);
            }
            // A change wakes once for each reading of this very descriptor.
            file::read_at(Fd::from(&events), &mut [0; 128], 0)?;
            if self.count(c"cgroup.events", "populated")? == 0 {
                return Ok(true);
            }
            let mut polls = [Poll::exceptional(Fd::from(&events))];
            if !process::poll_until(&mut polls, deadline)? {
                return Ok(false);
            }
        }
    }

    /// How many processes the kernel killed because memory had run out.
    pub(super) fn memory_kills(&self) -> u64 {
        self.count(c"memory.events", "oom_kill").unwrap_or(0)
    }

    /// How many processes could not be made because there were enough.
    pub(super) fn refused_processes(&self) -> u64 {
        self.count(c"pids.events", "max").unwrap_or(0)
    }

    /// The number after `key` in a file of such lines.
    fn count(&self, name: &CStr, key: &str) -> Result<u64, Errno> {
        let text = read_small(self.directory(), name)?;
        let text = String::from_utf8(text).map_err(|_| Errno::EINVAL)?;
        let mut lines = text.lines().filter_map(|line| line.split_once(' '));
        let number = lines
            .find(|(name, _)| *name == key)
            .map(|(_, number)| number);
        number
            .and_then(|number| number.parse().ok())
            .ok_or(Errno::EINVAL)
    }
}

/// How long the end of killed processes is waited for where nobody can be told of it.
const PATIENCE: Duration = Duration::from_secs(1);

impl Drop for OwnCgroup {
    /// What still runs in it is killed, unless it was let go: then the cgroup stays, and a later start
    /// removes it.
    fn drop(&mut self) {
        // Nothing can be reported from here. What the kernel cannot end in time stays for the next.
        if !self.let_go && self.kill().is_ok() {
            match self.wait_empty(Some(Instant::now() + PATIENCE)) {
                Ok(_) | Err(_) => (),
            }
        }
        match file::remove_directory(Fd::from(&self.parent), &self.name) {
            Ok(()) | Err(_) => (),
        }
    }
}

fn set(directory: Fd, setting: &Setting) -> Result<(), Fault> {
    match file::write_file(directory, setting.file, &setting.value) {
        Err(Errno::ENOENT) if setting.optional => return Ok(()),
        other => other.map_err(Part::Attributes.fault())?,
    }
    let found = read_small(directory, setting.file)?;
    let number = |text: &[u8]| std::str::from_utf8(text).ok()?.trim().parse::<u64>().ok();
    let is_set = match (number(&found), number(&setting.value)) {
        (Some(found), Some(wanted)) => found <= wanted,
        _ => found.trim_ascii_end() == &*setting.value,
    };
    if is_set {
        Ok(())
    } else {
        Err(Part::Verify.fault()(Errno::EINVAL))
    }
}

fn read_small(directory: Fd, name: &CStr) -> Result<Vec<u8>, Errno> {
    let fd = file::open(directory, name, file::O_RDONLY, 0)?.into_owned();
    let mut text = vec![0; 1024];
    let length = file::read(Fd::from(&fd), &mut text)?;
    text.truncate(length);
    Ok(text)
}

/// Removes those that nobody holds and that are empty. One that cannot be removed is in use, and no
/// obstacle.
fn remove_leftovers(parent: &OwnedFd, path: &Path) {
    let Ok(entries) = std::fs::read_dir(path) else {
        return;
    };
    let flags = file::O_RDONLY | file::O_DIRECTORY | file::O_NOFOLLOW;
    for entry in entries.flatten() {
        let name = entry.file_name();
        if !name.as_bytes().starts_with(PREFIX.as_bytes()) {
            continue;
        }
        let Ok(name) = CString::new(name.as_bytes()) else {
            continue;
        };
        let Ok(directory) = file::open(Fd::from(parent), &name, flags, 0) else {
            continue;
        };
        let directory = directory.into_owned();
        if file::flock_exclusive(Fd::from(&directory)).is_ok() {
            match file::remove_directory(Fd::from(parent), &name) {
                Ok(()) | Err(_) => (),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Directories stand in for cgroups where only names and files matter.
    struct Place(std::path::PathBuf);

    impl Place {
        fn new(name: &str) -> Self {
            let path = std::env::temp_dir().join(format!("aril-cgroup-{name}-{}", process::id()));
            std::fs::create_dir(&path).expect("a directory");
            Self(path)
        }

        fn cgroup(&self) -> Cgroup {
            Cgroup {
                parent: CString::new(self.0.as_os_str().as_bytes()).expect("a path"),
                enable: Box::default(),
                settings: Vec::new(),
            }
        }

        fn names(&self) -> Vec<String> {
            let entries = std::fs::read_dir(&self.0).expect("a list").flatten();
            let mut names: Vec<_> = entries
                .map(|entry| entry.file_name().into_string().expect("text"))
                .collect();
            names.sort();
            names
        }
    }

    impl Drop for Place {
        fn drop(&mut self) {
            std::fs::remove_dir_all(&self.0).expect("it can be removed");
        }
    }

    fn make(cgroup: &Cgroup) -> OwnCgroup {
        match OwnCgroup::make(cgroup) {
            Ok(own) => own,
            Err(fault) => panic!("{:?}", fault.errno),
        }
    }

    #[test]
    fn one_that_nobody_holds_is_removed_by_the_next() {
        let place = Place::new("leftover");
        for name in ["aril-9-9", "other", "aril-8-8", "aril-8-8/below"] {
            std::fs::create_dir(place.0.join(name)).expect("a directory");
        }
        let first = make(&place.cgroup());
        let second = make(&place.cgroup());
        let names = place.names();
        assert_eq!(
            names.len(),
            4,
            "two are held, one is not empty, one not ours: {names:?}"
        );
        assert!(!names.contains(&"aril-9-9".to_owned()), "{names:?}");
        drop((first, second));
        assert_eq!(place.names(), ["aril-8-8", "other"]);
    }

    #[test]
    fn nobody_else_can_hold_its_lock() {
        use std::os::unix::fs::PermissionsExt;
        let place = Place::new("lock");
        let own = make(&place.cgroup());
        let name = own.name.to_str().expect("text");
        let mode = |name| std::fs::metadata(place.0.join(name)).map(|it| it.permissions().mode());
        // flock(2) needs no more than a descriptor, and that no more than permission to read.
        assert_eq!(mode(name).expect("it is there") & 0o777, 0o700);
    }

    #[test]
    fn one_that_another_holds_is_not_taken() {
        let place = Place::new("held");
        let open = |path: &std::path::Path| {
            let path = CString::new(path.as_os_str().as_bytes()).expect("a path");
            let opened = file::open(Fd::CWD, &path, file::O_RDONLY, 0);
            opened.expect("a directory").into_owned()
        };
        std::fs::create_dir(place.0.join("aril-1-1")).expect("a directory");
        let other = open(&place.0.join("aril-1-1"));
        let parent = open(&place.0);
        let hold = || OwnCgroup::hold(&parent, c"aril-1-1".into()).map(|held| held.is_some());
        file::flock_exclusive(Fd::from(&other)).expect("it is free");
        assert_eq!(hold(), Ok(false));
        drop(other);
        std::fs::create_dir_all(place.0.join("aril-1-1")).expect("a directory");
        assert_eq!(hold(), Ok(true), "the control");
    }

    #[test]
    fn what_is_left_in_it_is_killed_with_it() {
        let place = Place::new("kill");
        for let_go in [false, true] {
            let mut own = make(&place.cgroup());
            let kill = place
                .0
                .join(own.name.to_str().expect("text"))
                .join("cgroup.kill");
            std::fs::write(&kill, "").expect("a file");
            if let_go {
                own.let_go();
            }
            drop(own);
            let written = std::fs::read_to_string(&kill).expect("it is there");
            assert_eq!(written, if let_go { "" } else { "1" });
        }
    }

    #[test]
    fn settings_are_written_and_read_back() {
        let place = Place::new("settings");
        let directory = file::open(Fd::CWD, &place.cgroup().parent, file::O_RDONLY, 0)
            .expect("a directory")
            .into_owned();
        let setting = |value: &str, optional| Setting {
            file: c"memory.max",
            value: value.as_bytes().into(),
            optional,
        };
        let set = |value, optional| {
            set(Fd::from(&directory), &setting(value, optional))
                .map_err(|fault| (fault.part, fault.errno))
        };
        assert_eq!(set("1", false), Err((Part::Attributes, Errno::ENOENT)));
        assert_eq!(set("1", true), Ok(()), "no such file, no such need");
        let path = place.0.join("memory.max");
        std::fs::write(&path, "").expect("a file");
        assert_eq!(set("4097", false), Ok(()));
        assert_eq!(std::fs::read(&path).expect("text"), b"4097");
        // What the file says afterwards is more than was written.
        std::fs::write(&path, "40970").expect("a file");
        assert_eq!(set("4097", false), Err((Part::Verify, Errno::EINVAL)));
        std::fs::write(&path, "??????max").expect("a file");
        assert_eq!(set("4097", false), Err((Part::Verify, Errno::EINVAL)));
    }

    #[test]
    fn events_are_counted() {
        let place = Place::new("events");
        let own = make(&place.cgroup());
        assert_eq!(own.memory_kills(), 0, "no controller, no file");
        let name = own.name.to_str().expect("text");
        let write = |file: &str, text: &str| {
            std::fs::write(place.0.join(name).join(file), text).expect("a file");
        };
        write("memory.events", "low 0\nhigh 0\nmax 9\noom 2\noom_kill 3\n");
        write("pids.events", "max 41\n");
        write("cgroup.events", "populated 0\nfrozen 0\n");
        assert_eq!((own.memory_kills(), own.refused_processes()), (3, 41));
        assert_eq!(own.wait_empty(None), Ok(true));
    }
}
