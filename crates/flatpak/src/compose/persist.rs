//! Paths of the home directory that are kept in the application's own directory.
//!
//! The application can write that directory, so no symbolic link in it is followed: one that leads
//! to `~/.ssh` would otherwise bring it inside (CVE-2024-42472).

use super::Part;
use super::filesystems::mount_point::{beneath, directories};
use super::filesystems::{Missing, WritableDirectory};
use crate::permissions::{Origin, PersistPath};
use crate::text::{shown, shown_path};
use aril_sandbox::spec::{Bind, Devices, Source};
use aril_sandbox::{Access, Entry, Node};
use rustix::fs::{AtFlags, FileType, OFlags, statat};
use rustix::io::{Errno, fcntl_dupfd_cloexec};
use std::collections::BTreeMap;
use std::error::Error;
use std::fmt::{self, Display, Formatter};
use std::os::fd::{AsRawFd, BorrowedFd, OwnedFd};
use std::path::{Path, PathBuf};

const PLACE: OFlags = OFlags::PATH.union(OFlags::CLOEXEC);

/// What is kept, and where.
#[derive(Clone, Copy, Debug)]
pub struct Persist<'a> {
    /// The paths, relative to the home directory.
    pub paths: &'a BTreeMap<PersistPath, Origin>,
    /// The home directory, without links in its path ([`View::home`]): what is made on the way to
    /// it must not be in the way of the links that are made later.
    ///
    /// [`View::home`]: crate::exports::View::home
    pub home: &'a Path,
    /// `~/.var/app/ID`, and its path.
    pub app_directory: (BorrowedFd<'a>, &'a Path),
    /// Whether the home directory is shared: then nothing is kept elsewhere.
    pub home_access: bool,
    /// Whether something is made on the host.
    pub missing: Missing,
}

/// The entries, and the directories among them: what is mounted in them later needs a place there.
#[derive(Debug, Default)]
pub struct Persisted {
    /// The entries.
    pub part: Part,
    /// The directories.
    pub writable: Vec<WritableDirectory>,
}

/// A path that cannot be kept: the application does not start.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PersistError {
    path: PersistPath,
    why: Why,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Why {
    Link(PathBuf),
    Errno(Errno),
}

impl Error for PersistError {}

impl Display for PersistError {
    fn fmt(&self, out: &mut Formatter<'_>) -> fmt::Result {
        let path = shown(self.path.as_str());
        write!(
            out,
            "keep a path in the application's directory, on {path}: "
        )?;
        match &self.why {
            Why::Link(link) => {
                let link = shown_path(link);
                write!(
                    out,
                    "Symbolic link \"{link}\" not allowed to avoid sandbox escape"
                )
            }
            Why::Errno(errno) => errno.fmt(out),
        }
    }
}

/// Opens the paths, making directories where nothing is yet, and binds them in the home directory.
pub fn part(persist: &Persist<'_>) -> Result<Persisted, PersistError> {
    let mut persisted = Persisted::default();
    if persist.home_access {
        return Ok(persisted);
    }
    for (path, origin) in persist.paths {
        let refuse = |why| PersistError {
            path: path.clone(),
            why,
        };
        let relative = Path::new(path.as_str());
        let at: PathBuf = persist.home.join(relative).components().collect();
        let fd = match keep(persist, relative) {
            // Only to be shown: by its path it would be found through links too.
            Err(Why::Errno(Errno::NOENT)) if persist.missing == Missing::Leave => None,
            other => Some(other.map_err(refuse)?),
        };
        if is_within_another(path, persist.paths) {
            continue;
        }
        let source = match &fd {
            Some(fd) => Source::Fd(fd.as_raw_fd()),
            None => Source::Path(persist.app_directory.1.join(relative)),
        };
        let entry = Entry::new(&at, bind(source)).from_origin(origin.to_string());
        persisted.part.tree.push(entry);
        if let Some(fd) = fd {
            let again = fcntl_dupfd_cloexec(&fd, 3).map_err(|errno| refuse(Why::Errno(errno)))?;
            persisted.writable.push(WritableDirectory { at, fd: again });
            persisted.part.held.push(fd);
        }
    }
    Ok(persisted)
}

fn bind(source: Source) -> Node {
    Node::Bind(Bind {
        source,
        access: Access::ReadWrite,
        devices: Devices::Refused,
        optional: false,
        live: false,
    })
}

/// A path in another one that is kept shows with that.
fn is_within_another(path: &PersistPath, paths: &BTreeMap<PersistPath, Origin>) -> bool {
    let inner = path.as_str();
    let mut others = paths.keys().map(PersistPath::as_str);
    others.any(|outer| inner != outer && (outer == "." || Path::new(inner).starts_with(outer)))
}

