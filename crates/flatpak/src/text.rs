//! Text of foreign origin, made fit to be shown.
//!
//! Metadata, overrides and paths are written by others. Control characters in them could rewrite a
//! terminal line and so hide a permission (CVE-2023-28101); invisible and direction-changing
//! characters could do the same to the eye.

use std::fmt::{self, Display, Formatter, Write};

/// This is also what flatpak asks of the characters of a path (contract, 1.12: "non-graphical chars
/// refused").
pub use aril_sandbox::is_graphic;

/// Shows bytes of foreign origin: what is not graphic, or not UTF-8, appears as an escape.
///
/// ```
/// assert_eq!(aril_flatpak::shown("a\u{1b}[2Kb").to_string(), r"a\x1b[2Kb");
/// ```
pub fn shown<T: AsRef<[u8]> + ?Sized>(text: &T) -> Shown<'_> {
    Shown(text.as_ref())
}

/// Shows a path like [`shown`], without a loss and without a guess about its encoding.
pub fn shown_path(path: &std::path::Path) -> Shown<'_> {
    use std::os::unix::ffi::OsStrExt;
    Shown(path.as_os_str().as_bytes())
}

/// What [`shown`] gives.
#[derive(Clone, Copy, Debug)]
pub struct Shown<'a>(&'a [u8]);

impl Display for Shown<'_> {
    fn fmt(&self, out: &mut Formatter<'_>) -> fmt::Result {
        for chunk in self.0.utf8_chunks() {
            for c in chunk.valid().chars() {
                match u32::from(c) {
                    _ if is_graphic(c) => out.write_char(c)?,
                    code @ ..=0xff => write!(out, "\\x{code:02x}")?,
                    code => write!(out, "\\u{{{code:x}}}")?,
                }
            }
            for byte in chunk.invalid() {
                write!(out, "\\x{byte:02x}")?;
            }
        }
        Ok(())
    }
}

/// The words of an [`std::io::Error`] as an error here has them: without a capital at the beginning and
/// without the number.
pub fn plain_words(why: &str) -> String {
    let why = why.split(" (os error ").next().unwrap_or(why);
    let mut rest = why.chars();
    let first = rest.next().map(|letter| letter.to_ascii_lowercase());
    first.into_iter().chain(rest).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn escapes_what_cannot_be_seen() {
        let rows: [(&[u8], &str); 6] = [
            (b"plain text", "plain text"),
            (b"a\x1b[31m\n", "a\\x1b[31m\\x0a"),
            ("caf\u{e9} \u{1f4e6}".as_bytes(), "caf\u{e9} \u{1f4e6}"),
            ("a\u{202e}b".as_bytes(), "a\\u{202e}b"),
            ("a\u{a0}b".as_bytes(), "a\\xa0b"),
            (b"\xff/x\0", "\\xff/x\\x00"),
        ];
        for (bytes, text) in rows {
            assert_eq!(shown(bytes).to_string(), text);
        }
    }
}
