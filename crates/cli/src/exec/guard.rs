//! Files that the host runs later and that did not exist: moved out of the way when they appear.
//!
//! What exists is mounted read-only on itself. What does not exist has nothing to mount on, and the
//! kernel has no rule that forbids a name. So the directories are watched (`inotify(7)`): what appears
//! is renamed at once, by descriptors and without following a link, and nothing of it is lost. A last
//! look at the end finds what lies deeper. Between its appearance and the rename, some microseconds to
//! milliseconds, such a file exists.
//!
//! The payload owns the directories, and may take names and permissions away from whoever moves its
//! files: a new name has random digits when the plain ones are taken, permissions are given back, and
//! one name that cannot be moved does not keep the others.

use super::doors::Held;
use super::nested::Search;
use crate::error::RunError;
use aril_profile::{Composed, HOST_EXECUTED, Watched};
use aril_sandbox::Access;
use aril_sandbox::spec::Node;
use aril_sandbox::{Escaped, sys};
use rustix::fs::inotify::{self, CreateFlags, WatchFlags};
use rustix::fs::{
    Access as Permission, AtFlags, FileType, Mode, OFlags, RenameFlags, Stat, accessat, chmod,
    fstat, open, openat, readlinkat, renameat_with, statat,
};
use rustix::io::Errno;
use rustix::process::geteuid;
use rustix::rand::{GetRandomFlags, getrandom};
use std::collections::BTreeSet;
use std::ffi::{OsStr, OsString};
use std::mem::MaybeUninit;
use std::os::fd::{AsRawFd, OwnedFd};
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};
use std::time::{SystemTime, UNIX_EPOCH};

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
/// So many names are tried in order, and then as many with random digits.
const TRIES: usize = 8;

/// A directory and the names that must not appear in it.
#[derive(Debug)]
struct Place {
    directory: OwnedFd,
    path: PathBuf,
    names: Vec<PathBuf>,
    /// Links that lead nowhere and were there before: the user's own.
    links: Vec<Link>,
}

/// A link as it was. An inode's number is given again to the next file when one is removed, so that the
/// time of its last change and what it says count too; nobody can set that time (`inode(7)`, ctime).
#[derive(Debug, PartialEq, Eq)]
struct Link {
    inode: (u64, u64),
    changed: (i64, i64),
    text: Vec<u8>,
}

impl Link {
    fn read(at: &OwnedFd, name: &Path, status: &Stat) -> Option<Self> {
        Some(Self {
            inode: (status.st_dev, status.st_ino),
            changed: (status.st_ctime, status.st_ctime_nsec as i64),
            text: readlinkat(at, name, Vec::new()).ok()?.into_bytes(),
        })
    }
}

/// The watch over all of them.
#[derive(Debug)]
pub struct Guard {
    inotify: Option<OwnedFd>,
    places: Vec<Place>,
    first_names: BTreeSet<OsString>,
    moved: Vec<Moved>,
    /// Directories below which repositories are looked at in the end.
    tops: Vec<Top>,
    /// What cannot be written inside.
    pinned: BTreeSet<PathBuf>,
    /// When it began, in seconds since 1970.
    since: i64,
    /// Directories that have more below them than was looked at.
    unfinished: Vec<PathBuf>,
}

/// A directory that can be written.
#[derive(Debug)]
struct Top {
    directory: OwnedFd,
    path: PathBuf,
    /// The same without symlinks.
    real: PathBuf,
}

/// What became of a file that must not appear.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Moved {
    /// Where it was.
    pub from: PathBuf,
    /// Where it is.
    pub to: PathBuf,
}

impl Place {
    fn add(&mut self, name: &Path) {
        self.names.push(name.to_owned());
        let first = name.iter().next().unwrap_or_default();
        let status = statat(&self.directory, first, AtFlags::SYMLINK_NOFOLLOW);
        if let Ok(status) = status
            && FileType::from_raw_mode(status.st_mode) == FileType::Symlink
        {
            let link = Link::read(&self.directory, Path::new(first), &status);
            self.links.extend(link);
        }
    }

    /// Whether it is a link of the user's own that leads nowhere, now as before.
    fn is_idle(&self, at: &OwnedFd, part: &OsStr, status: &Stat) -> bool {
        let now = Link::read(at, Path::new(part), status);
        let known = now.is_some_and(|now| self.links.contains(&now));
        known && matches!(statat(at, part, AtFlags::empty()), Err(Errno::NOENT))
    }
}

