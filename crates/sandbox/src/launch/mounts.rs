//! Steps that mount.
//!
//! A mount is made detached, gets its attributes, and is attached on an open target: at no moment
//! is it visible with fewer restrictions than planned.

use super::child::{Fault, State};
use super::read_back::{verify_attached, verify_attributes, verify_attributes_or_id};
use super::record::Record;
use super::target::Missing;
use crate::outcome::Part;
use crate::plan::{Bind, Target};
use crate::spec::Access;
use aril_sys::mount::{self, Attributes, Depth, Propagation};
use aril_sys::{Errno, Fd, file};
use core::ffi::CStr;

type Done = Result<(), Fault>;

/// What a filesystem in memory, or of processes, is mounted with.
pub(super) const QUIET: Attributes = Attributes::NO_SUID.and(Attributes::NO_DEV);

/// Where directories to mount on are made, this is their mode.
const DIRECTORY: Missing = Missing::Directory(0o755);

impl State<'_> {
    /// The host's root: everything is stacked on it until the pivot. Paths that begin at `/` still
    /// begin below the stack, since a process's root is a mount, not a place.
    fn attach_on_host_root(&mut self, tree: Fd) -> Done {
        let root = file::open(Fd::CWD, c"/", file::O_PATH | file::O_DIRECTORY, 0)?;
        if self.host_root.is_none() {
            self.host_root = Some(file::status(root)?);
        }
        mount::attach(tree, root).map_err(Part::Attach.fault())?;
        self.stacked += 1;
        Ok(file::close(root)?)
    }

    /// Whether a source is the host's root directory itself. Device and inode tell for nearly all that
    /// it is not; the same directory may be mounted elsewhere, which the mount's id tells.
    fn is_host_root(&self, status: &file::Status, source: &CStr) -> Result<bool, Errno> {
        match &self.host_root {
            Some(root) if root.is_same_file(status) => {
                Ok(file::mount_id(Fd::CWD, source)? == file::mount_id(Fd::CWD, c"/")?)
            }
            _ => Ok(false),
        }
    }

    pub(super) fn new_base(&mut self) -> Done {
        let base = new_tmpfs(None, c"0700").map_err(Part::Filesystem.fault())?;
        self.attach_on_host_root(base)?;
        self.base = Some(base);
        Ok(())
    }

    pub(super) fn new_root(&mut self, size: Option<&CStr>) -> Done {
        let root = new_tmpfs(size, c"0755").map_err(Part::Filesystem.fault())?;
        self.attach_on_host_root(root)?;
        self.add_own_device(file::status(root)?.device);
        self.root = Some(root);
        Ok(())
    }

    /// Attaches a tree on a target. What is attached on the root becomes the new root: a path
    /// resolved from the old one would not see it.
    fn attach(&mut self, tree: Fd, target: &Target, missing: Missing) -> Done {
        if self.root.is_none() {
            self.attach_on_host_root(tree)?;
            self.root = Some(tree);
            return Ok(());
        }
        self.attach_on_target(tree, target, missing)?;
        if target.path.to_bytes() == b"." {
            file::close(self.root()?)?;
            self.stacked += 1;
            self.root = Some(tree);
            return Ok(());
        }
        Ok(file::close(tree)?)
    }

    pub(super) fn bind(&mut self, index: usize, bind: &Bind) -> Done {
        let depth = if bind.recursive {
            Depth::Recursive
        } else {
            Depth::One
        };
        let tree = match mount::clone_tree(Fd::CWD, &bind.source, depth) {
            Err(Errno::ENOENT) if bind.optional => return Ok(()),
            other => other.map_err(Part::Source.fault())?,
        };
        let status = file::status(tree).map_err(Part::Source.fault())?;
        if bind
            .identity
            .is_some_and(|identity| identity != (status.device, status.inode))
        {
            return Err(Part::Source.fault()(Errno::ESTALE));
        }
        let refused = set_bind_attributes(tree, bind)?;
        let unanswered = verify_attributes_or_id(tree, bind.attributes)?;
        self.attach_bind(tree, bind, &status)?;
        if let Some(top) = refused
            && self.restrict_below(top, bind)?
        {
            let index = index as u32;
            self.tell(Record::Fallback { index }, None);
        }
        match unanswered {
            Some(mount) => verify_attached(mount, bind.attributes),
            None => Ok(()),
        }
    }

    fn attach_bind(&mut self, tree: Fd, bind: &Bind, status: &file::Status) -> Done {
        let missing = if status.is_directory() {
            DIRECTORY
        } else {
            Missing::File(0o444)
        };
        if bind.covers_proc {
            return self.attach_proc(tree, &bind.target, true);
        }
        if !self.is_host_root(status, &bind.source)? {
            return self.attach(tree, &bind.target, missing);
        }
        let kept = file::duplicate(tree, 3)?;
        let copies = self.stacked;
        self.attach(tree, &bind.target, missing)?;
        unstack(kept, copies)?;
        let seen = self.open_inside(&bind.target.path, file::O_PATH)?;
        if file::mount_id_of(seen)? != file::mount_id_of(kept)? {
            return Err(Part::Verify.fault()(Errno::EBUSY));
        }
        file::close(seen)?;
        Ok(file::close(kept)?)
    }

    /// Mounts what is at the target on itself. Source and target are one descriptor, so that nothing
    /// can be put in its place in between.
    pub(super) fn pin(&mut self, target: &Target, access: Access, followed: bool) -> Done {
        let link = if followed { 0 } else { file::O_NOFOLLOW };
        let place = self.open_inside(&target.path, file::O_PATH | link);
        let place = place.map_err(Part::Target.fault())?;
        let tree = mount::clone_tree(place, c"", Depth::Recursive).map_err(Part::Source.fault())?;
        if access == Access::ReadOnly {
            let set = Attributes::READ_ONLY;
            mount::set_attributes(tree, Depth::Recursive, set, Some(Propagation::Private))
                .map_err(Part::Attributes.fault())?;
            verify_attributes(tree, set)?;
        }
        mount::attach(tree, place).map_err(Part::Attach.fault())?;
        self.forget_parent()?;
        file::close(place)?;
        Ok(file::close(tree)?)
    }

    pub(super) fn tmpfs(&mut self, target: &Target, size: Option<&CStr>, mode: &CStr) -> Done {
        let tree = new_tmpfs(size, mode).map_err(Part::Filesystem.fault())?;
        self.add_own_device(file::status(tree)?.device);
        self.attach(tree, target, DIRECTORY)
    }

    /// Mounts a process filesystem; tells whether the host's had to stand in.
    pub(super) fn proc_on(
        &mut self,
        target: &Target,
        fallback: bool,
        covered: bool,
    ) -> Result<bool, Fault> {
        let quiet = QUIET.and(Attributes::NO_EXEC);
        let (tree, fell_back) = match new_filesystem(c"proc", &[], quiet) {
            Ok(tree) => (tree, false),
            // The kernel grants a new one only where the caller's own is whole
            // (`mount_too_revealing` in fs/namespace.c): a container's masks would be undone.
            Err(Errno::EPERM) if fallback => {
                let tree = mount::clone_tree(Fd::CWD, c"/proc", Depth::Recursive)
                    .map_err(Part::Source.fault())?;
                mount::set_attributes(tree, Depth::Recursive, quiet, Some(Propagation::Private))
                    .map_err(Part::Attributes.fault())?;
                (tree, true)
            }
            Err(errno) => return Err(Part::Filesystem.fault()(errno)),
        };
        verify_attributes(tree, quiet)?;
        self.attach_proc(tree, target, covered)?;
        Ok(fell_back)
    }

    /// Attaches a process filesystem, and covers what can be written in it by itself, read-only. What
    /// is covered is found from the mount's own descriptor: the target may be in a directory that
    /// others change.
    pub(super) fn attach_proc(&mut self, tree: Fd, target: &Target, covered: bool) -> Done {
        let kept = file::duplicate(tree, 3)?;
        self.attach(tree, target, DIRECTORY)?;
        if covered {
            cover_proc(kept)?;
        }
        Ok(file::close(kept)?)
    }

    pub(super) fn devpts(&mut self, target: &Target) -> Done {
        let options: [(&CStr, Option<&CStr>); 3] = [
            (c"newinstance", None),
            (c"ptmxmode", Some(c"0666")),
            (c"mode", Some(c"0620")),
        ];
        let attributes = Attributes::NO_SUID.and(Attributes::NO_EXEC);
        let tree =
            new_filesystem(c"devpts", &options, attributes).map_err(Part::Filesystem.fault())?;
        self.attach(tree, target, DIRECTORY)
    }

    pub(super) fn mqueue(&mut self, target: &Target) -> Done {
        let attributes = QUIET.and(Attributes::NO_EXEC);
        let tree = new_filesystem(c"mqueue", &[], attributes).map_err(Part::Filesystem.fault())?;
        self.attach(tree, target, DIRECTORY)
    }

    /// Attaches a tree whose target is a directory, for the steps of other modules.
    pub(super) fn attach_directory(&mut self, tree: Fd, target: &Target) -> Done {
        self.attach(tree, target, DIRECTORY)
    }

    /// Attaches a tree whose target is a file, for the steps of other modules.
    pub(super) fn attach_file(&mut self, tree: Fd, target: &Target) -> Done {
        self.attach(tree, target, Missing::File(0o444))
    }
}

