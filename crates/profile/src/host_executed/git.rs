//! Where a git directory has its configuration and hooks: in worktrees and submodules elsewhere.

use super::table::OF_GIT_DIR;
use crate::files::{Files, Kind};
use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;
use std::path::{Component, Path, PathBuf};

/// The most submodules and worktrees that are looked at, so that a repository made for it does not
/// hold up the start.
const MOST: usize = 1000;

/// What was found in a git directory: what can be pinned, and what is missing.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Found {
    /// Directories that have to stay where they are, but can be written.
    pub(crate) fixed: Vec<PathBuf>,
    /// Paths that programs of the host run, or find programs by.
    pub(crate) executed: Vec<PathBuf>,
}

/// Looks at `.git`, which may be a directory, or a file that leads to one.
pub(crate) fn look(dot_git: &Path, files: &dyn Files) -> Found {
    let mut found = Found::default();
    match files.kind(dot_git) {
        Some(Kind::Directory) => look_in(dot_git, files, &mut found),
        Some(_) => {
            found.executed.push(dot_git.to_owned());
            if let Some(elsewhere) = pointer(dot_git, "gitdir:", files) {
                look_in(&elsewhere, files, &mut found);
                if let Some(common) = pointer(&elsewhere.join("commondir"), "", files) {
                    look_in(&common, files, &mut found);
                }
            }
        }
        None => found.executed.push(dot_git.to_owned()),
    }
    found
}

fn look_in(directory: &Path, files: &dyn Files, found: &mut Found) {
    let mut directories = vec![directory.to_owned()];
    while let Some(directory) = directories.pop() {
        if found.fixed.contains(&directory) || found.fixed.len() >= MOST {
            continue;
        }
        let executed = OF_GIT_DIR.map(|name| directory.join(name));
        found.executed.extend(executed);
        found.executed.extend(named_elsewhere(&directory, files));
        for inner in ["worktrees", "modules"] {
            directories.extend(within(&directory.join(inner), files));
        }
        found.fixed.push(directory);
    }
}

/// The git directories below `modules` and `worktrees`. A submodule's name may have slashes.
fn within(directory: &Path, files: &dyn Files) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut left = vec![(directory.to_owned(), 0)];
    while let Some((at, depth)) = left.pop() {
        for name in files.names(&at) {
            let path = at.join(name);
            if files.kind_itself(&path) != Some(Kind::Directory) || found.len() >= MOST {
                continue;
            }
            if files.kind(&path.join("HEAD")).is_some() {
                found.push(path);
            } else if depth < 4 {
                left.push((path, depth + 1));
            }
        }
    }
    found
}

/// A one-line file that names a directory, relative to its own.
fn pointer(file: &Path, key: &str, files: &dyn Files) -> Option<PathBuf> {
    let text = files.text(file)?;
    let line = text.split(|&byte| byte == b'\n').next()?;
    let path = line.strip_prefix(key.as_bytes())?.trim_ascii();
    let path = file.parent()?.join(OsStr::from_bytes(path));
    Some(normal(&path))
}

/// Keys whose value is a command line, by the last word of their names. Git runs some of them only to show
/// the state of the work tree, as a prompt does.
const COMMANDS: [&[u8]; 15] = [
    b"askpass",
    b"clean",
    b"cmd",
    b"command",
    b"driver",
    b"editor",
    b"external",
    b"fsmonitor",
    b"helper",
    b"pager",
    b"process",
    b"program",
    b"smudge",
    b"sshcommand",
    b"textconv",
];

/// The most configuration files that are read, each of which one before includes.
const MOST_INCLUDED: usize = 20;

/// What the configuration names that is not in the table: the directory of hooks, files that it
/// includes, and programs by a relative path. The syntax is read generously: a line too many protects
/// too much.
fn named_elsewhere(directory: &Path, files: &dyn Files) -> Vec<PathBuf> {
    let top = directory.parent().unwrap_or(directory);
    let mut found = Vec::new();
    let mut configurations = vec![directory.join("config")];
    let mut next = 0;
    while let Some(file) = configurations.get(next).cloned() {
        next += 1;
        let beside = file.parent().unwrap_or(directory);
        let text = files.text(&file).unwrap_or_default();
        for (key, value) in text.split(|&byte| byte == b'\n').filter_map(assignment) {
            if key.ends_with(b"hookspath") {
                found.push(normal(&top.join(value)));
            } else if key.ends_with(b"path") {
                let included = normal(&beside.join(value));
                if configurations.len() < MOST_INCLUDED && !configurations.contains(&included) {
                    configurations.push(included.clone());
                }
                found.push(included);
            } else if COMMANDS.iter().any(|command| key.ends_with(command)) {
                found.extend(program(value).map(|program| normal(&top.join(program))));
            }
        }
    }
    found
}

/// Keys whose value names a program where it is not only a word, by the whole last word of their names.
const MORE: [&[u8]; 7] = [
    b"difffilter",
    b"gitproxy",
    b"hookspath",
    b"path",
    b"receivepack",
    b"update",
    b"uploadpack",
];

