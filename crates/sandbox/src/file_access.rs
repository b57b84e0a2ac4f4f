//! Rights on files as Landlock knows them, by name.

use aril_sys::landlock as raw;
use std::fmt;

/// A set of rights on files, the `LANDLOCK_ACCESS_FS_*` bits of `landlock(7)`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct FileAccess(pub u64);

/// A right: its bit, its name, the Landlock ABI that brought it, whether a file that is no directory
/// can have it.
type Right = (u32, &'static str, u32, bool);

const RIGHTS: [Right; 16] = [
    (raw::EXECUTE, "execute", 1, true),
    (raw::WRITE_FILE, "write_file", 1, true),
    (raw::READ_FILE, "read_file", 1, true),
    (raw::READ_DIR, "read_dir", 1, false),
    (raw::REMOVE_DIR, "remove_dir", 1, false),
    (raw::REMOVE_FILE, "remove_file", 1, false),
    (raw::MAKE_CHAR, "make_char", 1, false),
    (raw::MAKE_DIR, "make_dir", 1, false),
    (raw::MAKE_REG, "make_reg", 1, false),
    (raw::MAKE_SOCK, "make_sock", 1, false),
    (raw::MAKE_FIFO, "make_fifo", 1, false),
    (raw::MAKE_BLOCK, "make_block", 1, false),
    (raw::MAKE_SYM, "make_sym", 1, false),
    (raw::REFER, "refer", 2, false),
    (raw::TRUNCATE, "truncate", 3, true),
    (raw::IOCTL_DEV, "ioctl_dev", 5, true),
];

impl FileAccess {
    /// No right.
    pub const NONE: Self = Self(0);
    /// Every right that this program knows: those of ABI 5 (Linux 6.10), to which 6 and 7 add none.
    pub const ALL: Self = Self((raw::IOCTL_DEV as u64) * 2 - 1);
    /// Reading files and listing directories.
    pub const READ: Self = Self((raw::READ_FILE | raw::READ_DIR) as u64);
    /// Executing files. The program needs it, and so does its interpreter (`ld.so`); a mapping that
    /// is made executable does not.
    pub const EXECUTE: Self = Self(raw::EXECUTE as u64);
    /// What devices take: writing and `ioctl(2)`.
    pub const DEVICE: Self = Self((raw::WRITE_FILE | raw::IOCTL_DEV) as u64);

    /// This set with `other`.
    pub const fn with(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// This set without `other`.
    pub const fn without(self, other: Self) -> Self {
        Self(self.0 & !other.0)
    }

    /// What is in both sets.
    pub const fn intersect(self, other: Self) -> Self {
        Self(self.0 & other.0)
    }

    /// Whether every right of `other` is in this set.
    pub const fn contains(self, other: Self) -> bool {
        self.0 & other.0 == other.0
    }

    /// Whether the set is empty.
    pub const fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// The rights that a kernel with this Landlock ABI knows.
    pub fn of_abi(abi: u32) -> Self {
        Self::sum(|right| right.2 <= abi)
    }

    /// The rights that a file which is no directory can have; the kernel refuses a rule with others
    /// for one (`EINVAL`).
    pub fn of_files() -> Self {
        Self::sum(|right| right.3)
    }

    fn sum(wanted: impl Fn(&Right) -> bool) -> Self {
        let rights = RIGHTS.iter().filter(|right| wanted(right));
        Self(rights.fold(0, |sum, right| sum | u64::from(right.0)))
    }

    /// Reads one name, such as `read_file`, or `all`.
    pub fn parse(name: &str) -> Result<Self, FileAccessError> {
        if name == "all" {
            return Ok(Self::ALL);
        }
        let right = RIGHTS.iter().find(|right| right.1 == name);
        right
            .map(|right| Self(u64::from(right.0)))
            .ok_or_else(|| FileAccessError { name: name.into() })
    }
}

impl fmt::Display for FileAccess {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            Self::NONE => return out.write_str("none"),
            Self::ALL => return out.write_str("all"),
            _ => (),
        }
        let names = RIGHTS
            .iter()
            .filter(|right| self.0 & u64::from(right.0) != 0);
        for (index, right) in names.enumerate() {
            out.write_str(if index == 0 { "" } else { "," })?;
            out.write_str(right.1)?;
        }
        Ok(())
    }
}

/// A name that is no right's.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FileAccessError {
    /// The name as given.
    pub name: String,
}

impl fmt::Display for FileAccessError {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "parse a right on files, {:?}: no such name", self.name)
    }
}

impl std::error::Error for FileAccessError {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_right_is_read_and_written() {
        for (bit, name, ..) in RIGHTS {
            let right = FileAccess(u64::from(bit));
            assert_eq!(FileAccess::parse(name), Ok(right));
            assert_eq!(right.to_string(), name);
            assert!(FileAccess::ALL.contains(right));
        }
        assert_eq!(FileAccess::of_abi(9), FileAccess::ALL);
        assert!(FileAccess::parse("read").is_err());
    }

    #[test]
    fn an_older_kernel_knows_fewer() {
        let missing = |abi| FileAccess::ALL.without(FileAccess::of_abi(abi)).to_string();
        assert_eq!(missing(1), "refer,truncate,ioctl_dev");
        assert_eq!(missing(2), "truncate,ioctl_dev");
        assert_eq!(missing(4), "ioctl_dev");
        assert_eq!(missing(5), "none");
        let of_files = FileAccess::of_files().to_string();
        assert_eq!(of_files, "execute,write_file,read_file,truncate,ioctl_dev");
    }
}
