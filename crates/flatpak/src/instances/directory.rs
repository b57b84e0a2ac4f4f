//! A directory of ours in which everything is done by descriptor.

use rustix::fs::{AtFlags, Dir, FileType, Mode, OFlags, RenameFlags, ResolveFlags};
use rustix::fs::{
    fchmod, fstat, mkdirat, open, openat2, renameat, renameat_with, statat, unlinkat,
};
use rustix::io::Errno;
use std::ffi::{CString, OsStr, OsString};
use std::fs::File;
use std::io::{self, Read, Write};
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::path::{Path, PathBuf};

const DIRECTORY: OFlags = OFlags::RDONLY
    .union(OFlags::DIRECTORY)
    .union(OFlags::NOFOLLOW)
    .union(OFlags::CLOEXEC);
const PATH: OFlags = OFlags::PATH.union(DIRECTORY);
const FILE: OFlags = OFlags::CLOEXEC
    .union(OFlags::NOFOLLOW)
    .union(OFlags::NONBLOCK)
    .union(OFlags::NOCTTY);
const BENEATH: ResolveFlags = ResolveFlags::BENEATH
    .union(ResolveFlags::NO_SYMLINKS)
    .union(ResolveFlags::NO_MAGICLINKS);
/// What is removed is on one mount: a filesystem that somebody has mounted below is not part of it.
const HERE: ResolveFlags = BENEATH.union(ResolveFlags::NO_XDEV);

/// An open directory that belongs to the user.
///
/// No other user can write the first one, and so reach those in it.
/// Names are single components. No symbolic link is followed: an application can write in some of
/// these directories.
#[derive(Debug)]
pub struct Directory {
    fd: OwnedFd,
    path: PathBuf,
}

impl Directory {
    /// Opens a directory by its path, in which symbolic links are followed, and checks whose it is.
    pub fn open_root(path: &Path) -> io::Result<Self> {
        Self::open_with(path, DIRECTORY.difference(OFlags::NOFOLLOW))
    }

    /// The same in a directory that others can write, such as `/dev/shm`: there the last name must be no
    /// link.
    pub(super) fn open_shared(path: &Path) -> io::Result<Self> {
        Self::open_with(path, DIRECTORY)
    }

    fn open_with(path: &Path, flags: OFlags) -> io::Result<Self> {
        let fd = open(path, flags, Mode::empty())?;
        let opened = Self::checked(fd, path.to_owned())?;
        if fstat(&opened.fd)?.st_mode & 0o022 != 0 {
            return Err(io::Error::other("other users can write it"));
        }
        Ok(opened)
    }

    /// Opens the directory `name` in this one.
    pub fn open(&self, name: &OsStr) -> io::Result<Self> {
        let fd = self.resolve(name, DIRECTORY, Mode::empty())?;
        Self::checked(fd, self.path.join(name))
    }

