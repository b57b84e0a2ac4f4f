//! What is known of the host's file system.

use super::automount;
use crate::permissions::UserDir;
use rustix::fs::{FileType, Mode, OFlags, fstat, open, readlinkat};
use std::cell::RefCell;
use std::collections::BTreeMap;
use std::ffi::OsString;
use std::os::unix::ffi::OsStringExt;
use std::path::{Path, PathBuf};

/// What lies at a path; a symbolic link is not followed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PathKind {
    /// A directory.
    Directory,
    /// A regular file.
    File,
    /// A socket.
    Socket,
    /// A symbolic link and its text.
    Link(PathBuf),
    /// A device or a pipe, which are not exposed.
    Other,
    /// A directory of an automounter that does not answer. Nothing below it can be asked for.
    Silent,
}

/// Answers what lies at a path.
pub trait PathFacts {
    /// What lies there; `None` for nothing.
    fn kind(&self, path: &Path) -> Option<PathKind>;
}

/// A host written by hand.
impl PathFacts for BTreeMap<PathBuf, PathKind> {
    fn kind(&self, path: &Path) -> Option<PathKind> {
        self.get(path).cloned()
    }
}

/// The host that this program runs on.
#[derive(Clone, Copy, Debug, Default)]
pub struct HostFacts;

/// `O_PATH` neither mounts what an automounter has at the path itself, nor blocks on a pipe.
impl PathFacts for HostFacts {
    fn kind(&self, path: &Path) -> Option<PathKind> {
        if automount::is_asked_for(path) && automount::is_late(path) {
            return Some(PathKind::Silent);
        }
        let flags = OFlags::PATH | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        let fd = open(path, flags, Mode::empty()).ok()?;
        Some(match FileType::from_raw_mode(fstat(&fd).ok()?.st_mode) {
            FileType::Symlink => {
                let text = readlinkat(&fd, "", Vec::new()).ok()?;
                PathKind::Link(PathBuf::from(OsString::from_vec(text.into_bytes())))
            }
            FileType::Directory if automount::is_autofs(&fd) && automount::is_late(path) => {
                PathKind::Silent
            }
            FileType::Directory => PathKind::Directory,
            FileType::RegularFile => PathKind::File,
            FileType::Socket => PathKind::Socket,
            _ => PathKind::Other,
        })
    }
}

/// Facts that are asked for once: paths have most of what is above them in common, and one decision
/// does not see two states of one path.
pub(super) struct Remembered<'a, F> {
    facts: &'a F,
    known: RefCell<BTreeMap<PathBuf, Option<PathKind>>>,
}

impl<'a, F> Remembered<'a, F> {
    pub(super) fn new(facts: &'a F) -> Self {
        let known = RefCell::default();
        Self { facts, known }
    }
}

impl<F: PathFacts> PathFacts for Remembered<'_, F> {
    fn kind(&self, path: &Path) -> Option<PathKind> {
        if let Some(kind) = self.known.borrow().get(path) {
            return kind.clone();
        }
        let kind = self.facts.kind(path);
        self.known
            .borrow_mut()
            .insert(path.to_owned(), kind.clone());
        kind
    }
}

/// The places that tokens stand for.
#[derive(Clone, Debug, Default)]
pub struct HostPlaces {
    /// The home directory.
    pub home: PathBuf,
    /// The user's directories and the base directories; one that is not configured is absent.
    pub user_dirs: BTreeMap<UserDir, PathBuf>,
    /// The names in `/`.
    pub root_names: Vec<OsString>,
    /// `~/.var/app/ID`, unless the application keeps nothing. It is made before.
    pub app_directory: Option<PathBuf>,
    /// The directories of the names that the application had before.
    pub previous_app_directories: Vec<PathBuf>,
    /// The user's installation, which is hidden.
    pub user_installation: Option<PathBuf>,
}
