//! Files that the host runs later and that did not exist: moved out of the way when they appear.
//!
//! What exists is mounted read-only on itself. What does not exist has nothing to mount on, and the
//! kernel has no rule that forbids a name. So the directories are watched (`inotify(7)`): what appears
//! is renamed at once, by descriptors and without following a link, and nothing of it is lost. A last
//! look at the end finds what lies deeper. Between its appearance and the rename, some microseconds to
//! milliseconds, such a file exists.

use crate::error::RunError;
use aril_profile::{HOST_EXECUTED, Watched};
use aril_sandbox::{Escaped, sys};
use rustix::fs::inotify::{self, CreateFlags, WatchFlags};
use rustix::fs::{
    AtFlags, FileType, Mode, OFlags, RenameFlags, open, openat, renameat_with, statat,
};
use rustix::io::Errno;
use std::collections::BTreeSet;
use std::ffi::{OsStr, OsString};
use std::mem::MaybeUninit;
use std::os::fd::{AsRawFd, OwnedFd};
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

const DIRECTORY: OFlags = OFlags::PATH
    .union(OFlags::DIRECTORY)
    .union(OFlags::NOFOLLOW)
    .union(OFlags::CLOEXEC);
const BIRTH: WatchFlags = WatchFlags::CREATE
    .union(WatchFlags::MOVED_TO)
    .union(WatchFlags::ONLYDIR);
/// What the new name ends with.
const MOVED: &str = ".from-sandbox";
/// So many times something is moved; what goes on making such files is no accident.
const MOST: usize = 64;

/// A directory and the names that must not appear in it.
#[derive(Debug)]
struct Place {
    directory: OwnedFd,
    path: PathBuf,
    names: Vec<PathBuf>,
}

/// The watch over all of them.
#[derive(Debug)]
pub struct Guard {
    inotify: Option<OwnedFd>,
    places: Vec<Place>,
    first_names: BTreeSet<OsString>,
    moved: usize,
}

/// What became of a file that must not appear.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Moved {
    /// Where it was.
    pub from: PathBuf,
    /// Where it is.
    pub to: PathBuf,
}

impl Guard {
    /// Opens the directories. To be called before the launch: later they could be others.
    pub fn open(watched: &BTreeSet<Watched>) -> Result<Self, RunError> {
        let failed =
            |path: &Path, errno| RunError::on("watch for files that the host runs", path, errno);
        let mut places: Vec<Place> = Vec::new();
        for Watched { directory, name } in watched {
            if let Some(place) = places.iter_mut().find(|place| place.path == *directory) {
                place.names.push(name.clone());
                continue;
            }
            let flags = DIRECTORY.difference(OFlags::NOFOLLOW);
            let fd =
                open(directory, flags, Mode::empty()).map_err(|errno| failed(directory, errno))?;
            let (path, names) = (directory.clone(), vec![name.clone()]);
            places.push(Place {
                directory: fd,
                path,
                names,
            });
        }
        let names = watched
            .iter()
            .filter_map(|watched| watched.name.iter().next());
        let first_names = names.map(OsStr::to_owned).collect();
        Ok(Self {
            inotify: None,
            places,
            first_names,
            moved: 0,
        })
    }

    /// Begins to watch, and looks what has appeared until now.
    pub fn begin(&mut self) -> Result<Vec<Moved>, RunError> {
        let failed =
            |path: &Path, errno| RunError::on("watch for files that the host runs", path, errno);
        let inotify = inotify::init(CreateFlags::CLOEXEC | CreateFlags::NONBLOCK);
        let inotify = inotify.map_err(|errno| failed(Path::new("/"), errno))?;
        for place in &self.places {
            let link = format!("/proc/self/fd/{}", place.directory.as_raw_fd());
            let watch = inotify::add_watch(&inotify, link, BIRTH);
            watch.map_err(|errno| failed(&place.path, errno))?;
        }
        self.inotify = Some(inotify);
        self.sweep()
    }

    /// Becomes readable when something appeared.
    pub fn fd(&self) -> Option<sys::Fd> {
        self.inotify.as_ref().map(sys::Fd::from)
    }

