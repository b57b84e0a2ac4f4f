//! Reading a mount's attributes back.

use super::child::Fault;
use crate::outcome::Part;
use aril_sys::mount::Attributes;
use aril_sys::{Errno, Fd, file};

/// What is read back, with its bit in `statfs(2)` and its word in `proc_pid_mountinfo(5)`.
pub(super) const KNOWN: [(Attributes, u64, &[u8]); 3] = [
    (Attributes::READ_ONLY, 1, b"ro"),
    (Attributes::NO_SUID, 2, b"nosuid"),
    (Attributes::NO_DEV, 4, b"nodev"),
];

/// Whether the mount that `tree` is open on has the attributes (`fstatfs(2)`).
pub(super) fn verify_attributes(tree: Fd, set: Attributes) -> Result<(), Fault> {
    verify_flags(file::mount_flags(tree)?, set)
}

fn verify_flags(flags: u64, set: Attributes) -> Result<(), Fault> {
    let found = KNOWN.iter().filter(|(_, bit, _)| flags & bit != 0);
    verify(found.map(|(attribute, ..)| *attribute), set)
}

/// The same for a filesystem that others serve. The kernel adds a mount's flags to the answer of its
/// filesystem, and one in user space may give none: the document portal's says `EPERM`. Then the
/// mount's id is told, to look it up once it is attached.
pub(super) fn verify_attributes_or_id(tree: Fd, set: Attributes) -> Result<Option<u64>, Fault> {
    match file::mount_flags(tree) {
        Ok(flags) => verify_flags(flags, set).map(|()| None),
        Err(_) => Ok(Some(file::mount_id_of(tree)?)),
    }
}

/// Whether an attached mount has the attributes, by the kernel's own list, which lists no detached
/// ones. It is asked before the pivot, while the host's `/proc` is there.
pub(super) fn verify_attached(mount: u64, set: Attributes) -> Result<(), Fault> {
    let found = listed(mount).map_err(Part::Verify.fault())?;
    verify(found.into_iter(), set)
}

fn verify(found: impl Iterator<Item = Attributes>, set: Attributes) -> Result<(), Fault> {
    let found = found.fold(Attributes::default(), Attributes::and);
    let mut known = KNOWN.iter().map(|(attribute, ..)| *attribute);
    match known.all(|one| !set.contains(one) || found.contains(one)) {
        true => Ok(()),
        false => Err(Part::Verify.fault()(Errno::EPERM)),
    }
}

/// The attributes of a mount in the list of this process.
fn listed(mount: u64) -> Result<Option<Attributes>, Errno> {
    let mut found = None;
    super::mount_list::each(|listed| {
        if listed.id == mount {
            found = Some(listed.attributes);
        }
    })?;
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mount_that_is_not_listed_has_nothing() {
        assert!(verify(None.into_iter(), Attributes::NO_DEV).is_err());
        assert!(verify(None.into_iter(), Attributes::default()).is_ok());
    }
}
