//! Finding, or making, a place inside the new root.
//!
//! The kernel resolves every path (`openat2` with `RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS`): `..`
//! stops at the new root, an absolute symlink begins there, a link of `/proc` is refused. What comes
//! back is a descriptor, and only that is mounted on: nothing looks the path up a second time.

use super::child::{Fault, State};
use crate::outcome::Part;
use crate::plan::Target;
use aril_sys::file::{self, O_CREAT, O_DIRECTORY, O_EXCL, O_NOFOLLOW, O_PATH, O_WRONLY, Status};
use aril_sys::{Errno, Fd, mount};
use core::ffi::CStr;

/// The rules by which a path inside is resolved.
pub(super) const INSIDE: u32 = file::RESOLVE_IN_ROOT | file::RESOLVE_NO_MAGICLINKS;

/// How many dangling symlinks are followed before giving up, the kernel's own limit (`MAXSYMLINKS`).
const MOST_LINKS: usize = 40;

/// What is made where nothing is.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Missing {
    /// A directory with this mode.
    Directory(u32),
    /// An empty file with this mode.
    File(u32),
}

/// A directory inside, open, with the path that led to it.
#[derive(Clone, Copy)]
pub(super) struct Parent {
    path: [u8; 256],
    length: usize,
    fd: Fd,
}

impl Parent {
    /// For a path with its last slash, or the empty path of the root. `None` if it is too long.
    fn new(path: &[u8]) -> Option<Self> {
        let mut parent = Self {
            path: [0; 256],
            length: path.len(),
            fd: Fd::CWD,
        };
        let room = parent.path.len() - 1;
        parent.path[..room]
            .get_mut(..path.len())?
            .copy_from_slice(path);
        Some(parent)
    }

    fn is_at(&self, path: &[u8]) -> bool {
        &self.path[..self.length] == path
    }

    fn as_c_str(&self) -> &CStr {
        match CStr::from_bytes_until_nul(&self.path) {
            Ok(path) if !path.is_empty() => path,
            _ => c".",
        }
    }
}

/// A path on the stack that can be cut and joined.
struct Path {
    bytes: [u8; 4097],
    length: usize,
}

impl Path {
    fn new(path: &CStr) -> Result<Self, Errno> {
        let mut new = Self {
            bytes: [0; 4097],
            length: 0,
        };
        new.append(path.to_bytes())?;
        Ok(new)
    }

    fn append(&mut self, more: &[u8]) -> Result<(), Errno> {
        let end = self.length + more.len();
        let room = self.bytes.len() - 1;
        if end > room {
            return Err(Errno::ENAMETOOLONG);
        }
        self.bytes[self.length..end].copy_from_slice(more);
        self.bytes[end] = 0;
        self.length = end;
        Ok(())
    }

    fn text(&self) -> &[u8] {
        &self.bytes[..self.length]
    }

    /// Runs `call` on the first `length` bytes; 0 stands for the root.
    fn prefix<T>(&mut self, length: usize, call: impl FnOnce(&CStr) -> T) -> T {
        if length == 0 {
            return call(c".");
        }
        let kept = core::mem::replace(&mut self.bytes[length], 0);
        let result = call(CStr::from_bytes_until_nul(&self.bytes).unwrap_or(c"."));
        self.bytes[length] = kept;
        result
    }

    /// Runs `call` on the component from `begin` to `end`.
    fn component<T>(&mut self, begin: usize, end: usize, call: impl FnOnce(&CStr) -> T) -> T {
        let kept = core::mem::replace(&mut self.bytes[end], 0);
        let result = call(CStr::from_bytes_until_nul(&self.bytes[begin..]).unwrap_or(c"."));
        self.bytes[end] = kept;
        result
    }

    /// Whether the component from `begin` to `end` is `.` or `..`.
    fn is_dots(&self, begin: usize, end: usize) -> bool {
        matches!(&self.bytes[begin..end], b"." | b"..")
    }

    /// Where the component that begins at or after `from` lies; `None` at the end.
    fn next_component(&self, from: usize) -> Option<(usize, usize)> {
        let text = self.text();
        let begin = (from..text.len()).find(|&at| text[at] != b'/')?;
        let end = (begin..text.len())
            .find(|&at| text[at] == b'/')
            .unwrap_or(text.len());
        Some((begin, end))
    }

    /// Replaces the component from `begin` to `end`, a symlink, by what it points to.
    fn splice(&mut self, begin: usize, end: usize, link: &[u8]) -> Result<(), Errno> {
        let mut new = Self {
            bytes: [0; 4097],
            length: 0,
        };
        if link.first() != Some(&b'/') {
            new.append(&self.text()[..begin])?;
        }
        new.append(link)?;
        new.append(&self.text()[end..])?;
        *self = new;
        Ok(())
    }
}

