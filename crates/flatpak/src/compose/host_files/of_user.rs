//! What lies in the user's directories.

use super::HostFiles;
use crate::compose::filesystems::mount_point::beneath;
use crate::compose::{Note, Part};
use crate::text::shown_path;
use rustix::fs::{Mode, OFlags, open};
use rustix::io::Errno;
use std::os::fd::OwnedFd;
use std::path::{Path, PathBuf};

const PLACE: OFlags = OFlags::PATH.union(OFlags::CLOEXEC);

/// A directory of the user: where the search begins, and the way from there, on which no link is
/// followed. Where a variable leads out of the home directory, it begins there.
fn split<'a>(home: &'a Path, path: &'a Path) -> Option<(&'a Path, &'a Path)> {
    match path.strip_prefix(home) {
        Ok(below) => Some((home, below)),
        Err(_) => Some((path.parent()?, Path::new(path.file_name()?))),
    }
}

/// Opens something of the user's, if it is there. A link on the way is told in the part's notes.
pub(super) fn opened(part: &mut Part, host: &HostFiles<'_>, path: &Path) -> Option<OwnedFd> {
    let (base, below) = split(&host.facts.home, path)?;
    let base = open(base, PLACE | OFlags::DIRECTORY, Mode::empty()).ok()?;
    match beneath(&base, below, PLACE) {
        Ok(fd) => Some(fd),
        Err(errno) => {
            if errno == Errno::LOOP {
                let path = shown_path(path);
                let why = "a symbolic link in the home directory is not followed";
                let text = format!("Not sharing \"{path}\" with sandbox: {why}");
                part.notes.push(Note::Detail(text));
            }
            None
        }
    }
}

/// The first of these that is there.
pub(super) fn first(
    part: &mut Part,
    host: &HostFiles<'_>,
    paths: &[PathBuf],
) -> Option<(OwnedFd, PathBuf)> {
    let mut paths = paths.iter();
    paths.find_map(|path| Some((opened(part, host, path)?, path.clone())))
}
