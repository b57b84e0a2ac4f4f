//! One entry for each path that is exposed.

use super::mount_point::{self, Missing, Place, WritableDirectory};
use super::{Filesystems, open, words};
use crate::compose::Part;
use crate::exports::{Exposed, Exposure, Mirror, PathKind};
use crate::permissions::{Grant, Origin};
use aril_sandbox::spec::{Bind, Data, Devices, Source};
use aril_sandbox::{Access, Entry, Node};
use rustix::io::{Errno, fcntl_dupfd_cloexec};
use std::ffi::OsStr;
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, OwnedFd};
use std::path::{Path, PathBuf};

/// The most that an empty directory in place of a hidden one holds: the mount points in it.
const HIDDEN_SIZE: u64 = 1 << 20;

/// Where removable media appear while an application runs.
const MEDIA: &[&str] = &["/run/media", "/media", "/mnt"];

/// Directories that every sandbox has, where a host may have a symbolic link.
const OWN: &[&str] = &["/tmp", "/var/tmp"];

struct Tree<'a> {
    from: &'a Filesystems<'a>,
    part: Part,
    /// Entries that come when all others are there.
    last: Vec<Entry>,
}

/// The entries of all paths, parents before what is in them.
pub(super) fn part(from: &Filesystems<'_>) -> Part {
    let mut tree = Tree {
        from,
        part: Part::default(),
        last: Vec::new(),
    };
    for (path, shown) in &from.view.paths {
        tree.path(path, shown);
    }
    for mirror in &from.view.mirrors {
        tree.mirror(mirror);
    }
    tree.part.tree.append(&mut tree.last);
    tree.part
}

