//! `~/.var/app/ID`, the one place that an application can write and that stays.
//!
//! The user may have moved it, with a link on the way to it: that way is the user's alone to write.
//! Its contents belong to the application, so that no symbolic link is followed in it
//! (GHSA-8688-9x26-hhxj).

use super::entries::{bind_fd, from_origin};
use super::error::ComposeError;
use super::facts::Facts;
use super::filesystems::mount_point::{beneath, directories};
use crate::refs::Id;
use aril_sandbox::{Access, Entry};
use rustix::fs::{
    AtFlags, FileType, Mode, OFlags, fstat, mkdirat, open, openat, renameat, statat, symlinkat,
};
use rustix::io::Errno;
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, OwnedFd};
use std::path::{Path, PathBuf};

const DIRECTORY: OFlags = OFlags::PATH.union(OFlags::DIRECTORY).union(OFlags::CLOEXEC);
const PRIVATE: Mode = Mode::RWXU;

/// What an application finds there from the start (contract, 1.6).
const WITHIN: [&str; 6] = [
    "config",
    "cache",
    "cache/tmp",
    "cache/fontconfig",
    "data",
    ".local/state",
];
/// What of it shows in `/var` as well.
const IN_VAR: [(&str, &str); 4] = [
    ("cache", "/var/cache"),
    ("data", "/var/data"),
    ("config", "/var/config"),
    ("cache/tmp", "/var/tmp"),
];

/// The directory of an application, open.
#[derive(Debug)]
pub(crate) struct DataDirectory {
    /// Where it is, outside and inside.
    pub(crate) path: PathBuf,
    fd: OwnedFd,
    within: Vec<(&'static str, OwnedFd)>,
}

impl DataDirectory {
    /// Opens the directory and makes what is missing of it, for its owner alone.
    ///
    /// The newest of the directories of previous names is renamed to it, when there is none.
    pub(crate) fn make(facts: &Facts, id: &Id, previous: &[Id]) -> Result<Self, ComposeError> {
        let path = facts.app_dir(id);
        let refuse = || ComposeError::on("make the application's directory", &path);
        let mut at = open(&facts.home, DIRECTORY, Mode::empty()).map_err(refuse())?;
        for name in [".var", "app"] {
            at = enter(&at, name).map_err(refuse())?;
        }
        migrate(&at, id, previous).map_err(refuse())?;
        at = enter(&at, id.as_str()).map_err(refuse())?;
        check_owner(&at, facts.uid).map_err(refuse())?;
        let within = WITHIN.map(|name| {
            let made = directories(at.as_fd(), Path::new(name));
            let refuse = ComposeError::on("make a directory of the application", &path.join(name));
            made.map(|fd| (name, fd)).map_err(refuse)
        });
        Ok(Self {
            within: within.into_iter().collect::<Result<_, _>>()?,
            fd: at,
            path,
        })
    }

    /// Opens the directory if it is there; nothing is made.
    pub(crate) fn find(facts: &Facts, id: &Id) -> Option<Self> {
        let path = facts.app_dir(id);
        let fd = open(&path, DIRECTORY, Mode::empty()).ok()?;
        let within = WITHIN.into_iter();
        let within = within.filter_map(|name| {
            let fd = beneath(&fd, Path::new(name), DIRECTORY).ok()?;
            Some((name, fd))
        });
        Some(Self {
            within: within.collect(),
            fd,
            path,
        })
    }

    /// The directory.
    pub(crate) fn fd(&self) -> BorrowedFd<'_> {
        self.fd.as_fd()
    }

    /// What shows in `/var`.
    pub(crate) fn in_var(&self) -> Vec<Entry> {
        let rows = IN_VAR.iter().filter_map(|(name, target)| {
            let (_, fd) = self.within.iter().find(|(known, _)| known == name)?;
            Some(bind_fd(fd.as_raw_fd(), *target, Access::ReadWrite))
        });
        from_origin(rows, "every application")
    }

    /// The descriptors, to be held until the sandbox is launched.
    pub(crate) fn into_fds(self) -> impl Iterator<Item = OwnedFd> {
        let within = self.within.into_iter().map(|(_, fd)| fd);
        std::iter::once(self.fd).chain(within)
    }
}

/// Opens a directory, which is made if it is not there.
fn enter(at: &OwnedFd, name: &str) -> Result<OwnedFd, Errno> {
    let open = || openat(at, name, DIRECTORY, Mode::empty());
    match open() {
        Err(Errno::NOENT) => (),
        other => return other,
    }
    match mkdirat(at, name, PRIVATE) {
        Ok(()) | Err(Errno::EXIST) => open(),
        Err(errno) => Err(errno),
    }
}

