//! A directory of its own for each test, removed at the end.

use std::fs::{self, DirBuilder, Permissions};
use std::io;
use std::os::unix::fs::{DirBuilderExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};

/// A temporary directory under `/tmp`, mode 0700, owned by the runner.
#[derive(Debug)]
pub struct Scratch {
    path: PathBuf,
}

static NEXT: AtomicU32 = AtomicU32::new(0);

impl Scratch {
    /// Makes a fresh directory; fails the test when it cannot.
    #[expect(
        clippy::new_without_default,
        reason = "makes a directory: not a default value"
    )]
    pub fn new() -> Self {
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        let path = PathBuf::from(format!("/tmp/aril-test-{}-{number}", std::process::id()));
        DirBuilder::new()
            .mode(0o700)
            .create(&path)
            .expect("make the test's directory");
        Self { path }
    }

    /// The directory itself.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// A name in the directory, which need not exist, as an argument.
    pub fn at(&self, name: &str) -> String {
        self.path
            .join(name)
            .into_os_string()
            .into_string()
            .expect("test paths are text")
    }

    /// Makes a directory in it and returns its path.
    pub fn dir(&self, name: &str) -> String {
        let path = self.at(name);
        fs::create_dir_all(&path).expect("make a directory");
        path
    }

    /// Writes a file in it and returns its path.
    pub fn file(&self, name: &str, content: &str) -> String {
        let path = self.at(name);
        fs::write(&path, content).expect("write a file");
        path
    }

    /// Reads a file in it.
    pub fn read(&self, name: &str) -> String {
        fs::read_to_string(self.at(name)).expect("read a file")
    }

    /// The permission bits of a name in it.
    pub fn mode(&self, name: &str) -> u32 {
        fs::symlink_metadata(self.at(name))
            .expect("stat a file")
            .permissions()
            .mode()
            & 0o7777
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        // An overlay leaves a directory without any permission in its work directory.
        let removed = fs::remove_dir_all(&self.path).or_else(|_| {
            unlock(&self.path)?;
            fs::remove_dir_all(&self.path)
        });
        if let Err(error) = removed {
            eprintln!("remove {}: {error}", self.path.display());
        }
    }
}

/// Gives the owner every permission on all directories below one.
fn unlock(path: &Path) -> io::Result<()> {
    fs::set_permissions(path, Permissions::from_mode(0o700))?;
    for entry in fs::read_dir(path)? {
        let entry = entry?;
        if entry.file_type()?.is_dir() {
            unlock(&entry.path())?;
        }
    }
    Ok(())
}
