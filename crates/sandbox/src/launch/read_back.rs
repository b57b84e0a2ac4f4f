//! Reading a mount's attributes back.

use super::child::Fault;
use crate::outcome::Part;
use aril_sys::mount::Attributes;
use aril_sys::{Errno, Fd, file};

/// What is read back, with its bit in `statfs(2)` and its word in `proc_pid_mountinfo(5)`.
const KNOWN: [(Attributes, u64, &[u8]); 3] = [
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
    let list = file::open(Fd::CWD, c"/proc/self/mountinfo", file::O_RDONLY, 0)?;
    let mut lines = Lines::new(mount);
    let mut buffer = [0; 4096];
    loop {
        let length = file::read(list, &mut buffer)?;
        let Some(bytes @ [_, ..]) = buffer.get(..length) else {
            break;
        };
        bytes.iter().for_each(|byte| lines.byte(*byte));
    }
    file::close(list)?;
    Ok(lines.found)
}

/// A reader of `ID PARENT DEVICE ROOT TARGET OPTION,OPTION,... ...` that needs no memory for a line,
/// which may be long.
struct Lines {
    wanted: u64,
    /// Of the line that is read: which field, its id, and the option so far.
    field: u32,
    id: u64,
    option: [u8; 8],
    length: usize,
    found: Option<Attributes>,
}

impl Lines {
    fn new(wanted: u64) -> Self {
        Self {
            wanted,
            field: 0,
            id: 0,
            option: [0; 8],
            length: 0,
            found: None,
        }
    }

    fn byte(&mut self, byte: u8) {
        match (self.field, byte) {
            (5, b' ' | b',' | b'\n') => self.end_option(),
            (5, _) => {
                if let Some(place) = self.option.get_mut(self.length) {
                    *place = byte;
                }
                self.length += 1;
            }
            (0, b'0'..=b'9') => {
                let digit = u64::from(byte - b'0');
                self.id = self.id.saturating_mul(10).saturating_add(digit);
            }
            _ => (),
        }
        match byte {
            b' ' => self.field = self.field.saturating_add(1),
            b'\n' => (self.field, self.id) = (0, 0),
            _ => (),
        }
    }

    fn end_option(&mut self) {
        let option = self.option.get(..self.length);
        let known = KNOWN.iter().find(|(.., word)| Some(*word) == option);
        if self.id == self.wanted {
            let found = self.found.get_or_insert_default();
            *found = found.and(known.map(|(attribute, ..)| *attribute).unwrap_or_default());
        }
        self.length = 0;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(text: &str, mount: u64) -> Option<Attributes> {
        let mut lines = Lines::new(mount);
        text.bytes().for_each(|byte| lines.byte(byte));
        lines.found
    }

    #[test]
    fn the_attributes_of_one_mount() {
        let text = "21 1 0:19 / /a\\040ro rw,relatime shared:1 - tmpfs ro ro,nosuid\n\
                    22 21 0:20 / /b ro,nosuid,nodev,noexec - proc proc rw\n\
                    212 21 0:21 / /c rw,nosuid,relatime-and-more - x y rw,nodev\n";
        let all = [
            Attributes::READ_ONLY,
            Attributes::NO_SUID,
            Attributes::NO_DEV,
        ];
        assert_eq!(found(text, 21), Some(Attributes::default()));
        assert_eq!(
            found(text, 22),
            Some(all.into_iter().fold(Attributes::default(), Attributes::and))
        );
        assert_eq!(found(text, 212), Some(Attributes::NO_SUID));
        assert_eq!(found(text, 2), None);
    }

    #[test]
    fn a_mount_that_is_not_listed_has_nothing() {
        assert!(verify(None.into_iter(), Attributes::NO_DEV).is_err());
        assert!(verify(None.into_iter(), Attributes::default()).is_ok());
    }

    #[test]
    fn a_mount_of_this_process() {
        let proc = file::open(Fd::CWD, c"/proc", file::O_PATH | file::O_DIRECTORY, 0).unwrap();
        let mount = file::mount_id_of(proc).unwrap();
        let flags = file::mount_flags(proc).unwrap();
        let listed = listed(mount).unwrap().unwrap();
        for (attribute, bit, _) in KNOWN {
            assert_eq!(listed.contains(attribute), flags & bit != 0);
        }
        file::close(proc).unwrap();
    }
}
