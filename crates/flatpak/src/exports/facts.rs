//! What is known of the host's file system.

use crate::permissions::UserDir;
use std::collections::BTreeMap;
use std::ffi::OsString;
use std::fs;
use std::os::unix::fs::FileTypeExt;
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

impl PathFacts for HostFacts {
    fn kind(&self, path: &Path) -> Option<PathKind> {
        let kind = fs::symlink_metadata(path).ok()?.file_type();
        Some(if kind.is_symlink() {
            PathKind::Link(fs::read_link(path).ok()?)
        } else if kind.is_dir() {
            PathKind::Directory
        } else if kind.is_file() {
            PathKind::File
        } else if kind.is_socket() {
            PathKind::Socket
        } else {
            PathKind::Other
        })
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
