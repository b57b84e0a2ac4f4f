//! `overrides/global` and `overrides/ID` of an installation, changed as flatpak-override(1) does.
//!
//! The file is replaced whole, by a rename: a reader sees the old permissions or the new ones, and a
//! full disk loses none. No symbolic link is followed below the installation.

use super::change::Change;
use super::context::Context;
use super::error::PermissionError;
use super::origin::{Layer, Origin};
use super::save::Form;
use crate::keyfile::{KeyFile, KeyFileError};
use crate::refs::Id;
use crate::text::shown_path;
use rustix::fs::{AtFlags, FileType, FlockOperation, Mode, OFlags, ResolveFlags};
use rustix::fs::{fchmod, flock, fstat, fsync, mkdirat, openat2, renameat, unlinkat};
use rustix::io::Errno;
use std::error::Error;
use std::fmt::{self, Display, Formatter};
use std::fs::{DirBuilder, File};
use std::io::{self, Read, Write};
use std::os::fd::OwnedFd;
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};

const DIRECTORY: &str = "overrides";
/// A page or two; what is larger is no override.
const LONGEST: u64 = 1 << 20;
const BENEATH: ResolveFlags = ResolveFlags::BENEATH
    .union(ResolveFlags::NO_SYMLINKS)
    .union(ResolveFlags::NO_MAGICLINKS);
/// As flatpak makes them; the user's umask takes bits away.
const FILE_MODE: Mode = Mode::from_raw_mode(0o644);
const DIRECTORY_MODE: Mode = Mode::from_raw_mode(0o755);

/// The overrides of an installation for one application, or for all.
#[derive(Clone, Debug)]
pub struct OverrideFile {
    installation: PathBuf,
    name: String,
    layer: Layer,
}

/// What of an override could not be done.
#[derive(Debug)]
pub struct OverrideError {
    what: &'static str,
    path: PathBuf,
    why: Fault,
}

#[derive(Debug)]
enum Fault {
    System(io::Error),
    KeyFile(KeyFileError),
    Permission(Box<PermissionError>),
}

impl Error for OverrideError {}

impl Display for OverrideError {
    fn fmt(&self, out: &mut Formatter<'_>) -> fmt::Result {
        write!(out, "{}, on {}: ", self.what, shown_path(&self.path))?;
        match &self.why {
            Fault::System(error) if error.raw_os_error() == Some(Errno::LOOP.raw_os_error()) => {
                out.write_str("it is a symbolic link, which is not followed")
            }
            Fault::System(error) => write!(out, "{error}"),
            Fault::KeyFile(error) => write!(out, "{error}"),
            Fault::Permission(error) => write!(out, "{error}"),
        }
    }
}

impl OverrideFile {
    /// The overrides in the installation at `installation`; without an `id` those for all
    /// applications. `layer` is what their permissions say of where they come from.
    pub fn new(installation: &Path, id: Option<&Id>, layer: Layer) -> Self {
        Self {
            installation: installation.to_owned(),
            name: id.map_or("global", Id::as_str).to_owned(),
            layer,
        }
    }

    /// The path, for messages.
    pub fn path(&self) -> PathBuf {
        self.installation.join(DIRECTORY).join(&self.name)
    }

    /// The file as it stands; empty when there is none.
    pub fn load(&self) -> Result<KeyFile, OverrideError> {
        match self.open_directory() {
            Err(Errno::NOENT) => Ok(KeyFile::new()),
            Err(errno) => Err(self.blame("read override", errno)),
            Ok(directory) => self.read(&directory).map(|(file, _)| file),
        }
    }

    /// Makes the changes, in their order, over what the file says; its other keys stay. Missing
    /// directories are made.
    pub fn change(&self, changes: &[Change]) -> Result<(), OverrideError> {
        let blame = |errno: Errno| self.blame("write override", errno);
        self.make_directory()?;
        let directory = self.open_directory().map_err(blame)?;
        // Two changes at a time would lose one of them.
        flock(&directory, FlockOperation::LockExclusive).map_err(blame)?;
        let (mut file, mode) = self.read(&directory)?;
        let origin = Origin::file(self.layer, &self.path());
        let mut context = Context::load(&file, &origin)
            .map_err(|error| self.fault("read override", Fault::Permission(Box::new(error))))?;
        for change in changes {
            context.apply(change.clone(), &origin);
        }
        context
            .save(&mut file, Form::Layer)
            .map_err(|error| self.fault("write override", Fault::KeyFile(error)))?;
        self.replace(&directory, file.to_string().as_bytes(), mode)
            .map_err(|error| self.fault("write override", Fault::System(error)))
    }

