//! Foreign bytes, shown to people.

use std::fmt;

/// Bytes as text, but for what is no text or could steer a terminal: that is escaped, so that no name
/// of a file can write to one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Escaped<'a>(pub &'a [u8]);

impl fmt::Display for Escaped<'_> {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        for chunk in self.0.utf8_chunks() {
            for letter in chunk.valid().chars() {
                if letter.is_control() {
                    write!(out, "{}", letter.escape_default())?;
                } else {
                    write!(out, "{letter}")?;
                }
            }
            for byte in chunk.invalid() {
                write!(out, "\\x{byte:02x}")?;
            }
        }
        Ok(())
    }
}