/// Gives an application the directory that it had under a previous name, and leaves a link there,
/// so that the older application finds it too (contract, 1.1 step 5).
fn migrate(apps: &OwnedFd, id: &Id, previous: &[Id]) -> Result<(), Errno> {
    let there = |name: &str| statat(apps, name, AtFlags::SYMLINK_NOFOLLOW);
    if previous.is_empty() || there(id.as_str()).is_ok() {
        return Ok(());
    }
    let is_dir = |old: &&Id| {
        there(old.as_str())
            .is_ok_and(|stat| FileType::from_raw_mode(stat.st_mode) == FileType::Directory)
    };
    let Some(old) = previous.iter().rev().find(is_dir) else {
        return Ok(());
    };
    renameat(apps, old.as_str(), apps, id.as_str())?;
    symlinkat(id.as_str(), apps, old.as_str())
}

/// A directory of somebody else would be written as theirs.
fn check_owner(directory: &OwnedFd, uid: u32) -> Result<(), Errno> {
    match fstat(directory)?.st_uid == uid {
        true => Ok(()),
        false => Err(Errno::PERM),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;
    use std::os::unix::fs::{PermissionsExt, symlink};

    fn facts(home: &Path) -> Facts {
        let ids = (
            rustix::process::geteuid().as_raw(),
            rustix::process::getegid().as_raw(),
        );
        Facts::gather(ids, [("HOME".into(), home.into())]).unwrap()
    }

    #[test]
    fn it_is_made_for_its_owner_alone() {
        let home = tempfile::tempdir().unwrap();
        let (facts, id) = (facts(home.path()), "org.x.Y".parse().unwrap());
        assert!(DataDirectory::find(&facts, &id).is_none());
        DataDirectory::make(&facts, &id, &[]).unwrap();
        let made = DataDirectory::make(&facts, &id, &[]).unwrap();
        assert_eq!(made.in_var().len(), 4);
        assert!(DataDirectory::find(&facts, &id).is_some());
        for name in WITHIN.iter().chain(&[""]) {
            let status = fs::metadata(made.path.join(name)).unwrap();
            assert_eq!(status.permissions().mode() & 0o777, 0o700, "{name}");
        }
    }

    #[test]
    fn one_of_another_user_is_not_used() {
        if !rustix::process::geteuid().is_root() {
            println!("skipped: only root can make a directory of another user's");
            return;
        }
        let home = tempfile::tempdir().unwrap();
        let id = "org.x.Y".parse().unwrap();
        let made = DataDirectory::make(&facts(home.path()), &id, &[]).unwrap();
        std::os::unix::fs::chown(&made.path, Some(12345), None).unwrap();
        DataDirectory::make(&facts(home.path()), &id, &[]).unwrap_err();
        std::os::unix::fs::chown(&made.path, Some(0), None).unwrap();
        DataDirectory::make(&facts(home.path()), &id, &[]).unwrap();
    }

    #[test]
    fn no_link_of_the_application_is_followed() {
        for link in ["data", "cache", "cache/tmp", "config", ".local"] {
            let home = tempfile::tempdir().unwrap();
            let elsewhere = tempfile::tempdir().unwrap();
            let link = home.path().join(".var/app/org.x.Y").join(link);
            fs::create_dir_all(link.parent().unwrap()).unwrap();
            symlink(elsewhere.path(), &link).unwrap();
            let made = DataDirectory::make(&facts(home.path()), &"org.x.Y".parse().unwrap(), &[]);
            made.unwrap_err();
            let there = fs::read_dir(elsewhere.path()).unwrap().count();
            assert_eq!(there, 0, "{link:?}");
        }
    }

    #[test]
    fn the_user_may_have_moved_it() {
        for link in [".var", ".var/app", ".var/app/org.x.Y"] {
            let home = tempfile::tempdir().unwrap();
            let elsewhere = tempfile::tempdir().unwrap();
            let link = home.path().join(link);
            fs::create_dir_all(link.parent().unwrap()).unwrap();
            symlink(elsewhere.path(), &link).unwrap();
            DataDirectory::make(&facts(home.path()), &"org.x.Y".parse().unwrap(), &[]).unwrap();
            assert!(fs::read_dir(elsewhere.path()).unwrap().count() > 0);
        }
    }

    #[test]
    fn the_directory_of_the_newest_previous_name_is_taken_over() {
        let home = tempfile::tempdir().unwrap();
        let apps = home.path().join(".var/app");
        fs::create_dir_all(apps.join("org.x.A")).unwrap();
        fs::create_dir_all(apps.join("org.x.B")).unwrap();
        fs::write(apps.join("org.x.B/kept"), "k").unwrap();
        let previous = ["org.x.A", "org.x.B", "org.x.C"].map(|id| id.parse().unwrap());
        let id = "org.x.Y".parse().unwrap();
        DataDirectory::make(&facts(home.path()), &id, &previous).unwrap();
        assert_eq!(fs::read(apps.join("org.x.Y/kept")).unwrap(), b"k");
        let link = fs::read_link(apps.join("org.x.B")).unwrap();
        assert_eq!(link, Path::new("org.x.Y"));
        DataDirectory::make(&facts(home.path()), &id, &previous).unwrap();
        assert!(apps.join("org.x.A").is_dir());
    }
}
