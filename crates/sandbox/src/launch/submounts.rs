//! Mounts below a bind, one by one.
//!
//! `mount_setattr(2)` changes a whole tree or nothing. Where one mount refuses, and the spec permits to
//! pass it over, the others get their attributes for themselves. A detached tree has no list of its
//! mounts, so that this is done once it is attached, before anything else can see it.

use super::child::{Fault, State};
use super::mount_list::{Listed, each};
use crate::outcome::Part;
use crate::plan::Bind;
use aril_sys::file::{O_NOFOLLOW, O_PATH};
use aril_sys::mount::{self, Depth};
use aril_sys::{Errno, file};
use core::ffi::CStr;

impl State<'_> {
    /// Gives every mount below the attached mount `top` that can be seen the attributes of the bind;
    /// tells whether one had to be left as it is.
    #[cold]
    #[inline(never)]
    pub(super) fn restrict_below(&self, top: u64, bind: &Bind) -> Result<bool, Fault> {
        let mut place = Place::new();
        each(|mount| {
            if mount.id == top {
                place.set(mount.path);
            }
        })
        .map_err(Part::Attributes.fault())?;
        let mut is_left = place.length == 0;
        each(|mount| {
            if place.is_above(mount.path) {
                is_left |= self.restrict_one(mount, bind).is_err();
            }
        })
        .map_err(Part::Attributes.fault())?;
        Ok(is_left)
    }

    /// What is found at its path may be another mount that covers it, or one of the host's that the new
    /// root covers: those are left, since nobody inside can reach them.
    fn restrict_one(&self, listed: &Listed<'_>, bind: &Bind) -> Result<(), Errno> {
        let inside = listed.path.to_bytes_with_nul();
        let inside = inside.strip_prefix(b"/").unwrap_or(inside);
        let inside = CStr::from_bytes_with_nul(inside).map_err(|_| Errno::EINVAL)?;
        let fd = self.open_inside(inside, O_PATH | O_NOFOLLOW)?;
        let set = match file::mount_id_of(fd)? == listed.id {
            true => mount::set_attributes(fd, Depth::One, bind.attributes, bind.propagation()),
            false => Ok(()),
        };
        file::close(fd)?;
        set
    }
}

/// The path of a mount, copied out of the list.
struct Place {
    path: [u8; 4096],
    /// 0 where the mount has not been found.
    length: usize,
}

impl Place {
    fn new() -> Self {
        Self {
            path: [0; 4096],
            length: 0,
        }
    }

    fn set(&mut self, path: &CStr) {
        let path = path.to_bytes();
        if let Some(room) = self.path.get_mut(..path.len()) {
            room.copy_from_slice(path);
            self.length = path.len();
        }
    }

    fn is_above(&self, path: &CStr) -> bool {
        let own = self.path.get(..self.length).unwrap_or_default();
        let own = own.strip_suffix(b"/").unwrap_or(own);
        match path.to_bytes().strip_prefix(own) {
            Some([b'/', rest @ ..]) => self.length > 0 && !rest.is_empty(),
            _ => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_is_above_what_lies_in_it() {
        let is_above = |place: &CStr, path: &CStr| {
            let mut above = Place::new();
            above.set(place);
            above.is_above(path)
        };
        assert!(is_above(c"/a", c"/a/b"));
        assert!(is_above(c"/", c"/a"));
        for (place, path) in [(c"/a", c"/a"), (c"/a", c"/ab"), (c"/", c"/"), (c"", c"/a")] {
            assert!(!is_above(place, path), "{place:?} {path:?}");
        }
    }
}