impl State<'_> {
    /// Opens a place that exists, following symlinks inside.
    pub(super) fn open_inside(&self, path: &CStr, flags: u32) -> Result<Fd, Errno> {
        file::open_resolved(self.root()?, path, flags, INSIDE)
    }

    /// Opens a target to mount on, making it and what is above it where they are missing.
    pub(super) fn open_target(&mut self, target: &Target, missing: Missing) -> Result<Fd, Fault> {
        if let Some((parent, name)) = self.own_place(target)? {
            let made = match missing {
                Missing::Directory(mode) => file::make_directory(parent, name, mode)
                    .and_then(|()| file::open(parent, name, O_PATH | O_DIRECTORY | O_NOFOLLOW, 0)),
                Missing::File(mode) => {
                    file::open(parent, name, O_CREAT | O_EXCL | O_NOFOLLOW | O_WRONLY, mode)
                }
            };
            if made != Err(Errno::EEXIST) {
                return made.map_err(Part::Target.fault());
            }
        }
        self.open_elsewhere(target, missing)
    }

    /// Attaches a tree on a target, making it and what is above it where they are missing.
    ///
    /// In the common case the target is new, in a directory that only this process can reach yet, so
    /// that its name is as good as a descriptor.
    pub(super) fn attach_on_target(
        &mut self,
        tree: Fd,
        target: &Target,
        missing: Missing,
    ) -> Result<(), Fault> {
        if let Some((parent, name)) = self.own_place(target)? {
            match make_place(parent, name, missing) {
                Ok(()) => {
                    return mount::attach_in(tree, parent, name).map_err(Part::Attach.fault());
                }
                Err(Errno::EEXIST) => (),
                Err(errno) => return Err(Part::Target.fault()(errno)),
            }
        }
        let place = self.open_elsewhere(target, missing)?;
        mount::attach(tree, place).map_err(Part::Attach.fault())?;
        file::close(place).map_err(Fault::from)
    }

    /// The directory above a target and its name, if that directory exists, on a filesystem of the
    /// sandbox's own.
    pub(super) fn own_place<'t>(
        &mut self,
        target: &'t Target,
    ) -> Result<Option<(Fd, &'t CStr)>, Fault> {
        let path = target.path.to_bytes();
        let cut = path
            .iter()
            .rposition(|&byte| byte == b'/')
            .map_or(0, |at| at + 1);
        let Ok(name) = CStr::from_bytes_with_nul(&target.path.to_bytes_with_nul()[cut..]) else {
            return Ok(None);
        };
        if matches!(name.to_bytes(), b"" | b"." | b"..") {
            return Ok(None);
        }
        let parent = self.own_directory(&path[..cut], target.parents)?;
        Ok(parent.map(|parent| (parent, name)))
    }

    /// Opens a target that exists, or whose parents do not. What is mounted on it may cover the
    /// directory that is remembered; what is mounted on a new name cannot.
    fn open_elsewhere(&mut self, target: &Target, missing: Missing) -> Result<Fd, Fault> {
        self.forget_parent()?;
        match self.open_inside(&target.path, O_PATH) {
            Err(Errno::ENOENT) => (),
            // Any kind of file can be opened so; what is not a directory is above it.
            Err(errno @ Errno::ENOTDIR) => return Err(Part::Parents.fault()(errno)),
            other => return other.map_err(Part::Target.fault()),
        }
        self.make_walking(target, missing)
    }

    /// Not inlined: it needs pages of stack that most sandboxes never touch.
    #[cold]
    #[inline(never)]
    fn make_walking(&self, target: &Target, missing: Missing) -> Result<Fd, Fault> {
        let (parent, mut path, begin, end) = self.open_parent_walking(target)?;
        let opened = path.component(begin, end, |name| self.make_leaf(parent, name, missing));
        file::close(parent).map_err(Part::Target.fault())?;
        opened
    }

    /// Opens the directory of this path if it is on a filesystem of the sandbox's own; where only the
    /// last name is missing it is made, with this mode. The last one is remembered: entries often follow
    /// one another in the same directory.
    fn own_directory(&mut self, path: &[u8], mode: u32) -> Result<Option<Fd>, Fault> {
        if let Some(parent) = &self.parent
            && parent.is_at(path)
        {
            return Ok(Some(parent.fd));
        }
        self.forget_parent()?;
        let Some(mut parent) = Parent::new(path) else {
            return Ok(None);
        };
        let found = match self.open_own(&parent)? {
            None => self.make_own(path, mode)?,
            found => found,
        };
        if let Some(fd) = found {
            parent.fd = fd;
            self.parent = Some(parent);
        }
        Ok(found)
    }

    fn open_own(&self, directory: &Parent) -> Result<Option<Fd>, Fault> {
        let Ok(fd) = self.open_inside(directory.as_c_str(), O_PATH | O_DIRECTORY) else {
            return Ok(None);
        };
        let status = file::status(fd).map_err(Part::Parents.fault())?;
        if self.is_own_device(status.device) {
            return Ok(Some(fd));
        }
        file::close(fd).map_err(Part::Parents.fault())?;
        Ok(None)
    }

    /// Makes the directory `path`, which ends with a slash, in one that is there. What is there already,
    /// and be it a symlink that leads nowhere, is left to the walk.
    fn make_own(&self, path: &[u8], mode: u32) -> Result<Option<Fd>, Fault> {
        let path = path.strip_suffix(b"/").unwrap_or(path);
        let cut = path.iter().rposition(|&byte| byte == b'/');
        let (above, name) = path.split_at(cut.map_or(0, |at| at + 1));
        let (Some(above), Some(name)) = (Parent::new(above), Parent::new(name)) else {
            return Ok(None);
        };
        if matches!(name.as_c_str().to_bytes(), b"." | b"..") {
            return Ok(None);
        }
        let Some(above) = self.open_own(&above)? else {
            return Ok(None);
        };
        let made = file::make_directory(above, name.as_c_str(), mode).and_then(|()| {
            let flags = O_PATH | O_DIRECTORY | O_NOFOLLOW;
            file::open(above, name.as_c_str(), flags, 0)
        });
        file::close(above).map_err(Part::Parents.fault())?;
        match made {
            Err(Errno::EEXIST) => Ok(None),
            made => made.map(Some).map_err(Part::Parents.fault()),
        }
    }

    /// Forgets the remembered directory: something that was mounted may have covered it.
    pub(super) fn forget_parent(&mut self) -> Result<(), Fault> {
        match self.parent.take() {
            Some(parent) => file::close(parent.fd).map_err(Part::Parents.fault()),
            None => Ok(()),
        }
    }

    /// Opens the directory above a target, making what is missing; gives the last component too.
    fn open_parent_walking(&self, target: &Target) -> Result<(Fd, Path, usize, usize), Fault> {
        let mut path = Path::new(&target.path).map_err(Part::Parents.fault())?;
        for _ in 0..MOST_LINKS {
            if let Some(found) = self.walk(&mut path, target.parents)? {
                return Ok((found.0, path, found.1, found.2));
            }
        }
        Err(Part::Parents.fault()(Errno::ELOOP))
    }

    /// One walk down `path`, making directories; `None` if a dangling symlink was replaced by where
    /// it points, and the walk must begin again.
    fn walk(&self, path: &mut Path, mode: u32) -> Result<Option<(Fd, usize, usize)>, Fault> {
        let here = self.open_inside(c".", O_PATH | O_DIRECTORY);
        let mut parent = here.map_err(Part::Parents.fault())?;
        let Some((mut begin, mut end)) = path.next_component(0) else {
            return Err(Part::Target.fault()(Errno::ENOENT));
        };
        // Nothing is in a directory that was just made.
        let mut is_new = false;
        loop {
            let is_last = path.next_component(end).is_none();
            let is_known_missing = is_new && !path.is_dots(begin, end);
            let found = match is_last || is_known_missing {
                true => None,
                false => self.open_prefix(path, end).map_err(Part::Parents.fault())?,
            };
            if found.is_none()
                && !is_known_missing
                && replace_dangling(parent, path, begin, end).map_err(Part::Parents.fault())?
            {
                file::close(parent).map_err(Part::Parents.fault())?;
                return Ok(None);
            }
            if is_last {
                return Ok(Some((parent, begin, end)));
            }
            is_new = found.is_none();
            let next = match found {
                Some(found) => found,
                None => path
                    .component(begin, end, |name| self.make_directory(parent, name, mode))
                    .map_err(Part::Parents.fault())?,
            };
            file::close(parent).map_err(Part::Parents.fault())?;
            parent = next;
            if let Some(following) = path.next_component(end) {
                (begin, end) = following;
            }
        }
    }

    /// Opens the directory that the first `end` bytes of a path lead to, if it exists.
    fn open_prefix(&self, path: &mut Path, end: usize) -> Result<Option<Fd>, Errno> {
        match path.prefix(end, |prefix| self.open_inside(prefix, O_PATH | O_DIRECTORY)) {
            Err(Errno::ENOENT) => Ok(None),
            other => other.map(Some),
        }
    }

    fn make_directory(&self, parent: Fd, name: &CStr, mode: u32) -> Result<Fd, Errno> {
        self.permit_change(parent)?;
        match file::make_directory(parent, name, mode) {
            Ok(()) | Err(Errno::EEXIST) => (),
            Err(errno) => return Err(errno),
        }
        file::open(parent, name, O_PATH | O_DIRECTORY | O_NOFOLLOW, 0)
    }

    fn make_leaf(&self, parent: Fd, name: &CStr, missing: Missing) -> Result<Fd, Fault> {
        let made = match missing {
            Missing::Directory(mode) => self.make_directory(parent, name, mode),
            Missing::File(mode) => self.make_file(parent, name, mode),
        };
        made.map_err(Part::Target.fault())
    }

    /// Makes a new file and opens it for writing; a file that exists, or a symlink, is refused.
    pub(super) fn make_file(&self, parent: Fd, name: &CStr, mode: u32) -> Result<Fd, Errno> {
        self.permit_change(parent)?;
        file::open(parent, name, O_CREAT | O_EXCL | O_NOFOLLOW | O_WRONLY, mode)
    }

    /// Makes a symlink.
    pub(super) fn make_symlink_in(&self, parent: Fd, name: &CStr, to: &CStr) -> Result<(), Errno> {
        match self.permit_change(parent) {
            // One that is there already needs no permission; `EEXIST` leads to the comparison.
            Err(Errno::EXDEV) if file::read_link(parent, name, &mut [0; 1]).is_ok() => {
                Err(Errno::EEXIST)
            }
            Err(errno) => Err(errno),
            Ok(()) => file::make_symlink(to, parent, name),
        }
    }

    /// The directory above a target, and the target's own name in `use_name`.
    pub(super) fn with_parent<T>(
        &self,
        target: &Target,
        use_name: impl FnOnce(Fd, &CStr) -> Result<T, Fault>,
    ) -> Result<T, Fault> {
        // The last component is the name of something to make, so a symlink there is not followed.
        let mut path = Path::new(&target.path).map_err(Part::Parents.fault())?;
        let Some((begin, end)) = last_component(&path) else {
            return Err(Part::Target.fault()(Errno::EEXIST));
        };
        let (parent, name) = if begin == 0 {
            (
                self.open_inside(c".", O_PATH | O_DIRECTORY)
                    .map_err(Part::Parents.fault())?,
                begin,
            )
        } else {
            let above = path.prefix(begin, |prefix| self.open_directory(prefix, target.parents))?;
            (above, begin)
        };
        let result = path.component(name, end, |name| use_name(parent, name));
        file::close(parent).map_err(Part::Parents.fault())?;
        result
    }

    /// Opens a directory inside, making it and what is above it where they are missing.
    fn open_directory(&self, path: &CStr, mode: u32) -> Result<Fd, Fault> {
        match self.open_inside(path, O_PATH | O_DIRECTORY) {
            Err(Errno::ENOENT) => (),
            other => return other.map_err(Part::Parents.fault()),
        }
        let mut walked = Path::new(path).map_err(Part::Parents.fault())?;
        for _ in 0..MOST_LINKS {
            if let Some((parent, begin, end)) = self.walk(&mut walked, mode)? {
                let made = walked.component(begin, end, |name| {
                    self.make_directory(parent, name, mode)
                        .map_err(Part::Parents.fault())
                });
                file::close(parent).map_err(Part::Parents.fault())?;
                return made;
            }
        }
        Err(Part::Parents.fault()(Errno::ELOOP))
    }

    /// The sandbox's own filesystems may be changed, by something new in this directory or in what this
    /// file is; the host's only if the spec says so. `EXDEV` stands for the refusal, which no call here
    /// gives for another reason.
    pub(super) fn permit_change(&self, at: Fd) -> Result<(), Errno> {
        if self.task.plan.create_anywhere {
            return Ok(());
        }
        let Status { device, .. } = file::status(at)?;
        if self.is_own_device(device) {
            Ok(())
        } else {
            Err(Errno::EXDEV)
        }
    }
}

/// Makes a new, empty place to mount on; one that exists is refused with `EEXIST`.
/// If the component, which leads nowhere, is a symlink, puts its text into the path.
fn replace_dangling(parent: Fd, path: &mut Path, begin: usize, end: usize) -> Result<bool, Errno> {
    let mut buffer = [0; 4096];
    match path.component(begin, end, |name| {
        file::read_link(parent, name, &mut buffer)
    }) {
        Ok(link) => path.splice(begin, end, link).map(|()| true),
        Err(Errno::ENOENT | Errno::EINVAL) => Ok(false),
        Err(errno) => Err(errno),
    }
}

fn make_place(parent: Fd, name: &CStr, missing: Missing) -> Result<(), Errno> {
    match missing {
        Missing::Directory(mode) => file::make_directory(parent, name, mode),
        Missing::File(mode) => file::make_empty_file(parent, name, mode),
    }
}

fn last_component(path: &Path) -> Option<(usize, usize)> {
    let mut last = None;
    let mut at = 0;
    while let Some((begin, end)) = path.next_component(at) {
        last = Some((begin, end));
        at = end;
    }
    last.filter(|&(begin, end)| &path.text()[begin..end] != b".")
}