const LIFTED: &str = "another user's directory that cannot be searched cannot be watched: name what is \
     needed in it, or lift the protection with --allow-host-executed";

/// A directory of the user's own can be made searchable again; another's cannot.
fn can_search(directory: &OwnedFd) -> Result<(), Errno> {
    match accessat(directory, ".", Permission::EXEC_OK, AtFlags::empty()) {
        Err(Errno::ACCESS) if fstat(directory)?.st_uid == geteuid().as_raw() => Ok(()),
        other => other,
    }
}

fn failed(path: &Path, errno: Errno) -> RunError {
    let error = RunError::on("watch for files that the host runs", path, errno);
    match errno {
        Errno::ACCESS => error.with_hint(LIFTED),
        _ => error,
    }
}

impl Guard {
    /// Opens the directories. To be called before the payload begins: later they could be others.
    pub fn open(composed: &Composed, held: &Held) -> Result<Self, RunError> {
        let since = SystemTime::now().duration_since(UNIX_EPOCH);
        let mut places: Vec<Place> = Vec::new();
        for Watched { directory, name } in &composed.watched {
            if let Some(place) = places.iter_mut().find(|place| place.path == *directory) {
                place.add(name);
                continue;
            }
            let fd = open_at(directory, held).map_err(|errno| failed(directory, errno))?;
            can_search(&fd).map_err(|errno| failed(directory, errno))?;
            let mut place = Place {
                directory: fd,
                path: directory.clone(),
                names: Vec::new(),
                links: Vec::new(),
            };
            place.add(name);
            places.push(place);
        }
        let names = composed
            .watched
            .iter()
            .filter_map(|watched| watched.name.iter().next());
        let first_names = names.map(OsStr::to_owned).collect();
        Ok(Self {
            inotify: None,
            places,
            first_names,
            moved: Vec::new(),
            tops: tops(&composed.searched, held)?,
            pinned: pinned(composed),
            since: since.map_or(0, |since| since.as_secs() as i64),
            unfinished: Vec::new(),
        })
    }

