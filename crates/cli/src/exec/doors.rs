//! What the launcher has open decides, not what lies at a path by the time that it is looked at.
//!
//! Somebody who can write above a directory, another user or a sandbox that runs there already, can put a
//! link in its place between two looks: what is mounted would be another directory than the one whose files
//! were looked at. So the current directory and the paths that are named are opened before anything is
//! decided about them, and what is open is what is mounted.

use crate::error::RunError;
use aril_profile::Settings;
use aril_sandbox::Spec;
use aril_sandbox::spec::{Node, Source};
use aril_sandbox::sys::{self, file};
use rustix::fs::{Mode, OFlags, ResolveFlags, open, openat2};
use rustix::io::Errno;
use std::os::fd::{AsRawFd, OwnedFd};
use std::path::{Path, PathBuf};

const PLACE: OFlags = OFlags::PATH.union(OFlags::CLOEXEC);

/// Directories and files of the host, held open under the paths by which they are called.
#[derive(Debug, Default)]
pub struct Held {
    places: Vec<(PathBuf, OwnedFd)>,
}

impl Held {
    /// Opens the current directory, and what the settings give. What cannot be opened is left to its path:
    /// there it is missed with better words, or passed over.
    pub fn open(cwd: Option<&Path>, settings: &Settings) -> Result<Self, RunError> {
        let mut held = Self::default();
        if let Some(path) = cwd {
            let fd = open(".", PLACE | OFlags::DIRECTORY, Mode::empty());
            let fd = fd.map_err(|errno| RunError::on("open the current directory", path, errno))?;
            held.places.push((path.to_owned(), fd));
        }
        let given = settings.paths.iter().map(|path| &path.value);
        let given = given.filter(|rule| rule.reach.is_shown());
        for rule in given {
            if held.at(&rule.path).is_none()
                && let Ok(fd) = open_named(&rule.path)
            {
                held.places.push((rule.path.clone(), fd));
            }
        }
        Ok(held)
    }

    /// Lets the spec's mounts of these paths be mounts of what is open. The descriptor is compared with what
    /// is found again when it is mounted, and another file stops the start.
    pub fn give(&self, spec: &mut Spec) {
        for entry in &mut spec.tree {
            if let Node::Bind(bind) = &mut entry.node
                && let Source::Path(path) = &bind.source
                && let Some(fd) = self.at(path)
            {
                bind.source = Source::Fd(fd.as_raw_fd());
            }
        }
    }

    /// Opens a directory at or below one of them, and no other; `None` if the path lies elsewhere.
    pub fn open_below(&self, path: &Path, flags: OFlags) -> Option<Result<OwnedFd, Errno>> {
        let around = self.places.iter();
        let around = around.filter_map(|(top, fd)| Some((fd, path.strip_prefix(top).ok()?)));
        let (fd, below) = around.min_by_key(|(_, below)| below.components().count())?;
        let below = Path::new(".").join(below);
        let resolve = ResolveFlags::BENEATH | ResolveFlags::NO_MAGICLINKS;
        Some(openat2(fd, below, flags, Mode::empty(), resolve))
    }

    fn at(&self, path: &Path) -> Option<&OwnedFd> {
        let mut places = self.places.iter();
        places.find(|(held, _)| held == path).map(|(_, fd)| fd)
    }
}

/// As a directory first: then an automounter mounts what is to be there.
fn open_named(path: &Path) -> Result<OwnedFd, Errno> {
    match open(path, PLACE | OFlags::DIRECTORY, Mode::empty()) {
        Err(Errno::NOTDIR) => open(path, PLACE, Mode::empty()),
        other => other,
    }
}

/// Refuses a directory as standard input, output or error: every path of the host's could be walked from
/// there where no Landlock holds.
pub fn refuse_directories() -> Result<(), RunError> {
    for (number, name) in [(0, "input"), (1, "output"), (2, "error")] {
        let status = file::status(sys::Fd::new(number));
        if status.is_ok_and(|status| status.is_directory()) {
            return Err(RunError::new(format_args!(
                "start the command, on standard {name}: it is a directory, which leads out of the sandbox"
            )));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use aril_profile::{PathRule, Reach, Sourced, Stance};
    use aril_sandbox::{Access, Entry};
    use std::fs;
    use std::os::unix::fs::{MetadataExt, symlink};

    fn settings(path: &Path) -> Settings {
        let rule = PathRule {
            path: path.to_owned(),
            reach: Reach::ReadWrite,
            stance: Stance::Required,
        };
        Settings {
            paths: vec![Sourced::new(rule, "test")],
            ..Settings::default()
        }
    }

    #[test]
    fn what_was_there_when_it_was_opened_is_what_is_given() {
        let place = tempfile::tempdir().unwrap();
        let at = |name: &str| place.path().join(name);
        fs::create_dir_all(at("data/below")).unwrap();
        fs::create_dir_all(at("secret/below")).unwrap();
        let inode = |path| fs::metadata(path).unwrap().ino();
        let (data, below) = (inode(at("data")), inode(at("data/below")));
        let held = Held::open(None, &settings(&at("data"))).unwrap();
        fs::rename(at("data"), at("moved")).unwrap();
        symlink("secret", at("data")).unwrap();
        let bind = Entry::bind(at("data"), "/data", Access::ReadWrite);
        let mut spec = Spec::new("/bin/true");
        spec.tree = vec![bind.clone()];
        // The control: by its path it would be another one.
        assert_ne!(inode(at("data")), data);
        held.give(&mut spec);
        let Node::Bind(given) = &spec.tree[0].node else {
            panic!("{spec:?}");
        };
        let Source::Fd(fd) = given.source else {
            panic!("{given:?}");
        };
        assert_eq!(file::status(sys::Fd::new(fd)).unwrap().inode, data);
        let opened = held.open_below(&at("data/below"), PLACE).unwrap().unwrap();
        assert_eq!(file::status((&opened).into()).unwrap().inode, below);
        symlink("../secret", at("moved/out")).unwrap();
        assert!(held.open_below(&at("data/out"), PLACE).unwrap().is_err());
        assert!(held.open_below(&at("other"), PLACE).is_none());
    }
}