    /// Opens the directory `name`, and makes it before that if it is missing.
    pub fn make(&self, name: &OsStr, mode: u32) -> io::Result<Self> {
        match self.open(name) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => (),
            other => return other,
        }
        match self.make_new(name, mode) {
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => self.open(name),
            other => other,
        }
    }

    /// Makes the directory `name`, which must be new. The mask of file modes does not matter.
    pub fn make_new(&self, name: &OsStr, mode: u32) -> io::Result<Self> {
        let mode = Mode::from_raw_mode(mode);
        mkdirat(&self.fd, name, mode)?;
        let made = self.open(name)?;
        fchmod(&made.fd, mode)?;
        Ok(made)
    }

    /// Opens a regular file for reading and writing, and makes it before that if it is missing.
    pub fn make_file(&self, name: &OsStr, mode: u32) -> io::Result<File> {
        let flags = FILE | OFlags::RDWR | OFlags::CREATE;
        self.regular(self.resolve(name, flags, Mode::from_raw_mode(mode))?)
    }

    /// Opens a regular file of the user's for reading and writing.
    pub fn open_file(&self, name: &OsStr) -> io::Result<File> {
        self.regular(self.resolve(name, FILE | OFlags::RDWR, Mode::empty())?)
    }

    /// Writes a file that appears with all its contents or not at all.
    pub fn write(&self, name: &OsStr, bytes: &[u8], mode: u32) -> io::Result<()> {
        let mut aside = OsString::from(".new-");
        aside.push(name);
        let flags = FILE | OFlags::WRONLY | OFlags::CREATE | OFlags::EXCL;
        let create = || self.resolve(&aside, flags, Mode::from_raw_mode(0o600));
        let fd = match create() {
            // One that was killed has left it.
            Err(Errno::EXIST) => {
                self.forget(&aside)?;
                create()?
            }
            other => other?,
        };
        fchmod(&fd, Mode::from_raw_mode(mode))?;
        File::from(fd).write_all(bytes)?;
        Ok(renameat(&self.fd, &aside, &self.fd, name)?)
    }

    /// Reads a regular file of the user's, of at most `limit` bytes.
    pub fn read(&self, name: &OsStr, limit: u64) -> io::Result<Vec<u8>> {
        let file = self.regular(self.resolve(name, FILE | OFlags::RDONLY, Mode::empty())?)?;
        let size = fstat(&file)?.st_size;
        let mut bytes = crate::beneath::room_for(size, limit);
        file.take(limit + 1).read_to_end(&mut bytes)?;
        if bytes.len() as u64 > limit {
            return Err(io::Error::other("the file is too large"));
        }
        Ok(bytes)
    }

    /// Whether there is something of that name.
    pub fn has(&self, name: &OsStr) -> bool {
        statat(&self.fd, name, AtFlags::SYMLINK_NOFOLLOW).is_ok()
    }

    /// Whether the directory `name` in it has something of the name `file`.
    pub fn has_within(&self, name: &OsStr, file: &OsStr) -> bool {
        let (Ok(name), Ok(file)) = (single(name), single(file)) else {
            return false;
        };
        let path = [name.to_bytes(), file.to_bytes()].join(&b'/');
        let flags = OFlags::PATH | OFlags::CLOEXEC;
        openat2(&self.fd, &*path, flags, Mode::empty(), BENEATH).is_ok()
    }

    /// The names in it.
    pub fn names(&self) -> io::Result<Vec<OsString>> {
        let mut names = Vec::new();
        for entry in Dir::read_from(&self.fd)? {
            let name = entry?.file_name().to_bytes().to_vec();
            if name != b"." && name != b".." {
                names.push(OsString::from_vec(name));
            }
        }
        Ok(names)
    }

    /// Gives `name` a place in another directory under a name that must be new.
    pub fn move_to(&self, name: &OsStr, to: &Self, new: &OsStr) -> io::Result<()> {
        Ok(renameat_with(
            &self.fd,
            name,
            &to.fd,
            new,
            RenameFlags::NOREPLACE,
        )?)
    }

    /// Removes a file; one that is missing is no error.
    pub fn forget(&self, name: &OsStr) -> io::Result<()> {
        match unlinkat(&self.fd, name, AtFlags::empty()) {
            Ok(()) | Err(Errno::NOENT) => Ok(()),
            Err(errno) => Err(errno.into()),
        }
    }

    /// Removes an empty directory; one that is missing is no error.
    pub fn remove_empty(&self, name: &OsStr) -> io::Result<()> {
        match unlinkat(&self.fd, name, AtFlags::REMOVEDIR) {
            Ok(()) | Err(Errno::NOENT) => Ok(()),
            Err(errno) => Err(errno.into()),
        }
    }

    /// Removes `name` with all below it, whatever it is; something missing is no error.
    ///
    /// An application may have made the tree, as deep as it liked: directories found in it are moved up
    /// and emptied one after the other, so that neither stack nor descriptors depend on its shape. A
    /// filesystem that is mounted in it stays whole, and is an error (`EXDEV`).
    pub fn remove_tree(&self, name: &OsStr) -> io::Result<()> {
        remove_tree(&self.fd, name)
    }

    /// The path that it was opened by, for messages and for others.
    pub fn path(&self) -> &Path {
        &self.path
    }

    fn resolve(&self, name: &OsStr, flags: OFlags, mode: Mode) -> Result<OwnedFd, Errno> {
        resolve(&self.fd, name, flags, mode)
    }

    fn checked(fd: OwnedFd, path: PathBuf) -> io::Result<Self> {
        let status = fstat(&fd)?;
        if status.st_uid != rustix::process::geteuid().as_raw() {
            return Err(io::Error::other("it belongs to another user"));
        }
        Ok(Self { fd, path })
    }

    fn regular(&self, fd: OwnedFd) -> io::Result<File> {
        let status = fstat(&fd)?;
        if FileType::from_raw_mode(status.st_mode) != FileType::RegularFile {
            return Err(io::Error::other("not a regular file"));
        }
        if status.st_uid != rustix::process::geteuid().as_raw() {
            return Err(io::Error::other("it belongs to another user"));
        }
        Ok(File::from(fd))
    }
}