    /// Removes the file; one that does not exist is as good.
    pub fn reset(&self) -> Result<(), OverrideError> {
        let removed = self
            .open_directory()
            .and_then(|directory| unlinkat(&directory, self.name.as_str(), AtFlags::empty()));
        match removed {
            Ok(()) | Err(Errno::NOENT) => Ok(()),
            Err(errno) => Err(self.blame("remove override", errno)),
        }
    }

    fn make_directory(&self) -> Result<(), OverrideError> {
        let mut builder = DirBuilder::new();
        builder.recursive(true).mode(DIRECTORY_MODE.as_raw_mode());
        let made = builder.create(&self.installation).and_then(|()| {
            let root = File::open(&self.installation)?;
            match mkdirat(&root, DIRECTORY, DIRECTORY_MODE) {
                Ok(()) | Err(Errno::EXIST) => Ok(()),
                Err(errno) => Err(errno.into()),
            }
        });
        made.map_err(|error| self.fault("make the directory of the override", Fault::System(error)))
    }

    fn open_directory(&self) -> Result<OwnedFd, Errno> {
        let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC;
        let root = rustix::fs::open(&self.installation, flags, Mode::empty())?;
        openat2(&root, DIRECTORY, flags, Mode::empty(), BENEATH)
    }

    /// The file, and its permission bits if there is one.
    fn read(&self, directory: &OwnedFd) -> Result<(KeyFile, Option<Mode>), OverrideError> {
        let blame = |error| self.fault("read override", Fault::System(error));
        // A pipe in its place must not block.
        let flags = OFlags::RDONLY | OFlags::CLOEXEC | OFlags::NONBLOCK | OFlags::NOCTTY;
        let fd = match openat2(directory, &*self.name, flags, Mode::empty(), BENEATH) {
            Err(Errno::NOENT) => return Ok((KeyFile::new(), None)),
            other => other.map_err(|errno| blame(errno.into()))?,
        };
        let mode = fstat(&fd).map_err(|errno| blame(errno.into()))?.st_mode;
        if FileType::from_raw_mode(mode) != FileType::RegularFile {
            return Err(blame(io::Error::other("not a regular file")));
        }
        let mut bytes = Vec::new();
        let read = File::from(fd).take(LONGEST + 1).read_to_end(&mut bytes);
        if read.map_err(blame)? as u64 > LONGEST {
            return Err(blame(io::Error::other("the file is too large")));
        }
        let file = KeyFile::parse(&bytes)
            .map_err(|error| self.fault("read override", Fault::KeyFile(error)))?;
        Ok((file, Some(Mode::from_raw_mode(mode & 0o777))))
    }

    /// Writes a new file beside the old one and renames it over that.
    fn replace(&self, directory: &OwnedFd, bytes: &[u8], mode: Option<Mode>) -> io::Result<()> {
        let (name, fd) = self.temporary(directory)?;
        let mut file = File::from(fd);
        let written = file
            .write_all(bytes)
            .and_then(|()| Ok(mode.map_or(Ok(()), |mode| fchmod(&file, mode))?))
            .and_then(|()| Ok(fsync(&file)?))
            .and_then(|()| Ok(renameat(directory, &*name, directory, &*self.name)?));
        if let Err(error) = written {
            return Err(match unlinkat(directory, &*name, AtFlags::empty()) {
                Ok(()) => error,
                Err(left) => io::Error::other(format!("{error}; {name} is left: {left}")),
            });
        }
        Ok(fsync(directory)?)
    }

    /// A new file whose name no application can have: it begins with a dot.
    fn temporary(&self, directory: &OwnedFd) -> io::Result<(String, OwnedFd)> {
        let flags = OFlags::WRONLY | OFlags::CREATE | OFlags::EXCL | OFlags::CLOEXEC;
        let process = std::process::id();
        for number in 0..u32::MAX {
            let name = format!(".{}.{process}.{number}", self.name);
            match openat2(directory, &*name, flags, FILE_MODE, BENEATH) {
                Err(Errno::EXIST) => {}
                other => return Ok((name, other?)),
            }
        }
        Err(io::Error::other("no name is free"))
    }

    fn blame(&self, what: &'static str, errno: Errno) -> OverrideError {
        self.fault(what, Fault::System(errno.into()))
    }

    fn fault(&self, what: &'static str, why: Fault) -> OverrideError {
        OverrideError {
            what,
            path: self.path(),
            why,
        }
    }
}