impl Tree<'_> {
    fn path(&mut self, path: &Path, shown: &Exposed) {
        let origin = shown.origin.as_ref();
        match &shown.exposure {
            Exposure::Directory => self.directory(path, origin),
            Exposure::Hidden => self.hidden(path, shown),
            Exposure::Bound(grant) => match self.shows_already(path, *grant) {
                true => self.made(path, shown),
                false => self.bound(path, shown, *grant),
            },
            Exposure::Link(target) => self.link(path, target, shown),
        }
    }

    /// What is around a path that shows, shows the path too, where it is there.
    fn directory(&mut self, path: &Path, origin: Option<&Origin>) {
        if !self.from.view.parent_shows(path) && self.has_place(path, Place::Directory) {
            let node = Node::Directory { mode: 0o755 };
            self.part.tree.push(entry(path, node, origin));
        }
    }

    /// An empty directory that can only be read, or an empty file. Where nothing around it shows,
    /// nothing lies there anyway, but a directory has its name.
    fn hidden(&mut self, path: &Path, shown: &Exposed) {
        let origin = shown.origin.as_ref();
        let covers = self.from.view.parent_shows(path);
        match (covers, shown.kind == PathKind::Directory) {
            (true, true) => {
                let size = Some(HIDDEN_SIZE);
                let node = Node::Tmpfs { size, mode: 0o755 };
                self.part.tree.push(entry(path, node, origin));
                self.last.push(entry(path, Node::ReadOnly, origin));
            }
            (true, false) => self.part.tree.push(entry(path, empty_file(), origin)),
            (false, true) => self.directory(path, origin),
            (false, false) => {}
        }
    }

    /// Whether what is around a path shows it in the very same way.
    fn shows_already(&self, path: &Path, grant: Grant) -> bool {
        let around = path.ancestors().skip(1);
        let mut around = around.filter_map(|path| Some((path, self.from.view.paths.get(path)?)));
        let around = around.find(|(_, shown)| shown.exposure != Exposure::Directory);
        let Some((outer, Exposed { exposure, .. })) = around else {
            return false;
        };
        let Exposure::Bound(outer_grant) = exposure else {
            return false;
        };
        access(*outer_grant) == access(grant)
            && is_live(outer, *outer_grant) == is_live(path, grant)
    }

    /// What shows with what is around it may have to be made all the same.
    fn made(&mut self, path: &Path, shown: &Exposed) {
        if !self.is_made(shown) {
            return;
        }
        if let Err(errno) = open::created(path) {
            let note = words::unshared(path, &errno, shown.origin.as_ref());
            self.part.notes.push(note);
        }
    }

    fn bound(&mut self, path: &Path, shown: &Exposed, grant: Grant) {
        let origin = shown.origin.as_ref();
        let opened = self.opened(path, shown).and_then(|fd| {
            self.make_place(path, place(&shown.kind))?;
            Ok(fd)
        });
        match opened {
            Ok(fd) => self.bind(fd, path, (grant, origin)),
            Err(Errno::NOENT) if shown.create && self.from.missing == Missing::Leave => {
                let bind = Entry::bind(path, path, access(grant));
                self.part.tree.push(entry(path, bind.node, origin));
            }
            Err(errno) => self.part.notes.push(words::unshared(path, &errno, origin)),
        }
    }

    fn opened(&self, path: &Path, shown: &Exposed) -> Result<OwnedFd, Errno> {
        match self.own() {
            Some((own, directory)) if own == path => fcntl_dupfd_cloexec(directory, 3),
            _ if self.is_made(shown) => open::created(path),
            _ => open::place(path, &shown.kind),
        }
    }

    /// What is to be there is a directory, unless something else is there already.
    fn is_made(&self, shown: &Exposed) -> bool {
        let is_directory = shown.kind == PathKind::Directory;
        shown.create && is_directory && self.from.missing == Missing::Make
    }

    /// The application's own directory, which has been opened by whoever made it.
    fn own(&self) -> Option<(&Path, BorrowedFd<'_>)> {
        let path = self.from.view.app_directory.as_deref()?;
        Some((path, self.from.app_directory?))
    }

    fn bind(&mut self, fd: OwnedFd, target: &Path, (grant, origin): (Grant, Option<&Origin>)) {
        let node = Node::Bind(Bind {
            source: Source::Fd(fd.as_raw_fd()),
            access: access(grant),
            devices: Devices::Refused,
            optional: false,
            live: is_live(target, grant),
        });
        self.part.tree.push(entry(target, node, origin));
        self.part.held.push(fd);
    }

    /// Links are made relative, so that they lead to the same place under another root too.
    fn link(&mut self, path: &Path, target: &Path, shown: &Exposed) {
        if self.from.view.parent_shows(path) {
            return;
        }
        if OWN.iter().any(|own| path == Path::new(own)) {
            return self.instead_of_link(path, target);
        }
        let to = relative(path.parent().unwrap_or(path), target).into_os_string();
        if let Some((directory, below)) = mount_point::nearest(self.from.writable, path) {
            return self.link_on_host((directory, below), &to, (path, shown));
        }
        let link = entry(path, Node::Symlink { to }, shown.origin.as_ref());
        self.part.tree.push(link);
    }

    /// In a directory of the host's that is the application's own the link is made there. What the
    /// application has put in its place stays.
    fn link_on_host(
        &mut self,
        (directory, below): (&WritableDirectory, &Path),
        to: &OsStr,
        (path, shown): (&Path, &Exposed),
    ) {
        if self.from.missing == Missing::Leave {
            return;
        }
        if let Err(errno) = mount_point::link(directory.fd.as_fd(), below, to) {
            let note = words::unshared(path, &errno, shown.origin.as_ref());
            self.part.notes.push(note);
        }
    }

    /// Where the sandbox has a directory of its own, what the link leads to is shown in it.
    fn instead_of_link(&mut self, path: &Path, target: &Path) {
        let Some(shown) = self.from.view.paths.get(target) else {
            return;
        };
        let (Exposure::Bound(grant), origin) = (&shown.exposure, shown.origin.as_ref()) else {
            return;
        };
        match open::place(target, &shown.kind) {
            Ok(fd) => self.bind(fd, path, (*grant, origin)),
            Err(errno) => self.part.notes.push(words::unshared(path, &errno, origin)),
        }
    }

    /// A path of a base directory shows in the application's own one as well, which it can write: no
    /// link is followed there.
    fn mirror(&mut self, mirror: &Mirror) {
        let Some((own, directory)) = self.own() else {
            return;
        };
        let Some(shown) = self.from.view.paths.get(&mirror.source) else {
            return;
        };
        let origin = shown.origin.as_ref();
        let target = own.join(&mirror.target);
        let made = open::place(&mirror.source, &shown.kind).and_then(|fd| {
            if self.from.missing == Missing::Make {
                mount_point::make(directory, &mirror.target, place(&shown.kind))?;
            }
            Ok(fd)
        });
        match made {
            Ok(fd) => self.bind(fd, &target, (mirror.grant, origin)),
            Err(errno) => self
                .part
                .notes
                .push(words::unshared(&target, &errno, origin)),
        }
    }

    /// Where what is around a path shows, the path has its place: it is there on the host.
    fn make_place(&self, path: &Path, place: Place) -> Result<(), Errno> {
        let view = self.from.view;
        if self.from.missing == Missing::Leave || view.parent_shows(path) || self.is_covered(path) {
            return Ok(());
        }
        mount_point::make_inside(self.from.writable, path, place)
    }

    /// Whether a path lies in what hides a part of a directory that shows.
    fn is_covered(&self, path: &Path) -> bool {
        let around = path.ancestors().skip(1);
        let mut around = around.filter_map(|path| Some((path, self.from.view.paths.get(path)?)));
        let around = around.find(|(_, shown)| shown.exposure != Exposure::Directory);
        around.is_some_and(|(path, shown)| {
            shown.exposure == Exposure::Hidden && self.from.view.parent_shows(path)
        })
    }

    /// Makes the place for something that is not bound, or tells why it cannot be.
    fn has_place(&mut self, path: &Path, place: Place) -> bool {
        let made = self.make_place(path, place);
        if let Err(errno) = made {
            self.part.notes.push(words::unshared(path, &errno, None));
        }
        made.is_ok()
    }
}