/// Gives the tree its attributes. Where a mount below its root refuses, and by explicit request that is
/// no failure, only the root has them, and its mount's id is told: the others come one by one.
fn set_bind_attributes(tree: Fd, bind: &Bind) -> Result<Option<u64>, Fault> {
    let set = |depth| mount::set_attributes(tree, depth, bind.attributes, bind.propagation());
    match set(Depth::Recursive) {
        Ok(()) => Ok(None),
        Err(_) if bind.lax_submounts => {
            set(Depth::One).map_err(Part::Attributes.fault())?;
            Ok(Some(file::mount_id_of(tree)?))
        }
        Err(errno) => Err(Part::Attributes.fault()(errno)),
    }
}

/// A clone of the host's root has copies of what is stacked on it, our own half-built tree, which
/// would cover what was asked for. They are taken off again once the clone is attached: each
/// `umount2(".")` takes the uppermost.
fn unstack(tree: Fd, copies: usize) -> Done {
    let here = file::open(Fd::CWD, c".", file::O_PATH | file::O_DIRECTORY, 0)?;
    file::change_directory_to(tree)?;
    for _ in 0..copies {
        mount::detach_here().map_err(Part::Attach.fault())?;
    }
    file::change_directory_to(here)?;
    Ok(file::close(here)?)
}

