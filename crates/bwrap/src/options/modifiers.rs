//! What is said about the next option only.

use super::{Taken, option};
use crate::draft::Draft;
use crate::error::ParseError;
use crate::numbers;
use crate::table::{Kind, Row, value};
use std::ffi::OsString;

pub(crate) const ROWS: &[Row] = &[
    option(
        "--perms",
        &[value("OCTAL", Kind::Word)],
        "Give these permission bits to what the next option makes",
        take_perms,
    )
    .more("It goes with --tmpfs, --dir, --file, --bind-data and --ro-bind-data."),
    option(
        "--size",
        &[value("BYTES", Kind::Word)],
        "Let the tmpfs of the next option hold this much at most",
        take_size,
    )
    .more("It goes with --tmpfs. 0x and 0 begin hexadecimal and octal numbers."),
];

/// The most that a tmpfs can hold: half of what an address can count.
const LARGEST: u64 = usize::MAX as u64 >> 1;

fn take_perms(draft: &mut Draft, _: &Row, values: &[OsString]) -> Taken {
    if draft.mode.is_some() {
        return Err(ParseError::Rule("--perms given twice for the same action"));
    }
    let text = "--perms takes an octal argument <= 07777";
    draft.mode = Some(numbers::mode(&values[0]).ok_or(ParseError::Rule(text))?);
    Ok(())
}

fn take_size(draft: &mut Draft, _: &Row, values: &[OsString]) -> Taken {
    if draft.size.is_some() {
        return Err(ParseError::Rule("--size given twice for the same action"));
    }
    let text = "--size takes a non-zero number of bytes";
    let size = numbers::size(&values[0]).ok_or(ParseError::Rule(text))?;
    if size > LARGEST {
        return Err(ParseError::TooLarge(LARGEST));
    }
    draft.size = Some(size);
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::super::tests::{base, refused, spec};

    #[test]
    fn they_are_used_up() {
        let made = spec("--perms 700 --size 4096 --tmpfs /a --tmpfs /b true");
        assert_eq!(made.tree[1], spec("--tmpfs /b true").tree[0]);
    }

    #[test]
    fn directly_before_the_command_they_are_ignored() {
        assert_eq!(spec("--perms 700 true"), base());
        assert_eq!(spec("--size 4096 -- true"), base());
    }

    #[test]
    fn they_need_what_they_modify() {
        let perms = "--perms must be followed by an option that creates a file";
        for option in [
            "--bind / /",
            "--symlink a /b",
            "--unshare-ipc",
            "--chmod 700 /",
            "--proc /proc",
            "--overlay-src /a",
        ] {
            refused(&format!("--perms 700 {option}"), perms);
        }
        let size = "--size must be followed by --tmpfs";
        refused("--size 4096 --dir /x", size);
        refused("--perms 700 --size 4096 --dir /x", size);
        refused(
            "--perms 1 --perms 1",
            "--perms given twice for the same action",
        );
        refused(
            "--size 1 --size 1",
            "--size given twice for the same action",
        );
    }

    #[test]
    fn numbers_have_limits() {
        for word in ["8", "10000", "-1", "a"] {
            let text = format!("--perms {word} --dir /x");
            refused(&text, "--perms takes an octal argument <= 07777");
        }
        for word in ["0", "x", "-1", "1k", "99999999999999999999"] {
            let text = format!("--size {word} --tmpfs /x");
            refused(&text, "--size takes a non-zero number of bytes");
        }
        refused(
            "--size 9223372036854775808 --tmpfs /x",
            "--size (for tmpfs) is limited to 9223372036854775807",
        );
    }
}
