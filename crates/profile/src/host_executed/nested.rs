//! Repositories, and files that run when a directory is entered, below a directory that can be written.
//!
//! `git status` in a project enters its submodules, and a prompt asks in every directory that is entered.
//! The search is bounded, since the tree may have been made to be long; and it leaves out directories that
//! packages and builds fill and empty: what is mounted on itself could not be removed there. What appears
//! anywhere is looked for at the end of a run.

use super::table::{OF_GIT_DIR, ROWS};
use crate::files::{Files, Kind, MOST_ENTRIES};
use std::collections::VecDeque;
use std::ffi::OsString;
use std::path::{Path, PathBuf};

/// The most directories that are searched.
const MOST: usize = 10_000;
/// The most things that are protected: each is a mount or more.
const MOST_FOUND: usize = 300;

/// Directories that come and go with packages and builds.
const FILLED: [&str; 9] = [
    "node_modules",
    "target",
    "build",
    "_deps",
    ".venv",
    "venv",
    ".tox",
    ".nox",
    "__pycache__",
];

/// Something that is protected where it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Nested {
    /// A `.git`, of whatever kind.
    Git(PathBuf),
    /// A file of a directory that git takes for a repository, or one that runs when it is entered.
    File(PathBuf),
}

/// What was found, and whether everything was searched.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Found {
    pub(crate) nested: Vec<Nested>,
    pub(crate) is_whole: bool,
}

/// Searches below `top`, the nearest first; what lies in `top` itself is not part of it. `is_writable` says
/// where files of the host's can be written inside.
pub(crate) fn search(top: &Path, files: &dyn Files, is_writable: &dyn Fn(&Path) -> bool) -> Found {
    let mut nested = Vec::new();
    let mut left = VecDeque::from([top.to_owned()]);
    let (mut count, mut is_whole) = (0, true);
    while let Some(directory) = left.pop_front() {
        if count == MOST || nested.len() >= MOST_FOUND {
            is_whole = false;
            break;
        }
        count += 1;
        let entries = files.entries(&directory);
        is_whole &= entries.len() < MOST_ENTRIES;
        if directory != top {
            nested.extend(of_directory(&directory, &entries, files));
        }
        for (name, kind) in entries {
            let is_left_out = name == ".git" || FILLED.iter().any(|filled| name == *filled);
            let path = directory.join(name);
            let is_entered = kind == Kind::Directory && !is_left_out && left.len() <= MOST;
            if is_entered && is_writable(&path) {
                left.push_back(path);
            }
        }
    }
    Found { nested, is_whole }
}

fn of_directory(directory: &Path, entries: &[(OsString, Kind)], files: &dyn Files) -> Vec<Nested> {
    let has = |name: &str| entries.iter().any(|(known, _)| known == name);
    let mut found = Vec::new();
    for row in ROWS.iter().filter(|row| row.is_deep) {
        let path = directory.join(row.name);
        let first = Path::new(row.name).iter().next();
        match row.name {
            ".git" if has(".git") => found.push(Nested::Git(path)),
            "HEAD" if has("HEAD") && has("objects") && has("refs") && !has(".git") => {
                let of_bare = OF_GIT_DIR.map(|name| Nested::File(directory.join(name)));
                found.extend(of_bare);
            }
            ".git" | "HEAD" => (),
            name => {
                let begins =
                    first.is_some_and(|first| entries.iter().any(|(known, _)| known == first));
                let is_there = begins && (has(name) || files.kind_itself(&path).is_some());
                found.extend(is_there.then_some(Nested::File(path)));
            }
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::files::HostFiles;
    use std::fs;

    #[test]
    fn what_runs_on_entering_is_found_at_any_depth() {
        let place = tempfile::tempdir().unwrap();
        let top = place.path();
        for name in [
            "a/b/.git",
            "bare/objects",
            "bare/refs",
            "c/.hg",
            "node_modules/x/.git",
            "no/objects",
        ] {
            fs::create_dir_all(top.join(name)).unwrap();
        }
        for name in [
            "bare/HEAD",
            "no/HEAD",
            "c/.hg/hgrc",
            "a/.envrc",
            ".envrc",
            "closed.git",
        ] {
            fs::write(top.join(name), "").unwrap();
        }
        fs::create_dir_all(top.join("closed/.git")).unwrap();
        let is_writable = |path: &Path| !path.ends_with("closed");
        let found = search(top, &HostFiles, &is_writable);
        let mut names: Vec<_> = found
            .nested
            .iter()
            .map(|one| match one {
                Nested::Git(path) | Nested::File(path) => path.strip_prefix(top).unwrap(),
            })
            .map(|path| path.to_str().unwrap())
            .collect();
        names.sort_unstable();
        let expected = [
            "a/.envrc",
            "a/b/.git",
            "bare/commondir",
            "bare/config",
            "bare/config.worktree",
            "bare/hooks",
            "c/.hg/hgrc",
        ];
        assert_eq!(names, expected);
        assert!(found.is_whole);
    }

    #[test]
    fn the_search_has_an_end() {
        let place = tempfile::tempdir().unwrap();
        for number in 0..=MOST_FOUND {
            fs::create_dir_all(place.path().join(format!("d{number}/.git"))).unwrap();
        }
        let found = search(place.path(), &HostFiles, &|_| true);
        assert_eq!((found.nested.len(), found.is_whole), (MOST_FOUND, false));
    }
}
