//! Settings that the administrator gives an application: dconf(7), "PROFILES", "KEY FILES".
//!
//! The application has no dconf. Its settings are in a file, and so are the defaults and locks
//! (GLib, `g_keyfile_settings_backend_new`). What the administrator has written is read in the form
//! it was written in; `dconf update` makes the databases from the same files.

use super::file;
use crate::beneath::Beneath;
use crate::compose::{Note, Part};
use crate::keyfile::KeyFile;
use crate::refs::Id;
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

const PROFILE: &str = "etc/dconf/profile/user";
const TARGET: &str = "/etc/glib-2.0/settings";

/// The most that is read of one file, in bytes.
const MOST: u64 = 1 << 20;

/// Values by group and key.
type Values = BTreeMap<(String, String), String>;

/// The defaults and locks below the application's own path, `/org/example/App/` for
/// `org.example.App`, and below these (`[X-DConf] paths`). `root` is the host's root directory.
pub fn dconf(root: &Path, runtime: &Beneath, (id, paths): (&Id, &[String])) -> Part {
    let mut part = Part::default();
    let scope = Scope::new(id, paths);
    let (mut defaults, mut locks) = (Values::new(), BTreeSet::new());
    for database in databases(root) {
        for (key, value) in scope.defaults(&database) {
            // A database that comes first in the profile is above the others.
            defaults.entry(key).or_insert(value);
        }
        locks.extend(scope.locks(&database));
    }
    if defaults.is_empty() && locks.is_empty() {
        return part;
    }
    if runtime.open_dir(Path::new("etc/glib-2.0")).is_ok() {
        let text = "Not giving the administrator's settings: the runtime has some of its own";
        part.notes.push(Note::Detail(text.to_owned()));
        return part;
    }
    let lines: String = locks.iter().map(|lock| format!("{lock}\n")).collect();
    part.tree = vec![
        file(format!("{TARGET}/defaults"), written(&defaults)),
        file(format!("{TARGET}/locks"), lines.into_bytes()),
    ];
    part
}

/// The directories of the databases that the user's profile names, the first above the others.
fn databases(root: &Path) -> Vec<Beneath> {
    let Some(profile) = read(root, PROFILE) else {
        return Vec::new();
    };
    let names = profile
        .lines()
        .filter_map(|line| line.trim().strip_prefix("system-db:"));
    let plain = |name: &&str| !name.is_empty() && !name.contains('/');
    names
        .filter(plain)
        .filter_map(|name| Beneath::open_root(&root.join(format!("etc/dconf/db/{name}.d"))).ok())
        .collect()
}

fn read(root: &Path, path: &str) -> Option<String> {
    let bytes = Beneath::open_root(root).ok()?.read(Path::new(path), MOST);
    String::from_utf8(bytes.ok()?).ok()
}

/// The files in a directory, in the order of their names: a later one is above an earlier one.
fn files(directory: &Beneath) -> impl Iterator<Item = Vec<u8>> {
    let names = directory.names().unwrap_or_default().into_iter();
    names.filter_map(|name| directory.read(Path::new(&name), MOST).ok())
}

/// The paths of settings that concern the application; each begins and ends with a slash.
struct Scope(Vec<String>);

impl Scope {
    fn new(id: &Id, paths: &[String]) -> Self {
        let own = format!("/{}/", id.as_str().replace('.', "/"));
        let valid = |path: &&String| path.len() > 1 && path.starts_with('/') && path.ends_with('/');
        Self(paths.iter().filter(valid).cloned().chain([own]).collect())
    }

    fn has(&self, path: &str) -> bool {
        self.0.iter().any(|prefix| path.starts_with(prefix))
    }

    fn defaults(&self, database: &Beneath) -> Values {
        let mut values = Values::new();
        for file in files(database).filter_map(|bytes| KeyFile::parse(&bytes).ok()) {
            let groups = file.groups();
            for group in groups.filter(|group| self.has(&format!("/{}/", group.name()))) {
                for key in group.keys() {
                    let value = group.raw(key).unwrap_or_default().to_owned();
                    values.insert((group.name().to_owned(), key.to_owned()), value);
                }
            }
        }
        values
    }

    fn locks(&self, database: &Beneath) -> Vec<String> {
        let Ok(directory) = database.open_dir(Path::new("locks")) else {
            return Vec::new();
        };
        let mut locks = Vec::new();
        for text in files(&directory).filter_map(|bytes| String::from_utf8(bytes).ok()) {
            let lines = text.lines().map(str::trim).filter(|line| self.has(line));
            locks.extend(lines.map(str::to_owned));
        }
        locks
    }
}

fn written(values: &Values) -> Vec<u8> {
    let mut text = String::new();
    let mut open = None;
    for ((group, key), value) in values {
        if open != Some(group) {
            text += &format!("[{group}]\n");
            open = Some(group);
        }
        text += &format!("{key}={value}\n");
    }
    text.into_bytes()
}

#[cfg(test)]
mod tests {
    use super::*;
    use aril_sandbox::Node;
    use aril_sandbox::spec::Data;
    use std::fs;
    use tempfile::TempDir;

    fn root(files: &[(&str, &str)]) -> TempDir {
        let root = tempfile::tempdir().unwrap();
        for (path, text) in files {
            let path = root.path().join("etc/dconf").join(path);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        }
        root
    }

    fn texts(root: &TempDir, paths: &[&str]) -> Vec<String> {
        let runtime = Beneath::open_root(root.path()).unwrap();
        let paths: Vec<String> = paths.iter().map(|path| (*path).to_owned()).collect();
        let id = "org.x.Y".parse().unwrap();
        let part = dconf(root.path(), &runtime, (&id, &paths));
        let text = |node: &Node| match node {
            Node::Data {
                data: Data::Bytes(bytes),
                ..
            } => String::from_utf8(bytes.clone()).unwrap(),
            other => panic!("{other:?}"),
        };
        part.tree.iter().map(|entry| text(&entry.node)).collect()
    }

    #[test]
    fn the_applications_settings_and_no_others() {
        let root = root(&[
            (
                "profile/user",
                "# c\nuser-db:user\nsystem-db:local\nsystem-db:site\nsystem-db:../x\n",
            ),
            (
                "db/local.d/00-a",
                "[org/x/Y]\na='old'\nb=1\n[org/other]\nc=2\n",
            ),
            ("db/local.d/01-b", "[org/x/Y]\na='new'\n"),
            (
                "db/site.d/00",
                "[org/x/Y]\na='site'\n[org/x/Y/sub]\nd=@as []\n[org/x/Yes]\nn=1\n[more]\nm=1\n",
            ),
            ("db/local.d/locks/00", "/org/x/Y/a\n/org/other/c\n"),
            ("db/unused.d/00", "[org/x/Y]\nz=1\n"),
        ]);
        let expected = "[org/x/Y]\na='new'\nb=1\n[org/x/Y/sub]\nd=@as []\n";
        assert_eq!(texts(&root, &[]), [expected, "/org/x/Y/a\n"]);
        let more = format!("[more]\nm=1\n{expected}");
        assert_eq!(
            texts(&root, &["/more/", "/", ""]),
            [more.as_str(), "/org/x/Y/a\n"]
        );
    }

    #[test]
    fn mostly_there_is_nothing() {
        assert_eq!(texts(&root(&[]), &[]), [""; 0]);
        let profile = [("profile/user", "user-db:user\nsystem-db:absent\n")];
        assert_eq!(texts(&root(&profile), &[]), [""; 0]);
    }
}
