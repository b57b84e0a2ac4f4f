//! Repositories that appeared below a directory that could be written, looked at when nothing inside runs any
//! more.
//!
//! A clone is work, and stays. What is moved out of the way is what makes git run a program for whoever only
//! looks: a configuration that names one, hooks, and pointers that lead elsewhere; and files that run when
//! their directory is entered. Looked at is what was changed since the start, by the kernel's own time
//! (`st_ctime` of `inode(7)`), which nobody can set; and of that what the sandbox could change at all.

use aril_profile::{HOST_EXECUTED, names_programs, normal, pointer_of};
use rustix::fs::{AtFlags, Dir, FileType, Mode, OFlags, ResolveFlags, Stat};
use rustix::fs::{fstat, openat2, statat};
use rustix::io::Errno;
use std::collections::{BTreeSet, VecDeque};
use std::ffi::{OsStr, OsString};
use std::fs::File;
use std::io::Read;
use std::os::fd::OwnedFd;
use std::os::unix::ffi::OsStringExt;
use std::path::{Path, PathBuf};

const DIRECTORY: OFlags = OFlags::RDONLY
    .union(OFlags::DIRECTORY)
    .union(OFlags::NOFOLLOW)
    .union(OFlags::CLOEXEC);
const FILE: OFlags = OFlags::RDONLY
    .union(OFlags::NONBLOCK)
    .union(OFlags::NOCTTY)
    .union(OFlags::NOFOLLOW)
    .union(OFlags::CLOEXEC);
const BENEATH: ResolveFlags = ResolveFlags::BENEATH
    .union(ResolveFlags::NO_SYMLINKS)
    .union(ResolveFlags::NO_MAGICLINKS)
    .union(ResolveFlags::NO_XDEV);

/// The most directories that are looked at.
const MOST: usize = 50_000;
/// Longer than any configuration that git has written.
const LONGEST: u64 = 64 << 10;
/// The kernel's time of a file may lie this many seconds before the clock's: it ticks coarsely.
const COARSE: i64 = 1;

/// What a rebase still has to do.
const TODO: &str = "git-rebase-todo";

/// What makes git take a directory for its own, beside `HEAD`.
const OF_GIT: [&str; 4] = ["config", "config.worktree", "hooks", "commondir"];

/// Something that must not stay: a name in an open directory.
#[derive(Debug)]
pub struct Offence {
    /// The directory, open.
    pub at: OwnedFd,
    /// Its path.
    pub directory: PathBuf,
    /// The name.
    pub name: OsString,
}

/// One look through a directory.
#[derive(Debug)]
pub struct Search<'a> {
    top: &'a OwnedFd,
    /// Its path, and what it is called without symlinks.
    paths: [&'a Path; 2],
    /// What could not be written inside.
    pinned: &'a BTreeSet<PathBuf>,
    /// In seconds since 1970.
    since: i64,
    left: VecDeque<PathBuf>,
    offences: Vec<Offence>,
}