/// Whether a configuration that a sandbox has made names programs that git would run, or other files that do.
/// What a clone writes does not. A word alone is a setting, or the name of one of git's own programs; so is
/// what `git lfs install` writes.
pub fn names_programs(text: &[u8]) -> bool {
    let mut is_pager = false;
    text.split(|&byte| byte == b'\n').any(|line| {
        if line.contains(&b'[') {
            let line = line.to_ascii_lowercase();
            is_pager = line.windows(5).any(|word| word == b"pager");
        }
        let Some((key, value)) = assignment(line) else {
            return false;
        };
        let value = value.as_bytes();
        let is_word = |byte: &u8| byte.is_ascii_alphanumeric() || *byte == b'-';
        let last = key.rsplit(|byte| !is_word(byte)).next().unwrap_or_default();
        let is_named = COMMANDS.iter().any(|command| last.ends_with(command))
            || MORE.contains(&last)
            || is_pager;
        let is_harmless = value.iter().all(is_word) && last != b"path" && last != b"hookspath";
        is_named && !is_harmless && !is_large_files(value)
    })
}

/// `git-lfs clean -- %f` and the like; the shell must have nothing to see in it.
fn is_large_files(value: &[u8]) -> bool {
    let is_plain = |byte: &u8| byte.is_ascii_alphanumeric() || b" -%".contains(byte);
    value.starts_with(b"git-lfs ") && value.iter().all(is_plain)
}

/// Where a `.git` file leads.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pointer(
    /// As it is written: absolute, or from the directory that the file is in.
    pub PathBuf,
);

/// Reads a `.git` file; `None` if it leads nowhere.
pub fn pointer_of(text: &[u8]) -> Option<Pointer> {
    let line = text.split(|&byte| byte == b'\n').next()?;
    let path = line.strip_prefix(b"gitdir:")?.trim_ascii();
    Some(Pointer(OsStr::from_bytes(path).into()))
}

/// The key of a line in lower case, and its value without quotes.
fn assignment(line: &[u8]) -> Option<(Vec<u8>, &OsStr)> {
    let at = line.iter().position(|&byte| byte == b'=')?;
    let key = line[..at].trim_ascii().to_ascii_lowercase();
    let value = line[at + 1..].trim_ascii();
    let value = value.strip_prefix(b"\"").unwrap_or(value);
    let value = value.strip_suffix(b"\"").unwrap_or(value);
    Some((key, OsStr::from_bytes(value)))
}

/// The program of a command line, if it is one of the work tree: a path, and not an absolute one.
fn program(command: &OsStr) -> Option<&OsStr> {
    let words = command.as_bytes();
    let words = words.strip_prefix(b"!").unwrap_or(words);
    let first = words.split(u8::is_ascii_whitespace).next()?;
    let is_path = first.contains(&b'/') && !first.starts_with(b"/") && !first.starts_with(b"~");
    is_path.then(|| OsStr::from_bytes(first))
}

/// Without `.` and `..`, by the words alone: what a symlink on the way means is decided by the kernel.
pub fn normal(path: &Path) -> PathBuf {
    let mut normal = PathBuf::new();
    for part in path.components() {
        match part {
            Component::CurDir => (),
            Component::ParentDir => {
                normal.pop();
            }
            other => normal.push(other),
        }
    }
    normal
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_clone_writes_names_no_program() {
        let clone = "[core]\n\trepositoryformatversion = 0\n\tfilemode = true\n\tbare = false\n\tquotepath = off\n\
                     [remote \"origin\"]\n\turl = https://x.example/a.git\n\tfetch = +refs/heads/*:refs/remotes/origin/*\n\
                     [branch \"main\"]\n\tremote = origin\n\tmerge = refs/heads/main\n\
                     [submodule \"s\"]\n\tactive = true\n\turl = ../s\n\tupdate = rebase\n\
                     [filter \"lfs\"]\n\tclean = git-lfs clean -- %f\n\tprocess = git-lfs filter-process\n\
                     [credential]\n\thelper = store\n[core]\n\tfsmonitor = true\n";
        assert!(!names_programs(clone.as_bytes()));
    }

    #[test]
    fn what_runs_is_seen_however_it_is_written() {
        for text in [
            "[core]\nfsmonitor = ./x",
            "[core] FSMonitor=/tmp/x",
            "[core]\n\tsshCommand = \"sh -c x\"",
            "[core]\nhooksPath = hooks2",
            "[include]\npath = other",
            "[includeIf \"gitdir:/\"]\npath=other",
            "[pager]\nlog = sh -c x",
            "\u{feff}[ Pager]\nlog = sh -c x",
            "[submodule \"s\"]\nupdate = !sh -c x",
            "[diff \"x\"]\ntextconv = ./x",
            "[filter \"lfs\"]\nclean = git-lfs clean; ./x",
            "[filter \"x\"]\nsmudge = \\\n./x",
            "[remote \"o\"]\nuploadpack = ./x",
            "[core]\nalternateRefsCommand = ./x",
            "[gpg \"ssh\"]\ndefaultKeyCommand = ./x",
        ] {
            assert!(names_programs(text.as_bytes()), "{text}");
        }
    }

    #[test]
    fn pointers() {
        let to = |text: &[u8]| pointer_of(text).map(|pointer| pointer.0);
        assert_eq!(to(b"gitdir: ../a b\nrest"), Some("../a b".into()));
        assert_eq!(to(b"nothing"), None);
    }
}
