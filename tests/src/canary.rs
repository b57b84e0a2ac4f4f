//! A directory of the host that an attack wants to reach, and whether it did.

use crate::Scratch;
use std::collections::BTreeMap;
use std::fs;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::{FileTypeExt, MetadataExt};
use std::path::{Path, PathBuf};

/// Name, and what stands there: mode, and content or link.
pub type Tree = BTreeMap<PathBuf, (u32, Vec<u8>)>;

/// Everything at and below a path, by names relative to it.
pub fn tree(path: &Path) -> Tree {
    let mut found = Tree::new();
    gather(path, Path::new(""), &mut found);
    found
}

fn gather(top: &Path, below: &Path, found: &mut Tree) {
    let path = top.join(below);
    let stat = fs::symlink_metadata(&path).expect("stat what is there");
    let kind = stat.file_type();
    let content = if kind.is_symlink() {
        let link = fs::read_link(&path).expect("read a link");
        link.as_os_str().as_bytes().to_vec()
    } else if kind.is_file() {
        // The runner may have lost its permission to a chmod, which the mode shows.
        fs::read(&path).unwrap_or_default()
    } else if kind.is_char_device() || kind.is_block_device() {
        stat.rdev().to_string().into_bytes()
    } else {
        Vec::new()
    };
    found.insert(below.to_owned(), (stat.mode(), content));
    if kind.is_dir() {
        for entry in fs::read_dir(&path).expect("list a directory") {
            gather(
                top,
                &below.join(entry.expect("an entry").file_name()),
                found,
            );
        }
    }
}

/// A directory `host` with `file`, `sub` and `sub/file`, and how it was at first.
#[derive(Debug)]
pub struct Canary {
    path: String,
    before: Tree,
}

impl Canary {
    /// What `file` contains.
    pub const SECRET: &str = "the host's own";

    /// Makes the directory.
    pub fn new(scratch: &Scratch) -> Self {
        let path = scratch.dir("host");
        scratch.dir("host/sub");
        scratch.file("host/file", Self::SECRET);
        scratch.file("host/sub/file", Self::SECRET);
        let before = tree(Path::new(&path));
        Self { path, before }
    }

    /// Where it is.
    pub fn path(&self) -> &str {
        &self.path
    }

    /// Whether an attack has changed it.
    pub fn is_changed(&self) -> bool {
        tree(Path::new(&self.path)) != self.before
    }

    /// Fails the test when it is changed, with the reason why it should not be.
    pub fn unchanged(&self, what: &str) {
        assert_eq!(tree(Path::new(&self.path)), self.before, "{what}");
    }

    /// Makes it as it was at first.
    pub fn restore(&mut self, scratch: &Scratch) {
        fs::remove_dir_all(&self.path).expect("remove the canary");
        *self = Self::new(scratch);
    }
}
