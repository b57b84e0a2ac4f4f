//! The host's files that an application sees: from [`View`] to entries.
//!
//! What lies at a path is opened here, once, by a path in which no symbolic link is left, and
//! mounted by descriptor: whoever can write one of the directories above cannot exchange it any
//! more (contract, 1.12).

mod host_tree;
pub(super) mod mount_point;
mod open;
mod places;
mod tree;
mod words;

#[cfg(test)]
mod tests;

pub use mount_point::{Missing, WritableDirectory};
pub use places::host_places;

use super::Part;
use crate::exports::{HostPlaces, View};
use std::os::fd::BorrowedFd;

/// What the entries are made from.
#[derive(Clone, Copy, Debug)]
pub struct Filesystems<'a> {
    /// What the application sees.
    pub view: &'a View,
    /// Where the host has what.
    pub places: &'a HostPlaces,
    /// `~/.var/app/ID`, as it was opened when it was made.
    pub app_directory: Option<BorrowedFd<'a>>,
    /// Directories of the host that earlier parts show and that the application can write:
    /// persistent paths, the directory of sockets, `/tmp`. What is mounted in them needs a place
    /// there, which is made.
    pub writable: &'a [WritableDirectory],
    /// Whether something is made on the host.
    pub missing: Missing,
}

/// The entries, and what is told about paths that are not shared.
///
/// Where nothing else is shown, `~/.var/app/ID` still is, in a `~/.var/app` where no other
/// application's directory is. The entries come after `/tmp` and the directory of sockets, and
/// before `/.flatpak-info`: targets in directories that the application can write must not be able
/// to cover what others trust.
pub fn part(filesystems: &Filesystems<'_>) -> Part {
    let mut part = Part {
        notes: words::refused(filesystems.view),
        ..Part::default()
    };
    part.extend(tree::part(filesystems));
    part.extend(host_tree::part(filesystems.view, filesystems.places));
    part
}
