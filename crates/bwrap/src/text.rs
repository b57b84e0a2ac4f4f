//! Words of the caller, shown to people.

use std::ffi::OsStr;
use std::fmt;
use std::os::unix::ffi::OsStrExt;

/// A word as it is, but for what is no text or could steer a terminal: that is escaped.
pub(crate) struct Shown<'a>(pub(crate) &'a OsStr);

impl<'a> Shown<'a> {
    pub(crate) fn bytes(bytes: &'a [u8]) -> Self {
        Self(OsStr::from_bytes(bytes))
    }
}

impl fmt::Display for Shown<'_> {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        aril_sandbox::Escaped(self.0.as_bytes()).fmt(out)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_as_it_is_and_the_rest_is_escaped() {
        for (bytes, shown) in [
            (&b"/a b"[..], "/a b"),
            ("ä→".as_bytes(), "ä→"),
            (b"a\x1b[1m\n", "a\\u{1b}[1m\\n"),
            (b"\xff", "\\xff"),
        ] {
            assert_eq!(Shown::bytes(bytes).to_string(), shown);
        }
    }
}