impl<'a> Search<'a> {
    /// One that has seen nothing yet; `since` is when the sandbox was started.
    pub fn new(
        top: &'a OwnedFd,
        paths: [&'a Path; 2],
        (pinned, since): (&'a BTreeSet<PathBuf>, i64),
    ) -> Self {
        Self {
            top,
            paths,
            pinned,
            since: since - COARSE,
            left: VecDeque::from([PathBuf::new()]),
            offences: Vec::new(),
        }
    }

    /// Looks; what was found, and whether it looked everywhere.
    pub fn run(mut self) -> (Vec<Offence>, bool) {
        for _ in 0..MOST {
            let Some(directory) = self.left.pop_front() else {
                return (self.offences, true);
            };
            // What vanished, or cannot be entered, is entered by nobody else either.
            if let Ok(fd) = self.open(&directory, DIRECTORY) {
                match self.look(&directory, &fd) {
                    Ok(()) | Err(_) => (),
                }
            }
        }
        (self.offences, self.left.is_empty())
    }

    fn look(&mut self, directory: &Path, fd: &OwnedFd) -> Result<(), Errno> {
        let mut names = BTreeSet::new();
        for entry in Dir::read_from(fd)? {
            let entry = entry?;
            let name = OsString::from_vec(entry.file_name().to_bytes().to_vec());
            if name == "." || name == ".." {
                continue;
            }
            let kind = entry.file_type();
            // Of what the payload may have made millions of, no more is remembered than is looked at.
            if kind == FileType::Directory && name != ".git" && self.left.len() <= MOST {
                self.left.push_back(directory.join(&name));
            }
            if is_looked_at(&name) {
                names.insert(name);
            }
        }
        let has = |name: &str| names.contains(OsStr::new(name));
        if has(".git") {
            self.look_at_git(directory, fd);
        }
        // At the top the watch sees to the rest.
        if directory == Path::new("") {
            return Ok(());
        }
        if has("HEAD") && OF_GIT.iter().any(|name| has(name)) {
            self.judge(directory, fd);
        }
        for row in HOST_EXECUTED.iter().filter(|row| row.is_deep) {
            let name = Path::new(row.name);
            let begins = name
                .iter()
                .next()
                .is_some_and(|first| names.contains(first));
            if begins && !matches!(row.name, ".git" | "HEAD") {
                self.look_at_entered(directory, name);
            }
        }
        Ok(())
    }

    /// A `.git`: a repository's directory, or a pointer to one.
    fn look_at_git(&mut self, directory: &Path, fd: &OwnedFd) {
        let path = directory.join(".git");
        let Ok(status) = statat(fd, ".git", AtFlags::SYMLINK_NOFOLLOW) else {
            return;
        };
        match FileType::from_raw_mode(status.st_mode) {
            FileType::Directory => {
                for inner in ["modules", "worktrees"] {
                    self.left.push_back(path.join(inner));
                }
                if let Ok(git) = self.open(&path, DIRECTORY) {
                    self.judge(&path, &git);
                }
            }
            FileType::RegularFile => {
                let is_new = self.is_new(&path, &status);
                if is_new && !self.leads_inside(directory, &path) {
                    self.offend(directory, ".git");
                }
            }
            _ if self.is_new(&path, &status) => self.offend(directory, ".git"),
            _ => (),
        }
    }

    /// Whether a `.git` file leads to a directory that is looked at too.
    fn leads_inside(&mut self, directory: &Path, path: &Path) -> bool {
        let text = self.read(path).unwrap_or_default();
        let Some(pointer) = pointer_of(&text) else {
            return true;
        };
        let to = self.paths[0].join(directory).join(pointer.0);
        let to = normal(&to);
        let below = self.paths.iter().find_map(|top| to.strip_prefix(top).ok());
        match below.map(|below| (below, self.open(below, DIRECTORY))) {
            Some((below, Ok(git))) => {
                self.judge(below, &git);
                true
            }
            _ => false,
        }
    }

    /// Looks at what a git directory names.
    fn judge(&mut self, path: &Path, git: &OwnedFd) {
        self.judge_rebase(path);
        let is_moved = fstat(git).is_ok_and(|status| self.is_new(path, &status));
        for name in OF_GIT {
            let file = path.join(name);
            let Ok(status) = statat(git, name, AtFlags::SYMLINK_NOFOLLOW) else {
                continue;
            };
            let is_new = is_moved || self.is_new(&file, &status);
            let is_harmless = || match name {
                "hooks" => self.has_samples_alone(&file),
                "commondir" => {
                    is_worktree(path) && self.read(&file).is_some_and(|it| it == b"../..\n")
                }
                _ => self.read(&file).is_some_and(|text| !names_programs(&text)),
            };
            if is_new && !self.is_pinned(&file) && !is_harmless() {
                self.offend(path, name);
            }
        }
    }

    /// A rebase that is under way may have commands to run when it goes on.
    fn judge_rebase(&mut self, path: &Path) {
        let above = path.join("rebase-merge");
        let file = above.join(TODO);
        let Ok(fd) = self.open(&above, DIRECTORY) else {
            return;
        };
        let status = statat(&fd, TODO, AtFlags::SYMLINK_NOFOLLOW);
        let is_command = |line: &[u8]| {
            line.starts_with(b"exec") || line.starts_with(b"x ") || line.starts_with(b"x\t")
        };
        let has_commands = || {
            let text = self.read(&file);
            text.is_none_or(|text| {
                let mut lines = text.split(|&byte| byte == b'\n');
                lines.any(|line| is_command(line.trim_ascii_start()))
            })
        };
        if status.is_ok_and(|status| self.is_new(&file, &status)) && has_commands() {
            self.offend(&above, TODO);
        }
    }

    fn look_at_entered(&mut self, directory: &Path, name: &Path) {
        let path = directory.join(name);
        let (Some(above), Some(last)) = (path.parent(), path.file_name()) else {
            return;
        };
        let Ok(fd) = self.open(above, DIRECTORY) else {
            return;
        };
        let status = statat(&fd, last, AtFlags::SYMLINK_NOFOLLOW);
        let above_is_new =
            fstat(&fd).is_ok_and(|status| above != directory && self.is_new(above, &status));
        if status.is_ok_and(|status| above_is_new || self.is_new(&path, &status)) {
            self.offend(above, last);
        }
    }

    /// Hooks that git installs as samples have names that it does not run.
    fn has_samples_alone(&self, hooks: &Path) -> bool {
        let entries = self.open(hooks, DIRECTORY).and_then(Dir::new);
        let Ok(entries) = entries else {
            return false;
        };
        entries.flatten().all(|entry| {
            let name = entry.file_name().to_bytes();
            name == b"." || name == b".." || name.ends_with(b".sample")
        })
    }

    /// Changed since the start, where it could be.
    fn is_new(&self, path: &Path, status: &Stat) -> bool {
        status.st_ctime >= self.since && !self.is_pinned(path)
    }

    fn is_pinned(&self, path: &Path) -> bool {
        let whole = self.paths.map(|top| top.join(path));
        whole.iter().any(|path| self.pinned.contains(path))
    }

    fn offend(&mut self, directory: &Path, name: impl AsRef<OsStr>) {
        if let Ok(at) = self.open(directory, OFlags::PATH | DIRECTORY) {
            self.offences.push(Offence {
                at,
                directory: self.paths[0].join(directory),
                name: name.as_ref().to_owned(),
            });
        }
    }

    /// A regular file that is no longer than one of git's; `None` stands for the worst.
    fn read(&self, path: &Path) -> Option<Vec<u8>> {
        let fd = self.open(path, FILE).ok()?;
        let status = fstat(&fd).ok()?;
        if FileType::from_raw_mode(status.st_mode) != FileType::RegularFile {
            return None;
        }
        let mut text = Vec::new();
        File::from(fd)
            .take(LONGEST + 1)
            .read_to_end(&mut text)
            .ok()?;
        (text.len() as u64 <= LONGEST).then_some(text)
    }

    fn open(&self, path: &Path, flags: OFlags) -> Result<OwnedFd, Errno> {
        let path = Path::new(".").join(path);
        openat2(self.top, path, flags, Mode::empty(), BENEATH)
    }
}

/// Whether a name means anything here.
fn is_looked_at(name: &OsStr) -> bool {
    let deep = HOST_EXECUTED.iter().filter(|row| row.is_deep);
    let mut first = deep.filter_map(|row| Path::new(row.name).iter().next());
    first.any(|first| first == name) || OF_GIT.iter().any(|of_git| *of_git == name)
}

/// Of a worktree the common directory is two above.
fn is_worktree(path: &Path) -> bool {
    path.parent()
        .is_some_and(|above| above.ends_with(".git/worktrees"))
}
