//! `~/.var/app/ID`, the one place that an application can write and that stays.
//!
//! Its contents belong to the application, so no symbolic link is followed on the way to it or in it.

use crate::error::RunError;
use aril_flatpak::refs::Id;
use rustix::fs::{Mode, OFlags, ResolveFlags, mkdirat, open, openat2};
use rustix::io::Errno;
use std::os::fd::{AsFd, OwnedFd};
use std::path::{Path, PathBuf};

const DIRECTORY: OFlags = OFlags::PATH.union(OFlags::DIRECTORY).union(OFlags::CLOEXEC);
const BENEATH: ResolveFlags = ResolveFlags::BENEATH
    .union(ResolveFlags::NO_SYMLINKS)
    .union(ResolveFlags::NO_MAGICLINKS);
const PRIVATE: Mode = Mode::RWXU;
/// What an application finds there from the start.
const WITHIN: [&str; 4] = ["config", "cache", "data", ".local/state"];

/// Where the application `id` keeps its files, in the home directory `home`.
pub fn path(home: &Path, id: &Id) -> PathBuf {
    home.join(".var/app").join(id.as_str())
}

/// Opens the directory and makes what is missing of it, for its owner alone.
pub fn make(home: &Path, id: &Id) -> Result<OwnedFd, RunError> {
    let refuse = |errno| RunError::on("make the application's directory", &path(home, id), errno);
    let root = open(home, DIRECTORY, Mode::empty()).map_err(refuse)?;
    let directory = descend(root, &Path::new(".var/app").join(id.as_str())).map_err(refuse)?;
    for name in WITHIN {
        let start = directory.try_clone();
        let start =
            start.map_err(|error| RunError::on("make a directory", Path::new(name), error))?;
        descend(start, Path::new(name)).map_err(|errno| {
            let whole = path(home, id).join(name);
            RunError::on("make a directory of the application", &whole, errno)
        })?;
    }
    Ok(directory)
}

/// Opens the directory if it is there; nothing is made.
pub fn find(home: &Path, id: &Id) -> Option<OwnedFd> {
    let root = open(home, DIRECTORY, Mode::empty()).ok()?;
    enter(&root, &Path::new(".var/app").join(id.as_str())).ok()
}

fn descend(start: OwnedFd, relative: &Path) -> Result<OwnedFd, Errno> {
    let mut at = start;
    for name in relative.iter().map(Path::new) {
        match mkdirat(&at, name, PRIVATE) {
            Ok(()) | Err(Errno::EXIST) => at = enter(&at, name)?,
            Err(errno) => return Err(errno),
        }
    }
    Ok(at)
}

/// The kernel refuses with EAGAIN when a rename happened meanwhile: that is worth a few tries.
fn enter(at: impl AsFd, relative: &Path) -> Result<OwnedFd, Errno> {
    for _ in 0..16 {
        match openat2(&at, relative, DIRECTORY, Mode::empty(), BENEATH) {
            Err(Errno::AGAIN) => {}
            other => return other,
        }
    }
    Err(Errno::AGAIN)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;
    use std::os::unix::fs::{PermissionsExt, symlink};

    #[test]
    fn it_is_made_for_its_owner_alone() {
        let home = tempfile::tempdir().unwrap();
        let id = "org.x.Y".parse().unwrap();
        assert!(find(home.path(), &id).is_none());
        make(home.path(), &id).unwrap();
        make(home.path(), &id).unwrap();
        assert!(find(home.path(), &id).is_some());
        for name in ["", "config", "cache", "data", ".local", ".local/state"] {
            let status = fs::metadata(path(home.path(), &id).join(name)).unwrap();
            assert_eq!(status.permissions().mode() & 0o777, 0o700, "{name}");
        }
    }

    #[test]
    fn no_link_is_followed() {
        for link in [
            ".var",
            ".var/app",
            ".var/app/org.x.Y",
            ".var/app/org.x.Y/data",
        ] {
            let home = tempfile::tempdir().unwrap();
            let elsewhere = tempfile::tempdir().unwrap();
            let link = home.path().join(link);
            fs::create_dir_all(link.parent().unwrap()).unwrap();
            symlink(elsewhere.path(), &link).unwrap();
            make(home.path(), &"org.x.Y".parse().unwrap()).unwrap_err();
            assert_eq!(
                fs::read_dir(elsewhere.path()).unwrap().count(),
                0,
                "{link:?}"
            );
        }
    }
}
