//! Places to mount on, in directories of the host that an application can write.
//!
//! The engine makes none in the user's tree. These directories are the application's own, so an
//! empty file or directory may be made there; no symbolic link is followed on the way.

use rustix::fs::{AtFlags, FileType, Mode, OFlags, ResolveFlags, mkdirat, openat2, readlinkat};
use rustix::fs::{statat, symlinkat};
use rustix::io::Errno;
use std::ffi::OsStr;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

const DIRECTORY: OFlags = OFlags::PATH.union(OFlags::DIRECTORY).union(OFlags::CLOEXEC);
const NEW_FILE: OFlags = OFlags::WRONLY
    .union(OFlags::CREATE)
    .union(OFlags::EXCL)
    .union(OFlags::CLOEXEC);

/// No way out of the directory, and no symbolic link.
pub(in crate::compose) const BENEATH: ResolveFlags = ResolveFlags::BENEATH
    .union(ResolveFlags::NO_SYMLINKS)
    .union(ResolveFlags::NO_MAGICLINKS);

/// A directory of the host that shows in the sandbox and that the application can write.
#[derive(Debug)]
pub struct WritableDirectory {
    /// Where it shows.
    pub at: PathBuf,
    /// The directory.
    pub fd: OwnedFd,
}

/// What becomes of directories of the host that an entry needs and that are missing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Missing {
    /// They are made: the sandbox is going to be launched.
    Make,
    /// They stay missing: the entries are only shown.
    Leave,
}

/// What a place is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::compose) enum Place {
    Directory,
    /// A file, a socket: anything else.
    File,
}

/// Makes the place for a target inside, where it lies in one of these directories.
pub(in crate::compose) fn make_inside(
    writable: &[WritableDirectory],
    target: &Path,
    place: Place,
) -> Result<(), Errno> {
    match nearest(writable, target) {
        Some((directory, below)) => make(directory.fd.as_fd(), below, place),
        None => Ok(()),
    }
}

/// The innermost of the directories that a target lies in, and the way from there.
pub(in crate::compose) fn nearest<'a, 'b>(
    writable: &'a [WritableDirectory],
    target: &'b Path,
) -> Option<(&'a WritableDirectory, &'b Path)> {
    let around = writable
        .iter()
        .filter_map(|directory| Some((directory, target.strip_prefix(&directory.at).ok()?)));
    around.max_by_key(|(directory, _)| directory.at.as_os_str().len())
}

/// Makes what is missing of `below`, for its owner alone.
pub(in crate::compose) fn make(
    directory: BorrowedFd<'_>,
    below: &Path,
    place: Place,
) -> Result<(), Errno> {
    let (Some(parent), Some(name)) = (below.parent(), below.file_name()) else {
        return Ok(());
    };
    let parent = directories(directory, parent)?;
    let name = Path::new(name);
    let made = match place {
        Place::Directory => mkdirat(&parent, name, Mode::RWXU),
        Place::File => openat2(&parent, name, NEW_FILE, Mode::RUSR | Mode::WUSR, BENEATH).map(drop),
    };
    match made {
        Err(Errno::EXIST) => check(&parent, name, place),
        other => other,
    }
}

/// Makes a symbolic link at `below`, unless it is there already.
pub(in crate::compose) fn link(
    directory: BorrowedFd<'_>,
    below: &Path,
    to: &OsStr,
) -> Result<(), Errno> {
    let (Some(parent), Some(name)) = (below.parent(), below.file_name()) else {
        return Ok(());
    };
    let parent = directories(directory, parent)?;
    match symlinkat(to, &parent, name) {
        Err(Errno::EXIST) => {
            let there = readlinkat(&parent, name, Vec::new());
            let is_same = there.is_ok_and(|there| there.to_bytes() == to.as_bytes());
            if is_same { Ok(()) } else { Err(Errno::EXIST) }
        }
        made => made,
    }
}

