//! Removing what dead instances have left.

use super::directory::Directory;
use super::instance::{ASIDE, OURS, Place, random_name};
use super::per_app::{self, REF};
use crate::keyfile::KeyFile;
use crate::refs::Id;
use aril_sandbox::sys;
use rustix::fs::{AtFlags, fstat, statat};
use std::ffi::{OsStr, OsString};
use std::fs::File;
use std::io;

/// What follows the number in the name of the directory for files that must not appear inside.
const PRIVATE: &str = "-private";
/// How names of directories begin that are being removed. Nobody uses what is in them, and nobody has to
/// ask before removing them.
const DOOMED: &str = ".old-";
/// Longer than the `info` of any instance.
pub(super) const LONGEST_INFO: u64 = 1 << 20;

/// Removes what an application's instances have shared, unless one of them lives.
pub(super) fn shared(place: &Place, app: &OsStr) -> io::Result<()> {
    let instances = &place.instances;
    tolerant(instances.open(app).and_then(|app| clear(instances, &app)))
}

/// Removes every instance of ours that nobody holds, and what applications shared that do not run.
pub(super) fn dead(place: &Place) -> io::Result<()> {
    for name in place.own.names()? {
        let begins = |with: &str| name.as_encoded_bytes().starts_with(with.as_bytes());
        if begins(ASIDE) {
            tolerant(remove_aside(&place.own, &name))?;
        } else if begins(DOOMED) {
            tolerant(place.own.remove_tree(&name))?;
        }
    }
    let instances = &place.instances;
    let names = instances.names()?;
    for name in &names {
        if is_number(name) && is_ours(instances, name) {
            tolerant(remove_instance(place, name))?;
        } else if is_left_alone(instances, name) {
            tolerant(remove_from(instances, name, &place.own))?;
        }
    }
    for name in names.iter().filter(|name| is_app(name)) {
        shared(place, name)?;
    }
    Ok(())
}

/// Removes an instance whose locks its launcher has just given up, unless init still holds them.
pub(super) fn release(place: &Place, id: &str, app: &Directory) -> io::Result<()> {
    tolerant(remove_instance(place, OsStr::new(id)))?;
    tolerant(clear(&place.instances, app))
}

/// Another collector, or flatpak's, may be faster: what it has removed is removed.
fn tolerant(done: io::Result<()>) -> io::Result<()> {
    match done {
        Err(error) if is_lost(&error) => Ok(()),
        other => other,
    }
}

/// Whether an error means that another has the lock, or has removed the file.
pub(super) fn is_lost(error: &io::Error) -> bool {
    use io::ErrorKind::{DirectoryNotEmpty, NotFound, WouldBlock};
    matches!(error.kind(), NotFound | WouldBlock | DirectoryNotEmpty)
}

/// Private files go first, so that they never stay alone.
fn remove_instance(place: &Place, name: &OsStr) -> io::Result<()> {
    let instances = &place.instances;
    let _lock = exclusive(&instances.open(name)?)?;
    let mut private = OsString::from(name);
    private.push(PRIVATE);
    instances.remove_tree(&private)?;
    remove_from(instances, name, &place.own)
}

/// Gives a directory another name before it is emptied. Who is killed in between leaves something that
/// the next collector knows for dead, and not half of something that has lost its lock or the mark by which
/// it is ours.
fn remove_from(from: &Directory, name: &OsStr, own: &Directory) -> io::Result<()> {
    let doomed = OsString::from(format!("{DOOMED}{}", random_name(12)?));
    from.move_to(name, own, &doomed)?;
    own.remove_tree(&doomed)
}

/// Removes an instance that its maker did not finish.
fn remove_aside(own: &Directory, name: &OsStr) -> io::Result<()> {
    let directory = own.open(name)?;
    if !directory.has(OsStr::new(REF)) {
        // Its maker has not come to make the lock: if that still lives, it begins again.
        return own.remove_empty(name);
    }
    let _lock = exclusive(&directory)?;
    remove_from(own, name, own)
}

/// The exclusive lock on `.ref`.
fn exclusive(directory: &Directory) -> io::Result<File> {
    let lock = directory.open_file(OsStr::new(REF))?;
    sys::file::lock_exclusive((&lock).into())?;
    is_same(directory, &lock)?;
    Ok(lock)
}

/// See that `.ref` still is the file that was locked.
pub(super) fn is_same(directory: &Directory, lock: &File) -> io::Result<()> {
    let (open, named) = (
        fstat(lock)?,
        statat(directory, REF, AtFlags::SYMLINK_NOFOLLOW)?,
    );
    if (open.st_dev, open.st_ino) == (named.st_dev, named.st_ino) {
        Ok(())
    } else {
        Err(io::ErrorKind::NotFound.into())
    }
}

/// Removes what an application's instances shared, unless one of them may live. flatpak gives its lock
/// up for a moment at each start, so an instance of flatpak's that may be of the application counts.
fn clear(instances: &Directory, directory: &Directory) -> io::Result<()> {
    let shared = ["tmp", "dev-shm"];
    let Some(app) = directory.path().file_name().and_then(OsStr::to_str) else {
        return Ok(());
    };
    if !shared.iter().any(|name| directory.has(OsStr::new(name)))
        || is_used_by_flatpak(instances, app)?
    {
        return Ok(());
    }
    let _lock = exclusive(directory)?;
    if is_used_by_flatpak(instances, app)? {
        return Ok(());
    }
    per_app::clear(directory, app)
}

fn is_used_by_flatpak(instances: &Directory, app: &str) -> io::Result<bool> {
    for name in instances.names()? {
        if !is_number(&name) || is_ours(instances, &name) {
            continue;
        }
        if app_of(instances, &name).is_none_or(|other| other.as_str() == app) {
            return Ok(true);
        }
    }
    Ok(false)
}

/// The application of an instance, by its `info`.
fn app_of(instances: &Directory, name: &OsStr) -> Option<Id> {
    let directory = instances.open(name).ok()?;
    let info = directory.read(OsStr::new("info"), LONGEST_INFO).ok()?;
    let info = KeyFile::parse(&info).ok()?;
    info.string("Application", "name").ok()??.parse().ok()
}

fn is_ours(instances: &Directory, name: &OsStr) -> bool {
    instances.has_within(name, OsStr::new(OURS))
}

/// Whether this is the private directory of an instance of ours that flatpak has collected.
fn is_left_alone(instances: &Directory, name: &OsStr) -> bool {
    let owner = name.to_str().and_then(|name| name.strip_suffix(PRIVATE));
    owner.is_some_and(|owner| {
        is_number(OsStr::new(owner))
            && is_ours(instances, name)
            && !instances.has(OsStr::new(owner))
    })
}

fn is_app(name: &OsStr) -> bool {
    name.to_str().is_some_and(|name| name.parse::<Id>().is_ok())
}

pub(super) fn is_number(name: &OsStr) -> bool {
    let name = name.as_encoded_bytes();
    !name.is_empty() && name.iter().all(u8::is_ascii_digit)
}