impl From<Directory> for OwnedFd {
    fn from(directory: Directory) -> Self {
        directory.fd
    }
}

impl AsFd for Directory {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.fd.as_fd()
    }
}

/// See [`Directory::remove_tree`]; the parent may be a directory that others can write, such as
/// `/dev/shm`.
pub(super) fn remove_tree(parent: &OwnedFd, name: &OsStr) -> io::Result<()> {
    let top = match resolve_by(HERE, (parent, name), PATH, Mode::empty()) {
        Ok(top) => writable(top)?,
        Err(Errno::NOENT) => return Ok(()),
        Err(Errno::NOTDIR | Errno::LOOP) => return Ok(unlinkat(parent, name, AtFlags::empty())?),
        Err(errno) => return Err(errno.into()),
    };
    let mut moved = 0;
    let mut waiting = empty(&top, None, &mut moved)?;
    while let Some(next) = waiting.pop() {
        let level = openat2(&top, &next, PATH, Mode::empty(), HERE)?;
        waiting.extend(empty(&writable(level)?, Some(&top), &mut moved)?);
        unlinkat(&top, &next, AtFlags::REMOVEDIR)?;
    }
    match unlinkat(parent, name, AtFlags::REMOVEDIR) {
        Ok(()) | Err(Errno::NOENT) => Ok(()),
        Err(errno) => Err(errno.into()),
    }
}

fn resolve(at: &OwnedFd, name: &OsStr, flags: OFlags, mode: Mode) -> Result<OwnedFd, Errno> {
    resolve_by(BENEATH, (at, name), flags, mode)
}

fn resolve_by(
    way: ResolveFlags,
    (at, name): (&OwnedFd, &OsStr),
    flags: OFlags,
    mode: Mode,
) -> Result<OwnedFd, Errno> {
    let name = single(name)?;
    for _ in 0..16 {
        match openat2(at, &name, flags, mode, way) {
            // A rename happened meanwhile.
            Err(Errno::AGAIN) => (),
            other => return other,
        }
    }
    Err(Errno::AGAIN)
}

/// A name that is one component.
fn single(name: &OsStr) -> Result<CString, Errno> {
    let bytes = name.as_bytes();
    if bytes.is_empty() || bytes == b"." || bytes == b".." || bytes.contains(&b'/') {
        return Err(Errno::INVAL);
    }
    CString::new(bytes).map_err(|_| Errno::INVAL)
}

/// Removes the files in `level`; the names of its directories, after they have been moved to `up`.
fn empty(level: &OwnedFd, up: Option<&OwnedFd>, moved: &mut u64) -> io::Result<Vec<OsString>> {
    let mut directories = Vec::new();
    for entry in Dir::read_from(level)? {
        let entry = entry?;
        let name = entry.file_name();
        if name == c"." || name == c".." {
            continue;
        }
        match unlinkat(level, name, AtFlags::empty()) {
            Ok(()) | Err(Errno::NOENT) => continue,
            Err(Errno::ISDIR) => (),
            Err(errno) => return Err(errno.into()),
        }
        let Some(up) = up else {
            directories.push(OsString::from_vec(name.to_bytes().to_vec()));
            continue;
        };
        // Moving a directory changes its `..`, for which it must be writable.
        drop(writable(openat2(level, name, PATH, Mode::empty(), HERE)?)?);
        directories.push(raise(level, name, up, moved)?);
    }
    Ok(directories)
}

/// Moves a directory up to `up`, under a name that is free there.
fn raise(
    level: &OwnedFd,
    name: &std::ffi::CStr,
    up: &OwnedFd,
    moved: &mut u64,
) -> io::Result<OsString> {
    loop {
        *moved += 1;
        let new = OsString::from(format!(".moved-{moved}"));
        match renameat_with(level, name, up, &new, RenameFlags::NOREPLACE) {
            Ok(()) => return Ok(new),
            Err(Errno::EXIST) => (),
            Err(errno) => return Err(errno.into()),
        }
    }
}

/// Opens for reading what `fd` names, a directory of the user's, and makes it accessible for that.
fn writable(fd: OwnedFd) -> io::Result<OwnedFd> {
    aril_sandbox::sys::file::change_mode_of_path((&fd).into(), 0o700).map_err(io::Error::from)?;
    let flags = DIRECTORY.difference(OFlags::NOFOLLOW);
    Ok(rustix::fs::openat(&fd, ".", flags, Mode::empty())?)
}
