//! A directory for the time of a measurement.

use crate::error::{Error, failed};
use std::fs::DirBuilder;
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

/// A filesystem in memory that everybody can write.
const MEMORY: &str = "/dev/shm";

/// A directory of our own, removed at the end.
pub(crate) struct Scratch(PathBuf);

impl Scratch {
    /// Makes one, under a name that nobody else has: a name that exists is an error.
    pub(crate) fn new() -> Result<Self, Error> {
        Self::below(&std::env::temp_dir())
    }

    /// The same in another directory.
    pub(crate) fn below(directory: &Path) -> Result<Self, Error> {
        let moment = SystemTime::now()
            .duration_since(SystemTime::UNIX_EPOCH)
            .map_or(0, |since| since.as_nanos());
        let name = format!("aril-benches-{}-{moment:x}", std::process::id());
        let path = directory.join(name);
        let action = format!("make the directory {}", path.display());
        let made = DirBuilder::new().mode(0o700).create(&path);
        made.map_err(failed(action))?;
        Ok(Self(path))
    }

    /// One for `$XDG_RUNTIME_DIR`: in memory, as a session has it, if there is such a filesystem that
    /// everybody can write, and else in this directory.
    pub(crate) fn of_session(otherwise: &Path) -> Result<Self, Error> {
        Self::below(Path::new(MEMORY)).or_else(|_| Self::below(otherwise))
    }

    pub(crate) fn path(&self) -> &Path {
        &self.0
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        if let Err(error) = std::fs::remove_dir_all(&self.0) {
            eprintln!("aril-benches: remove {}: {error}", self.0.display());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_is_left() {
        let scratch = Scratch::new().expect("a directory");
        let path = scratch.path().to_owned();
        std::fs::write(path.join("file"), "x").expect("a file");
        drop(scratch);
        assert!(!path.exists());
    }
}