    /// Reads what appeared, and moves away what must not.
    pub fn answer(&mut self) -> Result<Vec<Moved>, RunError> {
        let Some(inotify) = &self.inotify else {
            return Ok(Vec::new());
        };
        let mut buffer = [MaybeUninit::uninit(); 16 << 10];
        let mut reader = inotify::Reader::new(inotify, &mut buffer);
        let mut concerns = false;
        // An event without a name tells that events were lost.
        while let Ok(event) = reader.next() {
            let name = event
                .file_name()
                .map(|name| OsStr::from_bytes(name.to_bytes()));
            concerns |= name.is_none_or(|name| self.first_names.contains(name));
            if reader.is_buffer_empty() {
                break;
            }
        }
        if concerns {
            self.sweep()
        } else {
            Ok(Vec::new())
        }
    }

    /// Looks at every name, and moves away what is there.
    pub fn sweep(&mut self) -> Result<Vec<Moved>, RunError> {
        let mut moved = Vec::new();
        for place in &self.places {
            for name in &place.names {
                let found = remove(place, name);
                let found = found.map_err(|errno| {
                    RunError::on(
                        "move a file that the host would run",
                        &place.path.join(name),
                        errno,
                    )
                })?;
                moved.extend(found);
            }
        }
        self.moved += moved.len();
        if self.moved > MOST {
            return Err(RunError::new(format_args!(
                "protect files that the host runs, on the sandbox: it made such files more than {MOST} times"
            )));
        }
        Ok(moved)
    }
}

/// Walks down without following a link; a link on the way could lead to such a file, and is moved itself.
fn remove(place: &Place, name: &Path) -> Result<Option<Moved>, Errno> {
    let mut at = openat(&place.directory, c".", DIRECTORY, Mode::empty())?;
    let mut path = place.path.clone();
    let mut parts = name.iter().peekable();
    while let Some(part) = parts.next() {
        let status = match statat(&at, part, AtFlags::SYMLINK_NOFOLLOW) {
            Err(Errno::NOENT | Errno::NOTDIR) => return Ok(None),
            other => other?,
        };
        let is_directory = FileType::from_raw_mode(status.st_mode) == FileType::Directory;
        let is_link = FileType::from_raw_mode(status.st_mode) == FileType::Symlink;
        if parts.peek().is_none() || is_link {
            return set_aside(&at, part).map(|to| {
                to.map(|to| Moved {
                    from: path.join(part),
                    to: path.join(to),
                })
            });
        }
        if !is_directory {
            return Ok(None);
        }
        at = match openat(&at, part, DIRECTORY, Mode::empty()) {
            Err(Errno::NOENT | Errno::NOTDIR | Errno::LOOP) => return Ok(None),
            other => other?,
        };
        path.push(part);
    }
    Ok(None)
}

/// Gives it the first free name; `None` if it is gone meanwhile.
fn set_aside(directory: &OwnedFd, name: &OsStr) -> Result<Option<OsString>, Errno> {
    for number in 1..=MOST {
        let mut to = name.to_owned();
        to.push(MOVED);
        if number > 1 {
            to.push(format!("-{number}"));
        }
        match renameat_with(directory, name, directory, &to, RenameFlags::NOREPLACE) {
            Ok(()) => return Ok(Some(to)),
            Err(Errno::EXIST) => (),
            Err(Errno::NOENT) => return Ok(None),
            Err(errno) => return Err(errno),
        }
    }
    Err(Errno::EXIST)
}

impl std::fmt::Display for Moved {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let shown = |path: &Path| Escaped(path.as_os_str().as_bytes()).to_string();
        write!(out, "moved {} to {}", shown(&self.from), shown(&self.to))?;
        let row = HOST_EXECUTED
            .iter()
            .find(|row| self.from.ends_with(row.name));
        match row {
            Some(row) => write!(out, ": {} (--allow-host-executed lets it stay)", row.why),
            None => out.write_str(
                ": the host would run what it names (--allow-host-executed lets it stay)",
            ),
        }
    }
}
