//! What can go wrong when looking for what is installed.

use crate::deploy::DeployError;
use crate::keyfile::KeyFileError;
use crate::metadata::MetadataError;
use crate::permissions::PermissionError;
use crate::text::{shown, shown_path};
use std::error::Error;
use std::fmt::{self, Display, Formatter};
use std::io;
use std::path::{Path, PathBuf};

/// Why something installed was not found or could not be read.
#[derive(Debug)]
pub enum InstallationError {
    /// A file or directory could not be read.
    Read(PathBuf, io::Error),
    /// A file is not a key file, or a value in it is wrong.
    KeyFile(PathBuf, KeyFileError),
    /// A file's metadata is wrong.
    Metadata(PathBuf, MetadataError),
    /// A file's permissions are wrong.
    Permission(PathBuf, PermissionError),
    /// A file `deploy` is wrong.
    Deploy(PathBuf, DeployError),
    /// A link that flatpak makes leads somewhere else.
    Link(PathBuf),
    /// The metadata is that of something else.
    WrongName(PathBuf),
    /// Nothing of that name is installed.
    NotInstalled(String),
    /// Several branches are installed and none is current.
    Ambiguous(String, Vec<String>),
}

impl InstallationError {
    pub(super) fn read(path: &Path) -> impl FnOnce(io::Error) -> Self {
        let path = path.to_owned();
        move |error| Self::Read(path, error)
    }
}

impl Error for InstallationError {}

impl Display for InstallationError {
    fn fmt(&self, out: &mut Formatter<'_>) -> fmt::Result {
        let path = |path: &Path| format!("on {}", shown_path(path));
        match self {
            Self::Read(at, error) => write!(out, "read installation, {}: {error}", path(at)),
            Self::KeyFile(at, error) => write!(out, "read installation, {}: {error}", path(at)),
            Self::Metadata(at, error) => write!(out, "read metadata, {}: {error}", path(at)),
            Self::Permission(at, error) => write!(out, "read override, {}: {error}", path(at)),
            Self::Deploy(at, error) => write!(out, "read installation, {}: {error}", path(at)),
            Self::Link(at) => write!(out, "read link, {}: it leads elsewhere", path(at)),
            Self::WrongName(at) => {
                write!(out, "read metadata, {}: it names something else", path(at))
            }
            Self::NotInstalled(name) => write!(out, "find, on {}: not installed", shown(name)),
            Self::Ambiguous(name, found) => {
                let found = found.join(", ");
                write!(
                    out,
                    "find, on {}: several are installed: {}",
                    shown(name),
                    shown(&found)
                )
            }
        }
    }
}