    /// Begins to watch, and looks what has appeared until now.
    pub fn begin(&mut self) -> Result<(), RunError> {
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
    pub fn answer(&mut self) -> Result<(), RunError> {
        let Some(inotify) = &self.inotify else {
            return Ok(());
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
            self.sweep()?;
        }
        if self.moved.len() > MOST {
            return Err(RunError::new(format_args!(
                "protect files that the host runs, on the sandbox: it made such files more than {MOST} times"
            )));
        }
        Ok(())
    }

    /// Looks at every name, and moves away what is there. The first failure is returned when every name
    /// was looked at.
    pub fn sweep(&mut self) -> Result<(), RunError> {
        let mut failed = None;
        for place in &self.places {
            for name in &place.names {
                match remove(place, name) {
                    Ok(found) => self.moved.extend(found),
                    Err(errno) => {
                        let path = place.path.join(name);
                        let what = "move a file that the host would run";
                        failed.get_or_insert_with(|| RunError::on(what, &path, errno));
                    }
                }
            }
        }
        failed.map_or(Ok(()), Err)
    }

    /// The last look, when nothing inside runs any more: at every name, and at repositories below.
    pub fn finish(&mut self) -> Result<(), RunError> {
        let mut failed = self.sweep().err();
        for top in &self.tops {
            let paths = [top.path.as_path(), top.real.as_path()];
            let search = Search::new(&top.directory, paths, (&self.pinned, self.since));
            let (offences, is_whole) = search.run();
            if !is_whole {
                self.unfinished.push(top.path.clone());
            }
            for offence in offences {
                let from = offence.directory.join(&offence.name);
                let moved = permitted(&offence.at, || set_aside(&offence.at, &offence.name));
                match moved {
                    Ok(to) => self.moved.extend(to.map(|to| Moved {
                        from,
                        to: offence.directory.join(to),
                    })),
                    Err(errno) => {
                        let what = "move a file that the host would run";
                        failed.get_or_insert_with(|| RunError::on(what, &from, errno));
                    }
                }
            }
        }
        failed.map_or(Ok(()), Err)
    }

    /// The directories that are watched and looked through.
    pub fn directories(&self) -> impl Iterator<Item = sys::Fd> {
        let places = self.places.iter().map(|place| &place.directory);
        let tops = self.tops.iter().map(|top| &top.directory);
        places.chain(tops).map(sys::Fd::from)
    }

    /// What the user should know of it, a line each.
    pub fn lines(&self) -> impl Iterator<Item = String> {
        let moved = self.moved.iter().map(|moved| format!("warning: {moved}\n"));
        let unfinished = self.unfinished.iter().map(|path| {
            let path = Escaped(path.as_os_str().as_bytes());
            format!("warning: {path} has too many directories: not all were looked through for repositories that make git run programs\n")
        });
        moved.chain(unfinished)
    }
}

fn open_at(directory: &Path, held: &Held) -> Result<OwnedFd, Errno> {
    let flags = DIRECTORY.difference(OFlags::NOFOLLOW);
    let below = held.open_below(directory, flags);
    below.unwrap_or_else(|| open(directory, flags, Mode::empty()))
}

fn tops(searched: &[PathBuf], held: &Held) -> Result<Vec<Top>, RunError> {
    let top = |path: &PathBuf| {
        let directory = open_at(path, held);
        Ok(Top {
            directory: directory
                .map_err(|errno| RunError::on("look for repositories later", path, errno))?,
            path: path.clone(),
            real: std::fs::canonicalize(path).unwrap_or_else(|_| path.clone()),
        })
    };
    searched.iter().map(top).collect()
}

/// What is mounted read-only on itself.
fn pinned(composed: &Composed) -> BTreeSet<PathBuf> {
    let entries = composed.spec.tree.iter();
    let pinned = entries.filter(|entry| {
        matches!(
            entry.node,
            Node::Pin {
                access: Access::ReadOnly,
                ..
            }
        )
    });
    pinned.map(|entry| entry.target.clone()).collect()
}

/// Walks down without following a link; a link on the way could lead to such a file, and is moved itself.
fn remove(place: &Place, name: &Path) -> Result<Option<Moved>, Errno> {
    let mut opened = None;
    let mut path = place.path.clone();
    let mut parts = name.iter().peekable();
    while let Some(part) = parts.next() {
        let at = opened.as_ref().unwrap_or(&place.directory);
        let looked = || statat(at, part, AtFlags::SYMLINK_NOFOLLOW);
        let status = match permitted(at, looked) {
            Err(Errno::NOENT | Errno::NOTDIR) => return Ok(None),
            other => other?,
        };
        let kind = FileType::from_raw_mode(status.st_mode);
        if kind == FileType::Symlink && place.is_idle(at, part, &status) {
            return Ok(None);
        }
        if parts.peek().is_none() || kind == FileType::Symlink {
            let to = permitted(at, || set_aside(at, part))?;
            return Ok(to.map(|to| Moved {
                from: path.join(part),
                to: path.join(to),
            }));
        }
        if kind != FileType::Directory {
            return Ok(None);
        }
        opened = match openat(at, part, DIRECTORY, Mode::empty()) {
            Err(Errno::NOENT | Errno::NOTDIR | Errno::LOOP) => return Ok(None),
            other => Some(other?),
        };
        path.push(part);
    }
    Ok(None)
}

/// Does something in a directory, and once more with the owner's permissions if they were missing.
fn permitted<T>(directory: &OwnedFd, attempt: impl Fn() -> Result<T, Errno>) -> Result<T, Errno> {
    match attempt() {
        Err(Errno::ACCESS) => (),
        other => return other,
    }
    let mode = Mode::from_raw_mode(fstat(directory)?.st_mode) | Mode::RWXU;
    // A descriptor that only names a file takes no fchmod(2); the link of /proc leads to that file.
    chmod(format!("/proc/self/fd/{}", directory.as_raw_fd()), mode)?;
    attempt()
}

/// Gives it the first free name; `None` if it is gone meanwhile.
fn set_aside(directory: &OwnedFd, name: &OsStr) -> Result<Option<OsString>, Errno> {
    for number in 1..=2 * TRIES {
        let mut to = name.to_owned();
        to.push(MOVED);
        match number {
            1 => (),
            _ if number <= TRIES => to.push(format!("-{number}")),
            _ => to.push(format!("-{:016x}", random()?)),
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

fn random() -> Result<u64, Errno> {
    let mut bytes = [0; 8];
    getrandom(&mut bytes, GetRandomFlags::empty())?;
    Ok(u64::from_ne_bytes(bytes))
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
