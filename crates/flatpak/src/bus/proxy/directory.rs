//! The directory of the proxy's sockets: `$XDG_RUNTIME_DIR/.dbus-proxy/INSTANCE`.

use rustix::fs::{
    AtFlags, CWD, FlockOperation, Mode, OFlags, fchmod, flock, fstat, mkdirat, openat, unlinkat,
};
use rustix::io::Errno;
use std::io;
use std::os::fd::OwnedFd;
use std::path::{Path, PathBuf};

use crate::beneath::Beneath;

const OPEN: OFlags = OFlags::RDONLY
    .union(OFlags::DIRECTORY)
    .union(OFlags::NOFOLLOW)
    .union(OFlags::CLOEXEC);

/// A directory of the user's alone, locked while the application starts: it is needed no longer.
/// Dropping it removes it with what is in it.
#[derive(Debug)]
pub(super) struct Directory {
    /// `None` once its parts have been taken.
    lock: Option<OwnedFd>,
    path: PathBuf,
}

impl Directory {
    pub(super) fn make(runtime_dir: &Path, instance: &str) -> io::Result<Self> {
        let outer = runtime_dir.join(".dbus-proxy");
        make(CWD, &outer)?;
        let fd = openat(CWD, &outer, OPEN, Mode::empty())?;
        fchmod(&fd, Mode::RWXU)?;
        remove_abandoned(&outer);
        let path = outer.join(instance);
        // Another start may take it for abandoned before it is locked.
        loop {
            make(&fd, Path::new(instance))?;
            let lock = openat(&fd, instance, OPEN, Mode::empty())?;
            flock(&lock, FlockOperation::LockExclusive)?;
            if fstat(&lock)?.st_nlink > 0 {
                return Ok(Self {
                    lock: Some(lock),
                    path,
                });
            }
        }
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// The lock, and the path, which the caller removes now.
    pub(super) fn into_parts(mut self) -> (Option<OwnedFd>, PathBuf) {
        (self.lock.take(), std::mem::take(&mut self.path))
    }
}

impl Drop for Directory {
    fn drop(&mut self) {
        if self.lock.is_some() {
            remove(&self.path);
        }
    }
}

fn make(at: impl std::os::fd::AsFd, path: &Path) -> io::Result<()> {
    match mkdirat(at, path, Mode::RWXU) {
        Ok(()) | Err(Errno::EXIST) => Ok(()),
        Err(errno) => Err(errno.into()),
    }
}

/// Removes directories whose launcher has been killed in the midst of a start: nobody locks them.
/// A directory that cannot be removed harms nobody.
fn remove_abandoned(outer: &Path) {
    let Ok(names) = Beneath::open_root(outer).and_then(|outer| outer.names()) else {
        return;
    };
    for name in names {
        let path = outer.join(name);
        let lock = openat(CWD, &path, OPEN, Mode::empty());
        let is_free = |lock| flock(lock, FlockOperation::NonBlockingLockExclusive).is_ok();
        if lock.as_ref().is_ok_and(is_free) {
            remove(&path);
        }
    }
}

/// Sockets have no names but those that the proxy was given.
fn remove(path: &Path) {
    let Ok(directory) = openat(CWD, path, OPEN, Mode::empty()) else {
        return;
    };
    for bus in crate::permissions::Bus::ALL {
        match unlinkat(&directory, super::spec::socket_name(bus), AtFlags::empty()) {
            Ok(()) | Err(_) => (),
        }
    }
    match unlinkat(CWD, path, AtFlags::REMOVEDIR) {
        Ok(()) | Err(_) => (),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;
    use std::os::unix::fs::PermissionsExt;

    #[test]
    fn nothing_stays() {
        let place = tempfile::tempdir().unwrap();
        let outer = place.path().join(".dbus-proxy");
        let abandoned = outer.join("7");
        fs::create_dir_all(&abandoned).unwrap();
        fs::write(abandoned.join("session"), "").unwrap();
        let first = Directory::make(place.path(), "1").unwrap();
        assert!(!abandoned.exists());
        let second = Directory::make(place.path(), "2").unwrap();
        assert!(first.path().is_dir() && second.path().is_dir());
        let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
        assert_eq!((mode(&outer), mode(first.path())), (0o700, 0o700));
        drop(first);
        let (_lock, path) = second.into_parts();
        let left: Vec<_> = fs::read_dir(&outer)
            .unwrap()
            .map(|entry| entry.unwrap().path())
            .collect();
        assert_eq!(left, [path]);
    }

    #[test]
    fn a_link_is_not_followed() {
        let place = tempfile::tempdir().unwrap();
        fs::create_dir(place.path().join("other")).unwrap();
        std::os::unix::fs::symlink("other", place.path().join(".dbus-proxy")).unwrap();
        assert!(Directory::make(place.path(), "1").is_err());
    }
}
