//! Files of the host that every application sees, whatever it asks for: fonts, icons, the time zone,
//! the resolver's files, the sockets of the journal. All of them can only be read (contract, 1.2).
//!
//! What lies in the home directory is opened without following a symbolic link: another application
//! may have been allowed to write there, and a link to `~/.ssh` must not bring it inside.

mod certificates;
mod dconf;
mod fonts;
mod icons;
mod of_user;
mod resolver;
mod services;
mod timezone;
mod user_dirs;

#[cfg(test)]
mod tests;

pub use dconf::dconf;

use super::filesystems::Missing;
use super::{Facts, Part};
use crate::beneath::Beneath;
use crate::bus::SessionHelper;
use crate::exports::View;
use aril_sandbox::spec::{Bind, Data, Devices, Source};
use aril_sandbox::{Access, Entry, Node};
use std::os::fd::{AsRawFd, BorrowedFd, OwnedFd};
use std::path::{Path, PathBuf};

/// What the files are found by.
#[derive(Clone, Copy, Debug)]
pub struct HostFiles<'a> {
    /// The host's root directory: `/`, but for tests.
    pub root: &'a Path,
    /// The user and the session.
    pub facts: &'a Facts,
    /// What appears on `/usr`.
    pub runtime: &'a Beneath,
    /// Whether the network is shared: some services are reached by it alone.
    pub network: bool,
    /// What keeps the resolver's files up to date.
    pub helper: &'a SessionHelper,
    /// What else of the host the application sees.
    pub view: &'a View,
    /// `~/.var/app/ID`, and its path; `None` for an application that keeps nothing.
    pub app_directory: Option<(BorrowedFd<'a>, &'a Path)>,
    /// Whether something is made on the host.
    pub missing: Missing,
}

/// The entries. They come after `/usr`, `/etc`, and `~/.var/app/ID`.
pub fn part(host: &HostFiles<'_>) -> Part {
    let mut part = Part::default();
    part.tree.extend(marks(host));
    part.extend(fonts::part(host));
    part.extend(icons::part(host));
    part.tree.extend(timezone::entries(host));
    part.extend(resolver::part(host));
    part.extend(certificates::part(host));
    part.extend(services::part(host));
    part.extend(user_dirs::part(host));
    part
}

/// By what a program tells where it is: which system is around it, and who made the container
/// (systemd.io, "Container Interface").
fn marks(host: &HostFiles<'_>) -> Vec<Entry> {
    let mut tree = vec![file("/run/host/container-manager", b"flatpak\n".to_vec())];
    let release = ["etc/os-release", "usr/lib/os-release"];
    tree.extend(first_of(host, &release).map(|source| bind(source, "/run/host/os-release")));
    tree
}

/// The first of these paths of the host that exists.
fn first_of(host: &HostFiles<'_>, paths: &[&str]) -> Option<PathBuf> {
    let mut paths = paths.iter().map(|path| host.root.join(path));
    paths.find(|path| path.exists())
}

fn always(target: impl Into<PathBuf>, node: Node) -> Entry {
    Entry::new(target, node).from_origin("every application")
}

/// A path of the system, which only the administrator can change. It may go away meanwhile.
fn bind(source: impl Into<PathBuf>, target: impl Into<PathBuf>) -> Entry {
    let bind = Entry::bind(source, target, Access::ReadOnly);
    bind.optional().from_origin("every application")
}

/// Something that has been opened.
fn bind_fd(part: &mut Part, fd: OwnedFd, target: impl Into<PathBuf>) {
    let node = Node::Bind(Bind {
        source: Source::Fd(fd.as_raw_fd()),
        access: Access::ReadOnly,
        devices: Devices::Refused,
        optional: false,
        live: false,
    });
    part.tree.push(always(target, node));
    part.held.push(fd);
}

fn file(target: impl Into<PathBuf>, bytes: Vec<u8>) -> Entry {
    let node = Node::Data {
        mode: 0o444,
        data: Data::Bytes(bytes),
        access: Access::ReadOnly,
    };
    always(target, node)
}
