//! Files that the host runs later: pinned where they exist, watched for where they do not.
//!
//! A file that does not exist cannot be mounted over, and making one to mount on would leave it in the
//! user's directory if everything is killed. So what is missing is listed as [`Watched`], and whoever
//! launches the sandbox moves it out of the way when it appears (`aril exec` does so at the moment of
//! its appearance, by inotify(7), and again at the end).

mod git;
mod nested;
mod table;

pub use git::{Pointer, names_programs, normal, pointer_of};
pub use table::{ROWS, Row};

use crate::files::{Files, Kind};
use crate::layer::{Place, Rank};
use aril_sandbox::spec::{Link, Node};
use aril_sandbox::{Access, Entry};
use nested::Nested;
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

/// A path that must not appear.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Watched {
    /// The nearest directory above it that exists.
    pub directory: PathBuf,
    /// The rest of the path.
    pub name: PathBuf,
}

/// What protects the files of one directory that can be written.
pub(crate) struct Guard<'a> {
    /// The directory, as it is called inside.
    top: &'a Path,
    /// The same without symlinks.
    real_top: PathBuf,
    files: &'a dyn Files,
    /// Whether a path can be written inside.
    is_writable: &'a dyn Fn(&Path) -> bool,
    pub(crate) places: Vec<Place>,
    pub(crate) watched: BTreeSet<Watched>,
    /// Whether all directories below were searched for repositories.
    pub(crate) is_whole: bool,
}

impl<'a> Guard<'a> {
    /// Finds what is protected in `top`.
    pub(crate) fn of(
        top: &'a Path,
        files: &'a dyn Files,
        is_writable: &'a dyn Fn(&Path) -> bool,
    ) -> Self {
        let mut guard = Self {
            top,
            real_top: files.real_path(top).unwrap_or_else(|| top.to_owned()),
            files,
            is_writable,
            places: Vec::new(),
            watched: BTreeSet::new(),
            is_whole: true,
        };
        for row in ROWS {
            match row.name {
                ".git" => guard.protect_git(&top.join(".git")),
                "HEAD" => guard.protect_bare(&top.join("HEAD")),
                name => guard.protect(&top.join(name), row.may_appear),
            }
        }
        guard.protect_nested();
        guard
    }

    fn protect_nested(&mut self) {
        let found = nested::search(self.top, self.files, self.is_writable);
        self.is_whole = found.is_whole;
        for nested in found.nested {
            match nested {
                Nested::Git(path) => self.protect_git(&path),
                Nested::File(path) => self.protect(&path, false),
            }
        }
    }

    fn protect_git(&mut self, dot_git: &Path) {
        let mut directory = dot_git.to_owned();
        if self.files.kind_itself(dot_git) == Some(Kind::Link) {
            self.pin(dot_git, Access::ReadOnly, Link::Itself);
            let Some(real) = self.files.real_path(dot_git) else {
                return;
            };
            directory = real;
        }
        let found = git::look(&directory, self.files);
        for fixed in &found.fixed {
            self.fix(fixed);
        }
        for executed in &found.executed {
            self.protect(executed, false);
        }
    }

    /// A directory without `.git` that has HEAD is taken for a repository if it looks like one.
    fn protect_bare(&mut self, head: &Path) {
        if self.files.kind_itself(&self.top.join(".git")).is_some() {
            return;
        }
        if self.files.kind_itself(head).is_none() {
            self.watch(head);
            return;
        }
        for name in table::OF_GIT_DIR {
            self.protect(&self.top.join(name), false);
        }
    }

    /// A file or directory that can be neither written nor replaced.
    fn protect(&mut self, path: &Path, may_appear: bool) {
        self.fix_links(path);
        let Some(path) = self.inside(path) else {
            return;
        };
        match self.files.kind_itself(&path) {
            Some(Kind::Link) => self.protect_link(&path),
            Some(_) => {
                self.fix_above(&path);
                self.pin(&path, Access::ReadOnly, Link::Followed);
            }
            None if may_appear => (),
            None => {
                self.fix_above(&path);
                self.watch(&path);
            }
        }
    }

    /// A link on the way stays the link that it is: with a directory in its place the path would lead
    /// to other files than those that are protected here.
    fn fix_links(&mut self, path: &Path) {
        let top = self.top;
        let above = path.ancestors().skip(1);
        for above in above.take_while(|above| *above != top) {
            if self.files.kind_itself(above) == Some(Kind::Link) {
                self.pin(above, Access::ReadOnly, Link::Itself);
            }
        }
    }

    /// The link must keep leading where it leads, and what is there must stay as it is, if that can be
    /// written at all.
    fn protect_link(&mut self, path: &Path) {
        self.fix_above(path);
        self.pin(path, Access::ReadOnly, Link::Itself);
        let real = self.files.real_path(path);
        if let Some(real) = real.and_then(|real| self.inside(&real)) {
            self.fix_above(&real);
            self.pin(&real, Access::ReadOnly, Link::Followed);
        }
    }

    /// What the path is called inside once symlinks of directories above it are followed; `None` if it
    /// cannot be written there.
    fn inside(&self, path: &Path) -> Option<PathBuf> {
        let (above, name) = (path.parent()?, path.file_name()?);
        if above == self.top {
            return (self.is_writable)(path).then(|| path.to_owned());
        }
        // What is above may be missing as well; then it is no symlink either.
        let real = self.files.real_path(above);
        let real = real.unwrap_or_else(|| above.to_owned()).join(name);
        let inside = match real.strip_prefix(&self.real_top) {
            Ok(rest) => self.top.join(rest),
            Err(_) => real,
        };
        (self.is_writable)(&inside).then_some(inside)
    }

    /// A directory above a pinned file could be renamed and made anew, unless it is pinned too.
    fn fix_above(&mut self, path: &Path) {
        let above = path.ancestors().skip(1);
        let (top, is_writable) = (self.top, self.is_writable);
        for directory in above.take_while(|above| *above != top && is_writable(above)) {
            self.fix(directory);
        }
    }

    /// A directory that stays where it is, so that nobody can put another in its place.
    fn fix(&mut self, path: &Path) {
        let Some(path) = self.inside(path) else {
            return;
        };
        if self.files.kind_itself(&path) == Some(Kind::Directory) {
            self.pin(&path, Access::ReadWrite, Link::Followed);
        }
    }

    fn pin(&mut self, path: &Path, access: Access, link: Link) {
        if !(self.is_writable)(path) || self.places.iter().any(|place| place.target == path) {
            return;
        }
        let entry = Entry::new(path, Node::Pin { access, link });
        let entry = entry.from_origin("the rule for files that the host runs later");
        self.places.push(Place::new(path, Rank::Guard, [entry]));
    }

    /// Nothing is there. The nearest directory above that exists is where something would appear.
    fn watch(&mut self, path: &Path) {
        let above = path.ancestors().skip(1);
        let mut existing = above.filter(|above| self.files.kind(above) == Some(Kind::Directory));
        if let Some(directory) = existing.next()
            && let Ok(name) = path.strip_prefix(directory)
        {
            let (directory, name) = (directory.to_owned(), name.to_owned());
            self.watched.insert(Watched { directory, name });
        }
    }
}
