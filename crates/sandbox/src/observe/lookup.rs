//! A path, looked up inside and outside.

use super::decide::{Place, State, Verdict, View, Writable};
use super::mounts::Mounts;
use crate::Missed;
use aril_sys::file::{self, S_IFLNK, S_IFSOCK};
use aril_sys::{Errno, Fd};
use std::collections::VecDeque;
use std::ffi::CString;
use std::os::fd::OwnedFd;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

/// As many symlinks as the kernel follows.
const MOST_LINKS: usize = 40;
/// Directories below each other that are held open; paths are not so deep in earnest.
const DEEPEST: usize = 64;

/// One side: a root, and which mounts may be looked into.
#[derive(Clone, Copy)]
pub(crate) struct Side<'a> {
    pub(crate) root: Fd,
    pub(crate) mounts: &'a Mounts,
}

/// What a path leads to on one side.
enum Found {
    File(OwnedFd),
    Missing,
    Unknown,
}

impl Side<'_> {
    /// Walks name by name, since before each step it must be known on which filesystem it is made.
    fn find(&self, path: &Path, follows: bool) -> Found {
        match self.walk(path, follows) {
            Ok(Some(fd)) => Found::File(fd),
            Err(Errno::ENOENT | Errno::ENOTDIR) => Found::Missing,
            Ok(None) | Err(_) => Found::Unknown,
        }
    }

    fn walk(&self, path: &Path, follows: bool) -> Result<Option<OwnedFd>, Errno> {
        let mut names: VecDeque<Vec<u8>> = parts(path.as_os_str().as_bytes()).collect();
        let mut above = vec![open(self.root, b".")?];
        let mut links = 0;
        while let Some(name) = names.pop_front() {
            let Some(top) = above.last().map(Fd::from) else {
                return Ok(None);
            };
            if name == b".." {
                if above.len() > 1 {
                    above.pop();
                }
                continue;
            }
            if above.len() >= DEEPEST || !self.mounts.is_local(file::mount_id_of(top)?) {
                return Ok(None);
            }
            let next = open(top, &name)?;
            let is_link = file::status(Fd::from(&next))?.kind() == S_IFLNK;
            if !is_link || (names.is_empty() && !follows) {
                above.push(next);
                continue;
            }
            links += 1;
            if links > MOST_LINKS {
                return Ok(None);
            }
            let mut buffer = [0; 4096];
            let target = file::read_link(Fd::from(&next), c"", &mut buffer)?;
            if target.starts_with(b"/") {
                above.truncate(1);
            }
            for part in parts(target).collect::<Vec<_>>().into_iter().rev() {
                names.push_front(part);
            }
        }
        Ok(above.pop())
    }

    fn state(&self, path: &Path, follows: bool) -> State {
        let fd = match self.find(path, follows) {
            Found::File(fd) => fd,
            Found::Missing => return State::Missing,
            Found::Unknown => return State::Unknown,
        };
        // Permissions of a network's files may be asked of its server.
        let id = file::mount_id_of(Fd::from(&fd));
        if !id.is_ok_and(|id| self.mounts.is_local(id)) {
            return State::Unknown;
        }
        State::Found {
            readable: file::access_of(Fd::from(&fd), file::READABLE).is_ok(),
            writable: match file::access_of(Fd::from(&fd), file::WRITABLE) {
                Ok(()) => Writable::Yes,
                Err(Errno::EROFS) => Writable::ReadOnly,
                Err(_) => Writable::No,
            },
        }
    }
}

/// One name below a directory, opened without waking anything up.
fn open(directory: Fd, name: &[u8]) -> Result<OwnedFd, Errno> {
    let name = CString::new(name).map_err(|_| Errno::EINVAL)?;
    let flags = file::O_PATH | file::O_NOFOLLOW;
    Ok(file::open(directory, &name, flags, 0)?.into_owned())
}

fn parts(path: &[u8]) -> impl Iterator<Item = Vec<u8>> {
    let parts = path.split(|&byte| byte == b'/');
    parts
        .filter(|part| !part.is_empty() && *part != b".")
        .map(<[u8]>::to_vec)
}

/// Both sides of one path.
pub(crate) struct Sides<'a> {
    inside: Side<'a>,
    outside: Side<'a>,
    path: PathBuf,
    follows: bool,
}

impl<'a> Sides<'a> {
    pub(crate) fn new(inside: Side<'a>, outside: Side<'a>, path: PathBuf, follows: bool) -> Self {
        Self {
            inside,
            outside,
            path,
            follows,
        }
    }

    /// Whether a socket is there outside, and can be connected to, and nothing inside.
    pub(crate) fn misses_socket(&self) -> bool {
        let is_missing = matches!(self.inside.find(&self.path, true), Found::Missing);
        is_missing
            && match self.outside.find(&self.path, true) {
                Found::File(fd) => {
                    let status = file::status(Fd::from(&fd));
                    status.is_ok_and(|status| status.kind() == S_IFSOCK)
                        && file::access_of(Fd::from(&fd), file::WRITABLE).is_ok()
                }
                Found::Missing | Found::Unknown => false,
            }
    }

    pub(crate) fn into_path(self) -> PathBuf {
        self.path
    }

    /// A verdict, with the path that it is about.
    pub(crate) fn missed(&self, verdict: Verdict) -> Option<Missed> {
        let of = |place| self.place(place).map(Path::to_owned);
        Some(match verdict {
            Verdict::Hidden(place, wanted) => Missed::Hidden {
                path: of(place)?,
                wanted,
            },
            Verdict::ReadOnly(place) => Missed::ReadOnly { path: of(place)? },
        })
    }

    fn place(&self, place: Place) -> Option<&Path> {
        match place {
            Place::Itself => Some(&self.path),
            Place::Directory => self.path.parent(),
        }
    }

    fn state(&self, side: Side<'_>, place: Place) -> State {
        let follows = self.follows || place == Place::Directory;
        self.place(place)
            .map_or(State::Unknown, |path| side.state(path, follows))
    }
}

impl View for Sides<'_> {
    fn inside(&self, place: Place) -> State {
        self.state(self.inside, place)
    }

    fn outside(&self, place: Place) -> State {
        self.state(self.outside, place)
    }
}
