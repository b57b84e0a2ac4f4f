//! Reads beneath a directory that somebody else may write.
//!
//! Whatever a package, an application or another user puts there, a symbolic link or a `..` does
//! not lead out: the kernel resolves each path with `RESOLVE_BENEATH` and `RESOLVE_NO_MAGICLINKS`.

use rustix::fs::{AtFlags, Dir, FileType, Mode, OFlags, ResolveFlags};
use rustix::fs::{fstat, open, openat2, readlinkat, statat};
use rustix::io::Errno;
use std::ffi::OsString;
use std::fs::File;
use std::io::{self, Read};
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::os::unix::ffi::OsStringExt;
use std::path::{Path, PathBuf};

const DIRECTORY: OFlags = OFlags::RDONLY
    .union(OFlags::DIRECTORY)
    .union(OFlags::CLOEXEC);
/// A file that turns out to be a pipe or a device must not block.
const FILE: OFlags = OFlags::RDONLY
    .union(OFlags::CLOEXEC)
    .union(OFlags::NONBLOCK)
    .union(OFlags::NOCTTY);

/// An open directory, and the path it was opened by, for messages.
#[derive(Debug)]
pub struct Beneath {
    fd: OwnedFd,
    path: PathBuf,
}

impl Beneath {
    /// Opens a directory that the user or the administrator has named: symbolic links are followed.
    pub fn open_root(path: &Path) -> io::Result<Self> {
        Ok(Self {
            fd: open(path, DIRECTORY, Mode::empty())?,
            path: path.to_owned(),
        })
    }

    /// Opens a directory beneath this one.
    pub fn open_dir(&self, relative: &Path) -> io::Result<Self> {
        Ok(Self {
            fd: self.resolve(relative, DIRECTORY)?,
            path: self.path.join(relative),
        })
    }

    /// The path that the directory was opened by. It may have changed its meaning since.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Reads a regular file of at most `limit` bytes.
    pub fn read(&self, relative: &Path, limit: u64) -> io::Result<Vec<u8>> {
        let fd = self.resolve(relative, FILE)?;
        let status = fstat(&fd)?;
        if FileType::from_raw_mode(status.st_mode) != FileType::RegularFile {
            return Err(io::Error::other("not a regular file"));
        }
        let mut bytes = room_for(status.st_size, limit);
        File::from(fd).take(limit + 1).read_to_end(&mut bytes)?;
        if bytes.len() as u64 > limit {
            return Err(io::Error::other("the file is too large"));
        }
        Ok(bytes)
    }

    /// The text of a symbolic link that lies in this directory itself.
    pub fn read_link(&self, name: &str) -> io::Result<PathBuf> {
        let target = readlinkat(&self.fd, name, Vec::new())?;
        Ok(PathBuf::from(OsString::from_vec(target.into_bytes())))
    }

    /// The names in this directory, sorted.
    pub fn names(&self) -> io::Result<Vec<OsString>> {
        let mut names = Vec::new();
        for entry in Dir::read_from(&self.fd)? {
            let name = entry?.file_name().to_bytes().to_vec();
            if name != b"." && name != b".." {
                names.push(OsString::from_vec(name));
            }
        }
        names.sort();
        Ok(names)
    }

    /// Whether a name in this directory is a directory, not a symbolic link to one.
    pub fn is_dir(&self, name: &Path) -> bool {
        statat(&self.fd, name, AtFlags::SYMLINK_NOFOLLOW)
            .is_ok_and(|stat| FileType::from_raw_mode(stat.st_mode) == FileType::Directory)
    }

    /// The kernel refuses with EAGAIN when a rename happened meanwhile: that is worth a few tries.
    fn resolve(&self, relative: &Path, flags: OFlags) -> io::Result<OwnedFd> {
        let resolve = ResolveFlags::BENEATH | ResolveFlags::NO_MAGICLINKS;
        for _ in 0..16 {
            match openat2(&self.fd, relative, flags, Mode::empty(), resolve) {
                Err(Errno::AGAIN) => {}
                other => return Ok(other?),
            }
        }
        Err(Errno::AGAIN.into())
    }
}

/// A buffer that a file of this size fits in, so that it is read at once: the size is a guess, since
/// the file may grow, and a lie in some filesystems.
pub(crate) fn room_for(size: i64, limit: u64) -> Vec<u8> {
    let expected = u64::try_from(size).unwrap_or(0).min(limit).min(1 << 16);
    // One more than the contents, or the end of the file would make it grow.
    Vec::with_capacity(usize::try_from(expected).unwrap_or(0) + 32)
}

impl AsFd for Beneath {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.fd.as_fd()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::symlink;

    #[test]
    fn nothing_leads_out() {
        let outer = tempfile::tempdir().unwrap();
        let inner = outer.path().join("in");
        std::fs::create_dir_all(inner.join("dir")).unwrap();
        std::fs::write(outer.path().join("secret"), "s").unwrap();
        std::fs::write(inner.join("dir/file"), "f").unwrap();
        symlink("../secret", inner.join("up")).unwrap();
        symlink(outer.path().join("secret"), inner.join("absolute")).unwrap();
        symlink("dir/file", inner.join("down")).unwrap();
        symlink("..", inner.join("parent")).unwrap();
        let beneath = Beneath::open_root(&inner).unwrap();
        for good in ["dir/file", "down", "dir/../down"] {
            assert_eq!(beneath.read(Path::new(good), 9).unwrap(), b"f", "{good}");
        }
        for bad in [
            "up",
            "absolute",
            "../secret",
            "parent/secret",
            "/etc/passwd",
            "dir",
        ] {
            assert!(beneath.read(Path::new(bad), 9).is_err(), "{bad}");
        }
        assert!(beneath.open_dir(Path::new("parent")).is_err());
        assert!(beneath.open_dir(Path::new("..")).is_err());
        assert!(beneath.read(Path::new("dir/file"), 0).is_err());
        assert_eq!(beneath.read_link("up").unwrap(), Path::new("../secret"));
        assert_eq!(
            beneath.names().unwrap(),
            ["absolute", "dir", "down", "parent", "up"]
        );
        assert!(beneath.is_dir(Path::new("dir")) && !beneath.is_dir(Path::new("parent")));
    }
}