/// It is not asked whether the files can be written: for the directory `sys` the answer is no to
/// everyone, though its files can be (`proc_sys_permission` in fs/proc/proc_sysctl.c).
fn cover_proc(proc: Fd) -> Done {
    for name in [c"sys", c"sysrq-trigger", c"irq", c"bus"] {
        match mount::clone_tree(proc, name, Depth::Recursive) {
            Ok(tree) => cover(proc, name, tree)?,
            Err(Errno::ENOENT) => (),
            Err(errno) => return Err(Part::Source.fault()(errno)),
        }
    }
    Ok(())
}

fn cover(proc: Fd, name: &CStr, tree: Fd) -> Done {
    let set = QUIET.and(Attributes::READ_ONLY);
    mount::set_attributes(tree, Depth::Recursive, set, Some(Propagation::Private))
        .map_err(Part::Attributes.fault())?;
    verify_attributes(tree, set)?;
    let place = file::open(proc, name, file::O_PATH, 0).map_err(Part::Target.fault())?;
    mount::attach(tree, place).map_err(Part::Attach.fault())?;
    file::close(place)?;
    Ok(file::close(tree)?)
}

fn new_tmpfs(size: Option<&CStr>, mode: &CStr) -> Result<Fd, Errno> {
    match size {
        None => new_filesystem(c"tmpfs", &[(c"mode", Some(mode))], QUIET),
        Some(size) => new_filesystem(
            c"tmpfs",
            &[(c"mode", Some(mode)), (c"size", Some(size))],
            QUIET,
        ),
    }
}

/// Makes a filesystem with options, and a detached mount of it.
pub(super) fn new_filesystem(
    kind: &CStr,
    options: &[(&CStr, Option<&CStr>)],
    attributes: Attributes,
) -> Result<Fd, Errno> {
    let context = mount::open_filesystem(kind)?;
    // What `/proc/self/mountinfo` shows as the source.
    mount::set_option(context, c"source", kind)?;
    for (key, value) in options {
        match value {
            Some(value) => mount::set_option(context, key, value)?,
            None => mount::set_flag(context, key)?,
        }
    }
    mount::create_mount(context, attributes)
}
