//! Homes that are kept: `~/.local/share/aril/homes/NAME`.

use crate::error::RunError;
use aril_profile::{Facts, Home, Settings, kept_homes};
use aril_sandbox::{Node, Spec};
use rustix::fs::{Mode, OFlags, mkdirat, open, openat};
use rustix::io::Errno;
use std::fs::{DirBuilder, metadata};
use std::os::fd::OwnedFd;
use std::os::unix::fs::{DirBuilderExt, MetadataExt};
use std::path::Path;

const DIRECTORY: OFlags = OFlags::PATH
    .union(OFlags::DIRECTORY)
    .union(OFlags::NOFOLLOW)
    .union(OFlags::CLOEXEC);
const NEW_FILE: OFlags = OFlags::WRONLY
    .union(OFlags::CREATE)
    .union(OFlags::EXCL)
    .union(OFlags::NOFOLLOW)
    .union(OFlags::CLOEXEC);

/// Makes the home that is asked for by name, for its owner alone, with places for what is mounted in it.
pub fn make(settings: &Settings, facts: &Facts, spec: &Spec) -> Result<(), RunError> {
    let Some(Home::Private(name)) = settings.home.as_ref().map(|home| &home.value) else {
        return Ok(());
    };
    let path = kept_homes(facts).join(name);
    let failed = |why: &dyn std::fmt::Display| RunError::on("make the home directory", &path, why);
    let made = DirBuilder::new().recursive(true).mode(0o700).create(&path);
    made.map_err(|error| failed(&error))?;
    let found = metadata(&path).map_err(|error| failed(&error))?;
    if found.uid() != facts.uid {
        return Err(failed(&"it belongs to another user"));
    }
    for entry in &spec.tree {
        let within = entry.target.strip_prefix(&facts.home);
        if let (Ok(within), Node::Bind(_)) = (within, &entry.node)
            && within != Path::new("")
        {
            let top = open(&path, DIRECTORY, Mode::empty()).map_err(|errno| failed(&errno))?;
            let made = make_place(top, within, entry.target.is_dir());
            made.map_err(|errno| failed(&errno))?;
        }
    }
    Ok(())
}

/// Makes an empty directory or file. A link that the payload of an earlier run has put there is not
/// followed; the mount then finds its place inside, or fails.
fn make_place(top: OwnedFd, within: &Path, is_directory: bool) -> Result<(), Errno> {
    let mut at = top;
    let mut parts = within.iter().peekable();
    while let Some(part) = parts.next() {
        if parts.peek().is_none() && !is_directory {
            return match openat(&at, part, NEW_FILE, Mode::RUSR | Mode::WUSR) {
                Ok(_) | Err(Errno::EXIST) => Ok(()),
                Err(errno) => Err(errno),
            };
        }
        match mkdirat(&at, part, Mode::RWXU) {
            Ok(()) | Err(Errno::EXIST) => (),
            Err(errno) => return Err(errno),
        }
        at = match openat(&at, part, DIRECTORY, Mode::empty()) {
            Err(Errno::LOOP | Errno::NOTDIR) => return Ok(()),
            other => other?,
        };
    }
    Ok(())
}
