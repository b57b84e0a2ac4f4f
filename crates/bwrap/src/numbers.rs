//! Numbers as the C library reads them, without its silent truncation.

use crate::ParseError;
use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;

/// Digits and nothing else; `None` also for a number that does not fit.
fn digits(text: &[u8], radix: u32) -> Option<u64> {
    if text.is_empty() {
        return None;
    }
    text.iter().try_fold(0_u64, |number, &byte| {
        let digit = char::from(byte).to_digit(radix)?;
        number
            .checked_mul(u64::from(radix))?
            .checked_add(u64::from(digit))
    })
}

/// Like `strtol(3)` for numbers that are not negative: blanks and a plus sign may come first.
fn unsigned(word: &OsStr, radix: u32) -> Option<u64> {
    let text = word.as_bytes().trim_ascii_start();
    digits(text.strip_prefix(b"+").unwrap_or(text), radix)
}

/// A file descriptor.
pub(crate) fn fd(word: &OsStr) -> Result<i32, ParseError> {
    unsigned(word, 10)
        .and_then(|number| i32::try_from(number).ok())
        .ok_or_else(|| ParseError::Fd(word.to_owned()))
}

/// A user or group id: any but the one that means "no id" to the kernel.
pub(crate) fn id(word: &OsStr) -> Option<u32> {
    let number = u32::try_from(unsigned(word, 10)?).ok()?;
    (number != u32::MAX).then_some(number)
}

/// Permission bits in octal.
pub(crate) fn mode(word: &OsStr) -> Option<u32> {
    let number = u32::try_from(unsigned(word, 8)?).ok()?;
    (number <= 0o7777).then_some(number)
}

/// A size in bytes: decimal, or with `0x` hexadecimal, or with `0` octal; not zero.
pub(crate) fn size(word: &OsStr) -> Option<u64> {
    let text = word.as_bytes();
    let number = match text {
        [b'0', b'x' | b'X', rest @ ..] => digits(rest, 16),
        [b'0', rest @ ..] => digits(rest, 8),
        _ => digits(text, 10),
    }?;
    (number != 0).then_some(number)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn os(text: &str) -> &OsStr {
        OsStr::new(text)
    }

    #[test]
    fn descriptors() {
        for (text, number) in [("0", 0), ("9", 9), (" +9", 9), ("2147483647", i32::MAX)] {
            assert_eq!(fd(os(text)), Ok(number), "{text}");
        }
        for text in [
            "",
            " ",
            "-1",
            "1x",
            "1 ",
            "+",
            "0x1",
            "2147483648",
            "99999999999999999999",
        ] {
            assert_eq!(fd(os(text)), Err(ParseError::Fd(text.into())), "{text}");
        }
    }

    #[test]
    fn ids_end_before_the_one_that_is_none() {
        assert_eq!(id(os("4294967294")), Some(u32::MAX - 1));
        for text in ["4294967295", "4294967296", "-1", "", "x"] {
            assert_eq!(id(os(text)), None, "{text}");
        }
    }

    #[test]
    fn modes_are_octal() {
        assert_eq!(mode(os("0755")), Some(0o755));
        assert_eq!(mode(os("7777")), Some(0o7777));
        for text in ["", "8", "10000", "0x7", "-1", "7 "] {
            assert_eq!(mode(os(text)), None, "{text}");
        }
    }

    #[test]
    fn sizes_have_three_bases() {
        for (text, number) in [
            ("4097", 4097),
            ("0x10000", 65536),
            ("0100", 64),
            ("18446744073709551615", u64::MAX),
        ] {
            assert_eq!(size(os(text)), Some(number), "{text}");
        }
        for text in [
            "",
            "0",
            "00",
            "0x",
            "08",
            "-1",
            "+1",
            " 1",
            "1k",
            "18446744073709551616",
        ] {
            assert_eq!(size(os(text)), None, "{text}");
        }
    }
}
