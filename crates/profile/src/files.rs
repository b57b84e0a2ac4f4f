//! What is looked up in the filesystem while a spec is made. A test writes the answers by hand.

use aril_sandbox::sys::file::O_NONBLOCK;
use std::ffi::OsString;
use std::fs;
use std::os::unix::fs::FileTypeExt;
use std::path::{Path, PathBuf};

/// What is at a path.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A directory.
    Directory,
    /// A symlink; only where links are not followed.
    Link,
    /// A device node; only at a path that was asked about.
    Device,
    /// Anything else.
    File,
}

/// Questions about the host's files. What the answers lead to is checked again when it is mounted.
pub trait Files {
    /// What is at a path, symlinks followed; `None` if nothing is, or nothing that can be seen.
    fn kind(&self, path: &Path) -> Option<Kind>;
    /// What is at a path, the last symlink not followed.
    fn kind_itself(&self, path: &Path) -> Option<Kind>;
    /// The names in a directory, in no order; none if it cannot be read.
    fn names(&self, path: &Path) -> Vec<OsString>;
    /// The names in a directory with their kinds, symlinks not followed, in no order; none if it cannot be
    /// read, and at most 100,000.
    fn entries(&self, path: &Path) -> Vec<(OsString, Kind)> {
        let names = self.names(path).into_iter();
        let entries =
            names.filter_map(|name| Some((name.clone(), self.kind_itself(&path.join(name))?)));
        entries.collect()
    }
    /// The path without symlinks, if it exists.
    fn real_path(&self, path: &Path) -> Option<PathBuf>;
    /// A small regular file's contents: at most 64 KiB of it.
    fn text(&self, path: &Path) -> Option<Vec<u8>>;
}

/// The host's own files.
#[derive(Clone, Copy, Debug, Default)]
pub struct HostFiles;

/// The most entries of a directory that are looked at: an earlier sandbox may have made millions.
pub(crate) const MOST_ENTRIES: usize = 100_000;

/// The most of a file that is read.
const LONGEST: u64 = 64 << 10;

impl Files for HostFiles {
    fn kind(&self, path: &Path) -> Option<Kind> {
        fs::metadata(path).ok().map(|found| kind_of(&found))
    }

    fn kind_itself(&self, path: &Path) -> Option<Kind> {
        fs::symlink_metadata(path).ok().map(|found| kind_of(&found))
    }

    fn names(&self, path: &Path) -> Vec<OsString> {
        let entries = fs::read_dir(path).into_iter().flatten().flatten();
        entries.map(|entry| entry.file_name()).collect()
    }

    fn entries(&self, path: &Path) -> Vec<(OsString, Kind)> {
        let entries = fs::read_dir(path).into_iter().flatten().flatten();
        let entries = entries.take(MOST_ENTRIES).filter_map(|entry| {
            // The kernel tells it with the name.
            let kind = match entry.file_type().ok()? {
                kind if kind.is_dir() => Kind::Directory,
                kind if kind.is_symlink() => Kind::Link,
                _ => Kind::File,
            };
            Some((entry.file_name(), kind))
        });
        entries.collect()
    }

    fn real_path(&self, path: &Path) -> Option<PathBuf> {
        fs::canonicalize(path).ok()
    }

    fn text(&self, path: &Path) -> Option<Vec<u8>> {
        use std::io::Read;
        use std::os::unix::fs::OpenOptionsExt;
        // A pipe or a device is not opened: that could wait, or do something.
        if !fs::metadata(path).ok()?.is_file() {
            return None;
        }
        let mut bytes = Vec::new();
        // It may have become one since, in a directory that another sandbox writes.
        let mut options = fs::File::options();
        options.read(true).custom_flags(O_NONBLOCK as i32);
        let file = options.open(path).ok()?;
        file.take(LONGEST).read_to_end(&mut bytes).ok()?;
        Some(bytes)
    }
}

fn kind_of(found: &fs::Metadata) -> Kind {
    if found.is_dir() {
        Kind::Directory
    } else if found.is_symlink() {
        Kind::Link
    } else if found.file_type().is_char_device() || found.file_type().is_block_device() {
        Kind::Device
    } else {
        Kind::File
    }
}
