//! A home directory with a project in it, and a runtime directory of its owner's.

use super::program;
use std::ffi::OsStr;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;
use std::process::{Command, Output, Stdio};
use tempfile::TempDir;

/// One test's surroundings. A test program adds what it does with them.
pub struct Project {
    place: TempDir,
}

impl Project {
    /// `home/project` and `runtime`, and these directories.
    pub fn with(directories: &[&str]) -> Self {
        let place = tempfile::tempdir().unwrap();
        for directory in [&["home/project", "runtime"], directories].concat() {
            fs::create_dir_all(place.path().join(directory)).unwrap();
        }
        let mode = fs::Permissions::from_mode(0o700);
        fs::set_permissions(place.path().join("runtime"), mode).unwrap();
        Self { place }
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.place.path().join(name)
    }

    /// A program in the project, with no variable but the necessary ones.
    pub fn started(&self, program: impl AsRef<OsStr>) -> Command {
        let mut command = Command::new(program);
        command.current_dir(self.path("home/project"));
        command.env_clear().env("PATH", "/usr/bin:/bin");
        command.env("HOME", self.path("home"));
        command.env("XDG_RUNTIME_DIR", self.path("runtime"));
        command.stdin(Stdio::null());
        command
    }

    /// `aril` with these words.
    pub fn command(&self, words: &[&str]) -> Command {
        let mut command = self.started(program());
        command.args(words);
        command
    }

    pub fn aril(&self, words: &[&str]) -> Output {
        self.command(words).output().unwrap()
    }
}
