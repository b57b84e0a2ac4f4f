//! Where the directories of instances are.

use super::{Directory, InstanceError};
use std::ffi::OsStr;
use std::io;
use std::path::{Path, PathBuf};

/// `$XDG_RUNTIME_DIR`, or what stands in for it.
#[derive(Debug)]
pub struct RuntimeDir {
    root: Directory,
    reason: Option<String>,
}

impl RuntimeDir {
    /// Opens the directory that `XDG_RUNTIME_DIR` names. If that is not set, or names what is not the
    /// user's alone (after `su` it is another user's), `cache` stands in, as it does for flatpak:
    /// `$XDG_CACHE_HOME` or `~/.cache`, which is made if it is missing.
    pub fn open(named: Option<&OsStr>, cache: &Path) -> Result<Self, InstanceError> {
        let found = match named.filter(|named| !named.is_empty()) {
            None => Err("it is not set".to_owned()),
            Some(named) if !Path::new(named).is_absolute() => Err("it is not absolute".to_owned()),
            Some(named) => {
                Directory::open_root(Path::new(named)).map_err(|error| error.to_string())
            }
        };
        match found {
            Ok(root) => Ok(Self { root, reason: None }),
            Err(reason) => Ok(Self {
                root: stand_in(cache)
                    .map_err(InstanceError::on("open a runtime directory", cache))?,
                reason: Some(reason),
            }),
        }
    }

    /// The same, by the process's environment variables.
    pub fn from_environment() -> Result<Self, InstanceError> {
        let named = std::env::var_os("XDG_RUNTIME_DIR");
        let set = |name| std::env::var_os(name).filter(|value| Path::new(value).is_absolute());
        let cache = set("XDG_CACHE_HOME").map(PathBuf::from);
        let cache = cache.or_else(|| Some(Path::new(&set("HOME")?).join(".cache")));
        Self::open(named.as_deref(), &cache.unwrap_or_default())
    }

    /// Why `XDG_RUNTIME_DIR` is not used, if it is not.
    pub fn reason(&self) -> Option<&str> {
        self.reason.as_deref()
    }

    /// The directory itself.
    pub fn root(&self) -> &Directory {
        &self.root
    }

    /// `aril` in it, which is the user's alone; made if it is missing.
    pub fn own(&self) -> Result<Directory, InstanceError> {
        self.make("aril")
    }

    /// `.flatpak` in it; made if it is missing.
    pub(super) fn instances(&self) -> Result<Directory, InstanceError> {
        self.make(".flatpak")
    }

    pub(super) fn make(&self, name: &str) -> Result<Directory, InstanceError> {
        let path = self.root.path().join(name);
        let made = self.root.make(OsStr::new(name), 0o700);
        made.map_err(InstanceError::on("make a directory", &path))
    }
}

fn stand_in(cache: &Path) -> io::Result<Directory> {
    if !cache.is_absolute() {
        return Err(io::Error::other("it is not absolute"));
    }
    std::fs::create_dir_all(cache)?;
    Directory::open_root(cache)
}