/// Opens a directory beneath another; what is missing of the path is made, for its owner alone.
pub(in crate::compose) fn directories(
    start: BorrowedFd<'_>,
    below: &Path,
) -> Result<OwnedFd, Errno> {
    match beneath(start, below, DIRECTORY) {
        // Something is missing, or the path is empty.
        Err(Errno::NOENT) => (),
        other => return other,
    }
    let mut at = beneath(start, Path::new("."), DIRECTORY)?;
    for name in below.iter().map(Path::new) {
        match mkdirat(&at, name, Mode::RWXU) {
            Ok(()) | Err(Errno::EXIST) => at = beneath(&at, name, DIRECTORY)?,
            Err(errno) => return Err(errno),
        }
    }
    Ok(at)
}

/// The kernel refuses with EAGAIN when a rename happened meanwhile: that is worth a few tries.
pub(in crate::compose) fn beneath(
    at: impl AsFd,
    below: &Path,
    flags: OFlags,
) -> Result<OwnedFd, Errno> {
    for _ in 0..16 {
        match openat2(&at, below, flags, Mode::empty(), BENEATH) {
            Err(Errno::AGAIN) => {}
            other => return other,
        }
    }
    Err(Errno::AGAIN)
}

fn check(parent: &OwnedFd, name: &Path, place: Place) -> Result<(), Errno> {
    let status = statat(parent, name, AtFlags::SYMLINK_NOFOLLOW)?;
    match (FileType::from_raw_mode(status.st_mode), place) {
        (FileType::Symlink, _) => Err(Errno::LOOP),
        (FileType::Directory, Place::File) => Err(Errno::ISDIR),
        (FileType::Directory, Place::Directory) => Ok(()),
        (_, Place::Directory) => Err(Errno::NOTDIR),
        (_, Place::File) => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rustix::fs::open;
    use std::fs;
    use std::os::unix::fs::symlink;

    #[test]
    fn places_are_made_without_following_a_link() {
        let outer = tempfile::tempdir().unwrap();
        let home = outer.path().join("home");
        fs::create_dir_all(home.join("dir")).unwrap();
        fs::create_dir(outer.path().join("victim")).unwrap();
        fs::write(home.join("file"), "kept").unwrap();
        symlink("../victim", home.join("link")).unwrap();
        symlink("dir", home.join("inner")).unwrap();
        let fd = open(&home, DIRECTORY, Mode::empty()).unwrap();
        let rows = [
            ("a/b", Place::Directory, Ok(())),
            ("a/c", Place::File, Ok(())),
            ("a/c", Place::File, Ok(())),
            ("dir", Place::Directory, Ok(())),
            ("file", Place::File, Ok(())),
            ("file", Place::Directory, Err(Errno::NOTDIR)),
            ("dir", Place::File, Err(Errno::ISDIR)),
            ("link", Place::Directory, Err(Errno::LOOP)),
            ("link/x", Place::Directory, Err(Errno::LOOP)),
            ("inner/x", Place::File, Err(Errno::LOOP)),
            ("../victim/x", Place::Directory, Err(Errno::XDEV)),
        ];
        for (below, place, expected) in rows {
            assert_eq!(
                make(fd.as_fd(), Path::new(below), place),
                expected,
                "{below}"
            );
        }
        let rows = [
            ("a/to", "b", Ok(())),
            ("a/to", "b", Ok(())),
            ("a/to", "other", Err(Errno::EXIST)),
            ("file", "b", Err(Errno::EXIST)),
            ("link/x", "b", Err(Errno::LOOP)),
        ];
        for (below, to, expected) in rows {
            let made = link(fd.as_fd(), Path::new(below), OsStr::new(to));
            assert_eq!(made, expected, "{below}");
        }
        assert!(home.join("a/b").is_dir() && home.join("a/c").is_file());
        assert_eq!(fs::read(home.join("file")).unwrap(), b"kept");
        let victim = fs::read_dir(outer.path().join("victim")).unwrap();
        assert_eq!(victim.count(), 0);
    }
}