pub(super) fn entry(target: &Path, node: Node, origin: Option<&Origin>) -> Entry {
    let entry = Entry::new(target, node);
    match origin {
        Some(origin) => entry.from_origin(origin.to_string()),
        None => entry.from_origin("every application"),
    }
}

pub(super) fn empty_file() -> Node {
    Node::Data {
        mode: 0o444,
        data: Data::Bytes(Vec::new()),
        access: Access::ReadOnly,
    }
}

pub(super) fn access(grant: Grant) -> Access {
    match grant {
        Grant::Nothing | Grant::ReadOnly => Access::ReadOnly,
        Grant::Create | Grant::ReadWrite => Access::ReadWrite,
    }
}

/// The engine keeps no read-only mount live: what appeared in it would be writable.
fn is_live(path: &Path, grant: Grant) -> bool {
    access(grant) == Access::ReadWrite && MEDIA.iter().any(|media| path.starts_with(media))
}

fn place(kind: &PathKind) -> Place {
    match kind {
        PathKind::Directory => Place::Directory,
        _ => Place::File,
    }
}

/// The way from one absolute directory to another path.
pub(super) fn relative(from: &Path, to: &Path) -> PathBuf {
    let shared = from
        .components()
        .zip(to.components())
        .take_while(|(from, to)| from == to)
        .count();
    let up = from.components().skip(shared).map(|_| "..".as_ref());
    let down = to.components().skip(shared).map(|part| part.as_os_str());
    let path: PathBuf = up.chain(down).collect();
    if path.as_os_str().is_empty() {
        return PathBuf::from(".");
    }
    path
}
