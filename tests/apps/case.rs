//! One test's own user: a home directory, a runtime directory and a copy of the installation.

use crate::fixture::{Workshop, workshop};
use aril_tests::{Bwrap, under_test};
use std::fs::{self, DirBuilder};
use std::os::unix::fs::{DirBuilderExt, symlink};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};

/// Who runs the application.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Runner {
    /// Ours.
    Aril,
    /// The original, whose defects are the controls.
    Flatpak,
}

/// A user's directories.
#[derive(Debug)]
pub(crate) struct Case {
    place: PathBuf,
}

impl Case {
    /// A user who has what is installed in the workshop.
    pub(crate) fn new() -> Self {
        Self::of(workshop())
    }

    /// A user who has what is installed in a workshop. The files are hard links.
    pub(crate) fn of(workshop: &Workshop) -> Self {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        let case = Self {
            place: workshop.path("cases").join(number.to_string()),
        };
        for name in ["", "home", "run", "installation", "system", "etc"] {
            let made = DirBuilder::new().mode(0o700).create(case.place.join(name));
            made.expect("make a directory");
        }
        // Flatpak wants to open the repository of a system's installation, and only root may make it.
        let repository = case.system().join("repo");
        for name in [
            "objects",
            "refs/heads",
            "refs/remotes",
            "refs/mirrors",
            "tmp",
            "state",
        ] {
            fs::create_dir_all(repository.join(name)).expect("make a directory");
        }
        let config = "[core]\nrepo_version=1\nmode=bare-user-only\n";
        fs::write(repository.join("config"), config).expect("write a file");
        for name in ["app", "runtime"] {
            let from = workshop.installation().join(name);
            link_tree(&from, &case.installation().join(name));
        }
        case
    }

    /// The directory of it all.
    pub(crate) fn place(&self) -> &Path {
        &self.place
    }

    /// A text in which `CASE` stands for this place.
    pub(crate) fn here(&self, text: &str) -> String {
        text.replace("CASE", self.place.to_str().expect("text"))
    }

    /// The home directory.
    pub(crate) fn home(&self) -> PathBuf {
        self.place.join("home")
    }

    /// The runtime directory.
    pub(crate) fn run_dir(&self) -> PathBuf {
        self.place.join("run")
    }

    /// The user's installation.
    pub(crate) fn installation(&self) -> PathBuf {
        self.place.join("installation")
    }

    /// The system's installation, which has nothing but overrides.
    pub(crate) fn system(&self) -> PathBuf {
        self.place.join("system")
    }

    /// An application's data directory.
    pub(crate) fn data(&self, id: &str) -> PathBuf {
        self.home().join(".var/app").join(id)
    }

    /// Where the active deployment of `app/ID` or `runtime/ID` is.
    pub(crate) fn deployment(&self, name: &str) -> PathBuf {
        let branch = self.installation().join(name).join(std::env::consts::ARCH);
        branch.join(crate::fixture::BRANCH).join("active")
    }

    /// Makes a directory in the home directory.
    pub(crate) fn home_dir(&self, name: &str) -> PathBuf {
        let path = self.home().join(name);
        fs::create_dir_all(&path).expect("make a directory");
        path
    }

    /// A command of one of the two, with this user's environment and no bus.
    pub(crate) fn command(&self, runner: Runner) -> Bwrap {
        let program = match runner {
            Runner::Aril => under_test::aril().to_owned(),
            Runner::Flatpak => "flatpak".into(),
        };
        let text = |path: PathBuf| path.into_os_string().into_string().expect("text");
        Bwrap::of(program)
            .env("HOME", &text(self.home()))
            .env("XDG_RUNTIME_DIR", &text(self.run_dir()))
            .env("FLATPAK_USER_DIR", &text(self.installation()))
            .env("FLATPAK_SYSTEM_DIR", &text(self.system()))
            .env("FLATPAK_CONFIG_DIR", &text(self.place.join("etc")))
            .env("DBUS_SYSTEM_BUS_ADDRESS", "disabled:")
    }

    /// `run` with words behind it: options, the id, arguments.
    pub(crate) fn run(&self, runner: Runner, words: &[&str]) -> Bwrap {
        self.command(runner).args(["run"]).args(words)
    }
}

impl Drop for Case {
    fn drop(&mut self) {
        if let Err(error) = fs::remove_dir_all(&self.place) {
            eprintln!("remove {}: {error}", self.place.display());
        }
    }
}

/// Copies a tree, with hard links for its files.
fn link_tree(from: &Path, to: &Path) {
    fs::create_dir(to).expect("make a directory");
    for entry in fs::read_dir(from).expect("list a directory") {
        let entry = entry.expect("an entry");
        let target = to.join(entry.file_name());
        let kind = entry.file_type().expect("a kind");
        if kind.is_dir() {
            link_tree(&entry.path(), &target);
        } else if kind.is_symlink() {
            let link = fs::read_link(entry.path()).expect("read a link");
            symlink(link, target).expect("make a link");
        } else {
            fs::hard_link(entry.path(), target).expect("make a hard link");
        }
    }
}