/// Opens what is kept. A file that is there already is kept too; what is missing becomes a directory.
fn keep(persist: &Persist<'_>, path: &Path) -> Result<OwnedFd, Why> {
    let (directory, _) = persist.app_directory;
    let opened = match (beneath(directory, path, PLACE), persist.missing) {
        (Err(Errno::NOENT), Missing::Make) => directories(directory, path),
        (other, _) => other,
    };
    opened.map_err(|errno| match errno {
        Errno::LOOP => Why::Link(first_link(directory, path)),
        other => Why::Errno(other),
    })
}

/// The part of the path that is a link, for words only.
fn first_link(directory: BorrowedFd<'_>, path: &Path) -> PathBuf {
    let mut prefixes: Vec<&Path> = path.ancestors().collect();
    prefixes.reverse();
    let is_link = |path: &Path| {
        statat(directory, path, AtFlags::SYMLINK_NOFOLLOW)
            .is_ok_and(|status| FileType::from_raw_mode(status.st_mode) == FileType::Symlink)
    };
    let mut links = prefixes.into_iter().filter(|path| is_link(path));
    links.next().unwrap_or(path).to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs::{self, File};
    use std::os::fd::AsFd;
    use std::os::unix::fs::symlink;

    struct App(tempfile::TempDir, Missing);

    impl App {
        fn part(&self, paths: &[&str], home_access: bool) -> Result<Persisted, PersistError> {
            let origin = Origin::COMMAND_LINE;
            let paths = paths
                .iter()
                .map(|path| (path.parse().unwrap(), origin.clone()));
            let directory = File::open(self.0.path()).unwrap();
            part(&Persist {
                paths: &paths.collect(),
                home: Path::new("/home/u"),
                app_directory: (directory.as_fd(), self.0.path()),
                home_access,
                missing: self.1,
            })
        }

        fn targets(&self, paths: &[&str]) -> Vec<PathBuf> {
            let persisted = self.part(paths, false).unwrap();
            let tree = persisted.part.tree.into_iter();
            tree.map(|entry| entry.target).collect()
        }
    }

    #[test]
    fn paths_are_made_and_bound() {
        let app = App(tempfile::tempdir().unwrap(), Missing::Make);
        let targets = app.targets(&[".x/y", "b", "b/c"]);
        assert_eq!(targets, [Path::new("/home/u/.x/y"), Path::new("/home/u/b")]);
        assert!(app.0.path().join(".x/y").is_dir() && app.0.path().join("b").is_dir());
        assert!(app.0.path().join("b/c").is_dir());
        assert_eq!(app.targets(&[".", "z"]), [Path::new("/home/u")]);
        assert!(app.0.path().join("z").is_dir());
        fs::write(app.0.path().join("file"), "").unwrap();
        assert_eq!(app.targets(&["file"]), [Path::new("/home/u/file")]);
        assert_eq!(app.part(&["new"], true).unwrap().part.tree, []);
        assert!(!app.0.path().join("new").exists());
    }

    #[test]
    fn a_link_stops_the_start() {
        let app = App(tempfile::tempdir().unwrap(), Missing::Make);
        let victim = tempfile::tempdir().unwrap();
        symlink(victim.path(), app.0.path().join("link")).unwrap();
        fs::create_dir(app.0.path().join("dir")).unwrap();
        symlink("../dir", app.0.path().join("dir/up")).unwrap();
        symlink("nowhere", app.0.path().join("dangling")).unwrap();
        for (path, link) in [
            ("link", "link"),
            ("link/x", "link"),
            ("dir/up/x", "dir/up"),
            ("dangling", "dangling"),
        ] {
            let said = app.part(&[path], false).unwrap_err().to_string();
            let expected = format!(
                "keep a path in the application's directory, on {path}: \
                 Symbolic link \"{link}\" not allowed to avoid sandbox escape"
            );
            assert_eq!(said, expected);
        }
        assert_eq!(fs::read_dir(victim.path()).unwrap().count(), 0);
    }

    #[test]
    fn what_vanishes_meanwhile_is_not_found_by_its_path() {
        for (missing, is_refused) in [(Missing::Make, true), (Missing::Leave, false)] {
            let app = App(tempfile::tempdir().unwrap(), missing);
            // Nothing can be made in a directory that has been removed.
            let gone = app.0.path().join("gone");
            fs::create_dir(&gone).unwrap();
            let directory = File::open(&gone).unwrap();
            fs::remove_dir(&gone).unwrap();
            let made = part(&Persist {
                paths: &[(".x".parse().unwrap(), Origin::COMMAND_LINE)].into(),
                home: Path::new("/home/u"),
                app_directory: (directory.as_fd(), &gone),
                home_access: false,
                missing,
            });
            assert_eq!(made.is_err(), is_refused, "{missing:?}");
        }
    }

    #[test]
    fn nothing_is_made_for_show() {
        let app = App(tempfile::tempdir().unwrap(), Missing::Leave);
        assert_eq!(app.targets(&["new"]), [Path::new("/home/u/new")]);
        assert!(!app.0.path().join("new").exists());
    }
}
