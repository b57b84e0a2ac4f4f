//! Steps that make files, directories and symlinks inside.

use super::child::{Fault, State};
use super::mounts::QUIET;
use super::read_back::verify_attributes;
use super::target::Missing;
use crate::outcome::Part;
use crate::plan::{Contents, Target};
use crate::spec::Access;
use aril_sys::file::{O_CREAT, O_EXCL, O_NOCTTY, O_NONBLOCK, O_PATH, O_RDWR, O_WRONLY};
use aril_sys::mount::{self, Attributes, Depth, Propagation};
use aril_sys::{Errno, Fd, file};
use core::ffi::CStr;

type Done = Result<(), Fault>;

/// The name of a file on the hidden base for the moment until it is mounted.
const DATA: &CStr = c"data";

impl State<'_> {
    pub(super) fn directory(&mut self, target: &Target, mode: u32) -> Done {
        if let Some((parent, name)) = self.own_place(target)? {
            match file::make_directory(parent, name, mode) {
                Err(Errno::EEXIST) => (),
                made => return made.map_err(Part::Target.fault()),
            }
        }
        let fd = self.open_target(target, Missing::Directory(mode))?;
        let status = file::status(fd)?;
        file::close(fd)?;
        if status.is_directory() {
            Ok(())
        } else {
            Err(Part::Existing.fault()(Errno::ENOTDIR))
        }
    }

    /// A file that exists is overwritten; a missing one is made.
    pub(super) fn file(&mut self, target: &Target, mode: u32, contents: &Contents) -> Done {
        let flags = O_WRONLY | O_NOCTTY | O_NONBLOCK;
        let fd = match self.open_inside(&target.path, flags) {
            Err(Errno::ENOENT) => self.open_target(target, Missing::File(mode))?,
            opened => {
                let fd = opened.map_err(Part::Target.fault())?;
                // Only now: it may be a file of the host's.
                self.permit_change(fd)
                    .and_then(|()| empty(fd))
                    .map_err(Part::Target.fault())?;
                fd
            }
        };
        write_contents(fd, contents).map_err(Part::Contents.fault())?;
        Ok(file::close(fd)?)
    }

    /// The contents live on the hidden base, in the end without a name, and only the mount shows them.
    pub(super) fn data(
        &mut self,
        target: &Target,
        mode: u32,
        contents: &Contents,
        access: Access,
    ) -> Done {
        let base = self.base()?;
        let fd = file::open(base, DATA, O_CREAT | O_EXCL | O_RDWR, 0o600)
            .map_err(Part::Filesystem.fault())?;
        file::change_mode(fd, mode).map_err(Part::Filesystem.fault())?;
        write_contents(fd, contents).map_err(Part::Contents.fault())?;
        file::close(fd)?;
        let tree = mount::clone_tree(base, DATA, Depth::One).map_err(Part::Filesystem.fault())?;
        let set = match access {
            Access::ReadOnly => QUIET.and(Attributes::READ_ONLY),
            Access::ReadWrite => QUIET,
        };
        mount::set_attributes(tree, Depth::One, set, Some(Propagation::Private))
            .map_err(Part::Attributes.fault())?;
        verify_attributes(tree, set)?;
        self.attach_file(tree, target)?;
        // Only now: the kernel attaches no tree whose root has been unlinked.
        file::unlink(base, DATA).map_err(Part::Filesystem.fault())
    }

    pub(super) fn symlink(&mut self, to: &CStr, target: &Target) -> Done {
        if let Some((parent, name)) = self.own_place(target)? {
            match file::make_symlink(to, parent, name) {
                Err(Errno::EEXIST) => (),
                made => return made.map_err(Part::Target.fault()),
            }
        }
        self.symlink_elsewhere(to, target)
    }

    /// Not inlined: it needs pages of stack that most sandboxes never touch.
    #[cold]
    #[inline(never)]
    fn symlink_elsewhere(&self, to: &CStr, target: &Target) -> Done {
        self.with_parent(target, |parent, name| {
            match self.make_symlink_in(parent, name, to) {
                Err(Errno::EEXIST) => same_symlink(parent, name, to),
                other => other.map_err(Part::Target.fault()),
            }
        })
    }

    pub(super) fn mode(&mut self, target: &Target, mode: u32) -> Done {
        let fd = self
            .open_inside(&target.path, O_PATH)
            .map_err(Part::Target.fault())?;
        self.permit_change(fd).map_err(Part::Target.fault())?;
        file::change_mode_of_path(fd, mode)?;
        Ok(file::close(fd)?)
    }

    pub(super) fn read_only(&mut self, target: &Target) -> Done {
        let fd = self
            .open_inside(&target.path, O_PATH)
            .map_err(Part::Target.fault())?;
        let set = Attributes::READ_ONLY;
        mount::set_attributes(fd, Depth::One, set, None).map_err(Part::Attributes.fault())?;
        verify_attributes(fd, set)?;
        Ok(file::close(fd)?)
    }
}

/// What is no regular file has nothing that could be cut off, and the kernel says so.
fn empty(fd: Fd) -> Result<(), Errno> {
    match file::empty(fd) {
        Ok(()) | Err(Errno::EINVAL) => Ok(()),
        Err(errno) => Err(errno),
    }
}

fn same_symlink(parent: Fd, name: &CStr, to: &CStr) -> Done {
    let mut buffer = [0; 4096];
    match file::read_link(parent, name, &mut buffer) {
        Ok(link) if link == to.to_bytes() => Ok(()),
        Ok(_) => Err(Part::Existing.fault()(Errno::EEXIST)),
        Err(errno) => Err(Part::Existing.fault()(errno)),
    }
}

fn write_contents(fd: Fd, contents: &Contents) -> Result<(), Errno> {
    match contents {
        Contents::Bytes(bytes) => file::write_all(fd, bytes),
        Contents::Fd(source) => copy(fd, |buffer, _| file::read(Fd::new(*source), buffer)),
        Contents::Snapshot(source) => copy(fd, |buffer, offset| {
            file::read_at(Fd::new(*source), buffer, offset)
        }),
    }
}

fn copy(to: Fd, mut next: impl FnMut(&mut [u8], u64) -> Result<usize, Errno>) -> Result<(), Errno> {
    let mut buffer = [0; 16384];
    let mut offset = 0;
    loop {
        let length = next(&mut buffer, offset)?;
        if length == 0 {
            return Ok(());
        }
        file::write_all(to, &buffer[..length])?;
        offset += length as u64;
    }
}
