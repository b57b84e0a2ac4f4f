//! The kernel's list of this process's mounts, read without memory for more than one line.

use super::read_back::KNOWN;
use aril_sys::mount::Attributes;
use aril_sys::{Errno, Fd, file};
use core::ffi::CStr;

/// A mount of the list.
pub(super) struct Listed<'a> {
    /// Its number, which may be given again once it is gone.
    pub(super) id: u64,
    /// Where it is, from this process's root; empty if that is longer than a path may be.
    pub(super) path: &'a CStr,
    /// What of the known attributes it has.
    pub(super) attributes: Attributes,
}

/// Gives each mount to `use_mount` (`proc_pid_mountinfo(5)`). The list has no detached mounts, and must
/// be asked for before the pivot, while the host's `/proc` is there.
pub(super) fn each(mut use_mount: impl FnMut(&Listed<'_>)) -> Result<(), Errno> {
    let list = file::open(Fd::CWD, c"/proc/self/mountinfo", file::O_RDONLY, 0)?;
    let mut line = Line::new();
    let mut buffer = [0; 4096];
    loop {
        let length = file::read(list, &mut buffer)?;
        let Some(bytes @ [_, ..]) = buffer.get(..length) else {
            break;
        };
        bytes
            .iter()
            .for_each(|&byte| line.byte(byte, &mut use_mount));
    }
    file::close(list)
}

/// What has been read of `ID PARENT DEVICE ROOT PATH OPTION,OPTION,... ...`.
struct Line {
    field: u32,
    id: u64,
    path: [u8; 4097],
    length: usize,
    /// An octal escape in the path: what it is so far, and how many digits are to come.
    escape: (u8, u8),
    option: [u8; 8],
    option_length: usize,
    attributes: Attributes,
}

impl Line {
    fn new() -> Self {
        Self {
            field: 0,
            id: 0,
            path: [0; 4097],
            length: 0,
            escape: (0, 0),
            option: [0; 8],
            option_length: 0,
            attributes: Attributes::default(),
        }
    }

    fn byte(&mut self, byte: u8, use_mount: &mut impl FnMut(&Listed<'_>)) {
        match (self.field, byte) {
            (0, b'0'..=b'9') => {
                let digit = u64::from(byte - b'0');
                self.id = self.id.saturating_mul(10).saturating_add(digit);
            }
            (4, b' ') | (_, b'\n') => (),
            (4, _) => self.path_byte(byte),
            (5, b' ' | b',') => self.end_option(),
            (5, _) => {
                if let Some(place) = self.option.get_mut(self.option_length) {
                    *place = byte;
                }
                self.option_length += 1;
            }
            _ => (),
        }
        match byte {
            b' ' => self.field = self.field.saturating_add(1),
            b'\n' => self.end(use_mount),
            _ => (),
        }
    }

    /// The kernel writes blanks, line ends and backslashes as `\` and three octal digits.
    fn path_byte(&mut self, byte: u8) {
        let complete = match (self.escape, byte) {
            ((_, 0), b'\\') => {
                self.escape = (0, 3);
                return;
            }
            ((_, 0), byte) => byte,
            ((value, left), digit) => {
                let value = value.wrapping_mul(8).wrapping_add(digit.wrapping_sub(b'0'));
                self.escape = (value, left - 1);
                if left > 1 {
                    return;
                }
                value
            }
        };
        if let Some(place) = self.path.get_mut(self.length) {
            *place = complete;
        }
        self.length += 1;
    }

    fn end_option(&mut self) {
        let option = self.option.get(..self.option_length);
        if let Some((known, ..)) = KNOWN.iter().find(|(.., word)| Some(*word) == option) {
            self.attributes = self.attributes.and(*known);
        }
        self.option_length = 0;
    }

    fn end(&mut self, use_mount: &mut impl FnMut(&Listed<'_>)) {
        let fits = self.length < self.path.len();
        if let Some(end) = self.path.get_mut(self.length) {
            *end = 0;
        }
        let path = CStr::from_bytes_until_nul(&self.path).unwrap_or_default();
        use_mount(&Listed {
            id: self.id,
            path: if fits { path } else { c"" },
            attributes: self.attributes,
        });
        (self.field, self.id, self.length) = (0, 0, 0);
        self.escape = (0, 0);
        self.option_length = 0;
        self.attributes = Attributes::default();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Vec<(u64, String, Attributes)> {
        let (mut line, mut found) = (Line::new(), Vec::new());
        for byte in text.bytes() {
            line.byte(byte, &mut |mount| {
                let path = mount.path.to_str().unwrap().to_owned();
                found.push((mount.id, path, mount.attributes));
            });
        }
        found
    }

    #[test]
    fn mounts_with_their_paths_and_attributes() {
        let text = "21 1 0:19 / /a\\040ro\\134 rw,relatime shared:1 - tmpfs ro ro,nosuid\n\
                    22 21 0:20 / /b ro,nosuid,nodev,noexec - proc proc rw\n\
                    212 21 0:21 / /c rw,nosuid,relatime-and-more - x y rw,nodev\n";
        let (ro, nosuid) = (Attributes::READ_ONLY, Attributes::NO_SUID);
        let all = ro.and(nosuid).and(Attributes::NO_DEV);
        let expected = [
            (21, "/a ro\\".to_owned(), Attributes::default()),
            (22, "/b".to_owned(), all),
            (212, "/c".to_owned(), nosuid),
        ];
        assert_eq!(read(text), expected);
    }

    #[test]
    fn a_path_that_is_too_long_has_no_place() {
        let long = "x".repeat(5000);
        let text = format!("7 1 0:1 / /{long} ro - t t ro\n8 1 0:1 / /y ro - t t ro\n");
        let paths: Vec<String> = read(&text).into_iter().map(|(_, path, _)| path).collect();
        assert_eq!(paths, ["", "/y"]);
    }

    #[test]
    fn a_mount_of_this_process() {
        let proc = file::open(Fd::CWD, c"/proc", file::O_PATH | file::O_DIRECTORY, 0).unwrap();
        let id = file::mount_id_of(proc).unwrap();
        let flags = file::mount_flags(proc).unwrap();
        let mut found = None;
        each(|mount| {
            if mount.id == id {
                assert_eq!(mount.path, c"/proc");
                found = Some(mount.attributes);
            }
        })
        .unwrap();
        for (attribute, bit, _) in KNOWN {
            assert_eq!(found.unwrap().contains(attribute), flags & bit != 0);
        }
        file::close(proc).unwrap();
    }
}
