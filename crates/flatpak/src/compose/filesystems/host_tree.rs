//! The host's system at `/run/host`: `host-os`, `host-etc`, `host-root`.

use super::tree::{access, empty_file, entry, relative};
use crate::compose::Part;
use crate::exports::{Exposure, HostPlaces, PathKind, View};
use crate::permissions::Grant;
use aril_sandbox::{Access, Entry, Node};
use std::fs;
use std::path::Path;

/// What `host-os` is, beside `/usr` (contract, 1.12). On an OSTree system the last one is what
/// `/usr/local` links to.
const COMPANIONS: &[&str] = &[
    "bin",
    "lib",
    "lib32",
    "lib64",
    "libx32",
    "sbin",
    "var/usrlocal",
];

/// What programs of `/usr` need of `/etc`.
const OF_ETC: &[&str] = &["ld.so.cache", "alternatives"];

/// What `host-root` leaves out: the processes, devices and sockets of the host, by which a program
/// would leave the sandbox.
const NOT_OF_ROOT: &[&str] = &["dev", "proc", "run", "sys"];

/// The entries.
pub(super) fn part(view: &View, places: &HostPlaces) -> Part {
    let mut part = Part::default();
    if let Some(grant) = view.host_os {
        part.tree.extend(host_os(Path::new("/"), grant));
    }
    match (view.host_etc, view.host_os) {
        (Some(grant), _) => {
            let etc = Entry::bind("/etc", "/run/host/etc", access(grant));
            part.tree.push(etc.from_origin("host-etc"));
        }
        (None, Some(_)) => part.tree.extend(OF_ETC.iter().map(|name| {
            let (source, target) = (format!("/etc/{name}"), format!("/run/host/etc/{name}"));
            let bind = Entry::bind(source, target, Access::ReadOnly);
            bind.optional().from_origin("host-os")
        })),
        (None, None) => {}
    }
    if let Some(grant) = view.host_root {
        part.tree.extend(host_root(view, places, grant));
    }
    part
}

/// `/usr` and its companions; those that are links on the host are links here.
fn host_os(root: &Path, grant: Grant) -> Vec<Entry> {
    let usr = Entry::bind(root.join("usr"), "/run/host/usr", access(grant));
    let mut entries = vec![usr.optional()];
    for name in COMPANIONS {
        let (source, target) = (root.join(name), Path::new("/run/host").join(name));
        match fs::read_link(&source) {
            Ok(text) => {
                let to = match text.is_absolute() {
                    true => relative(Path::new("/").join(name).parent().unwrap_or(&text), &text),
                    false => text,
                };
                entries.push(Entry::symlink(to, target));
            }
            Err(_) if source.is_dir() => {
                entries.push(Entry::bind(source, target, access(grant)).optional());
            }
            Err(_) => {}
        }
    }
    let from_origin = |entry: Entry| entry.from_origin("host-os");
    entries.into_iter().map(from_origin).collect()
}

/// The whole tree, and over it what is hidden from the application at its own place.
fn host_root(view: &View, places: &HostPlaces, grant: Grant) -> Vec<Entry> {
    let at = Path::new("/run/host/root");
    let mut entries = vec![Entry::bind("/", at, access(grant))];
    let left_out = NOT_OF_ROOT.iter().filter(|name| {
        let mut names = places.root_names.iter();
        names.any(|there| there == *name)
    });
    for name in left_out {
        entries.extend(covered(&at.join(name), true));
    }
    for (path, shown) in &view.paths {
        let below = path.strip_prefix("/").unwrap_or(path);
        if shown.exposure == Exposure::Hidden {
            let is_directory = shown.kind == PathKind::Directory;
            entries.extend(covered(&at.join(below), is_directory));
        }
    }
    let from_origin = |entry: Entry| entry.from_origin("host-root");
    entries.into_iter().map(from_origin).collect()
}

/// An empty directory that can only be read, or an empty file.
fn covered(target: &Path, is_directory: bool) -> Vec<Entry> {
    if !is_directory {
        return vec![entry(target, empty_file(), None)];
    }
    let (size, mode) = (Some(4096), 0o755);
    vec![
        entry(target, Node::Tmpfs { size, mode }, None),
        entry(target, Node::ReadOnly, None),
    ]
}
