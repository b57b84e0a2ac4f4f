//! What a call names.

use super::memory::Memory;
use aril_sys::file::{O_CREAT, O_EXCL, O_NOFOLLOW, O_PATH, O_TRUNC};

/// What a call means to do with a path.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Intent {
    /// Find it.
    Look,
    /// Read it.
    Read,
    /// Change it; it must be there.
    Write,
    /// Change it, or make it.
    WriteOrCreate,
    /// Make it; it must not be there.
    Create,
    /// Take it away from its directory.
    Remove,
}

/// One thing that a call names, as it stands in registers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Named {
    Path {
        /// The register with the directory's descriptor; `None` is the working directory.
        directory: Option<u64>,
        /// Where the text begins.
        text: u64,
        intent: Intent,
        /// Whether a symlink at its end is followed.
        follows: bool,
    },
    Address {
        pointer: u64,
        length: u64,
    },
}

/// `O_TMPFILE` without the `O_DIRECTORY` in it.
const UNNAMED: u64 = 0o20_000_000;
/// `O_ACCMODE`.
const ACCESS_MODE: u64 = 0o3;
/// `AT_SYMLINK_NOFOLLOW`, also of `statx(2)` and `faccessat2(2)`.
const AT_NOFOLLOW: u64 = 0x100;
/// `W_OK` and `R_OK` of `access(2)`.
const WRITABLE: u64 = 2;
const READABLE: u64 = 4;

/// What the call of this name names: nothing, one thing, or two.
pub(crate) fn named(name: &str, args: &[u64; 6], memory: &Memory) -> [Option<Named>; 2] {
    let [a0, a1, a2, a3, a4, a5] = *args;
    // The upper halves of flags are not looked at by the kernel.
    let flags = |value: u64| value & 0xffff_ffff;
    let at = |directory, text, intent, follows| {
        let named = Named::Path {
            directory,
            text,
            intent,
            follows,
        };
        [Some(named), None]
    };
    let follows_unless = |value: u64| flags(value) & AT_NOFOLLOW == 0;
    let two = |one: [Option<Named>; 2], other: [Option<Named>; 2]| [one[0], other[0]];
    match name {
        "open" => opened(None, a0, flags(a1)),
        "openat" => opened(Some(a0), a1, flags(a2)),
        // `struct open_how` begins with the flags.
        "openat2" => memory
            .word(a2)
            .map_or([None, None], |how| opened(Some(a0), a1, how)),
        "creat" => at(None, a0, Intent::WriteOrCreate, true),
        "stat" | "stat64" | "chdir" | "execve" => at(None, a0, Intent::Look, true),
        "lstat" | "lstat64" => at(None, a0, Intent::Look, false),
        "newfstatat" | "fstatat64" => at(Some(a0), a1, Intent::Look, follows_unless(a3)),
        "statx" => at(Some(a0), a1, Intent::Look, follows_unless(a2)),
        "execveat" if a4 & 0x1000 == 0 => at(Some(a0), a1, Intent::Look, follows_unless(a4)),
        "access" => at(None, a0, checked(flags(a1)), true),
        "faccessat" => at(Some(a0), a1, checked(flags(a2)), true),
        "faccessat2" => at(Some(a0), a1, checked(flags(a2)), follows_unless(a3)),
        "mkdir" | "mknod" => at(None, a0, Intent::Create, false),
        "mkdirat" | "mknodat" => at(Some(a0), a1, Intent::Create, false),
        "unlink" | "rmdir" => at(None, a0, Intent::Remove, false),
        "unlinkat" => at(Some(a0), a1, Intent::Remove, false),
        "rename" => two(
            at(None, a0, Intent::Remove, false),
            at(None, a1, Intent::Create, false),
        ),
        "renameat" | "renameat2" => two(
            at(Some(a0), a1, Intent::Remove, false),
            at(Some(a2), a3, Intent::Create, false),
        ),
        "link" => two(
            at(None, a0, Intent::Look, false),
            at(None, a1, Intent::Create, false),
        ),
        "linkat" => two(
            at(Some(a0), a1, Intent::Look, false),
            at(Some(a2), a3, Intent::Create, false),
        ),
        "symlink" => at(None, a1, Intent::Create, false),
        "symlinkat" => at(Some(a1), a2, Intent::Create, false),
        "chmod" | "chown" | "truncate" | "truncate64" | "utime" | "utimes" => {
            at(None, a0, Intent::Write, true)
        }
        "lchown" => at(None, a0, Intent::Write, false),
        "fchmodat" | "fchmodat2" => at(Some(a0), a1, Intent::Write, true),
        "fchownat" => at(Some(a0), a1, Intent::Write, follows_unless(a4)),
        "connect" => address(a1, a2),
        "sendto" => address(a4, a5),
        _ => [None, None],
    }
}

fn address(pointer: u64, length: u64) -> [Option<Named>; 2] {
    [Some(Named::Address { pointer, length }), None]
}

/// What `open(2)` means by its flags.
fn opened(directory: Option<u64>, text: u64, flags: u64) -> [Option<Named>; 2] {
    let has = |flag: u32| flags & u64::from(flag) != 0;
    let writes = flags & ACCESS_MODE != 0 || has(O_TRUNC);
    let intent = if has(O_PATH) {
        Intent::Look
    } else if flags & UNNAMED != 0 {
        Intent::Write
    } else if has(O_CREAT) && has(O_EXCL) {
        Intent::Create
    } else if has(O_CREAT) {
        Intent::WriteOrCreate
    } else if writes {
        Intent::Write
    } else {
        Intent::Read
    };
    let named = Named::Path {
        directory,
        text,
        intent,
        follows: !has(O_NOFOLLOW),
    };
    [Some(named), None]
}

fn checked(mode: u64) -> Intent {
    match mode {
        mode if mode & WRITABLE != 0 => Intent::Write,
        mode if mode & READABLE != 0 => Intent::Read,
        _ => Intent::Look,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use aril_sys::file::{O_RDONLY, O_RDWR, O_WRONLY};

    #[test]
    fn flags_of_open_have_a_meaning() {
        let rows = [
            (O_RDONLY, Intent::Read),
            (O_WRONLY, Intent::Write),
            (O_RDWR, Intent::Write),
            (O_RDONLY | O_TRUNC, Intent::Write),
            (O_WRONLY | O_CREAT, Intent::WriteOrCreate),
            (O_WRONLY | O_CREAT | O_EXCL, Intent::Create),
            (O_PATH, Intent::Look),
        ];
        for (flags, expected) in rows {
            let [Some(Named::Path { intent, .. }), None] = opened(None, 0, flags.into()) else {
                panic!("a path");
            };
            assert_eq!(intent, expected, "{flags:o}");
        }
    }

    #[test]
    fn two_paths_and_addresses() {
        let memory = Memory::of(0);
        let [
            Some(_),
            Some(Named::Path {
                directory, text, ..
            }),
        ] = named("renameat2", &[1, 2, 3, 4, 5, 6], &memory)
        else {
            panic!("two");
        };
        assert_eq!((directory, text), (Some(3), 4));
        let expected = [
            Some(Named::Address {
                pointer: 5,
                length: 6,
            }),
            None,
        ];
        assert_eq!(named("sendto", &[1, 2, 3, 4, 5, 6], &memory), expected);
        assert_eq!(named("read", &[0; 6], &memory), [None, None]);
    }
}
