//! Foreign bytes, shown to people.

use std::fmt;

/// Code points of Unicode's category Cf (format): they show nothing and change what surrounds them.
const FORMAT: &[(u32, u32)] = &[
    (0x00ad, 0x00ad),
    (0x0600, 0x0605),
    (0x061c, 0x061c),
    (0x06dd, 0x06dd),
    (0x070f, 0x070f),
    (0x0890, 0x0891),
    (0x08e2, 0x08e2),
    (0x180e, 0x180e),
    (0x200b, 0x200f),
    (0x202a, 0x202e),
    (0x2060, 0x2064),
    (0x2066, 0x206f),
    (0xfeff, 0xfeff),
    (0xfff9, 0xfffb),
    (0x110bd, 0x110bd),
    (0x110cd, 0x110cd),
    (0x13430, 0x1343f),
    (0x1bca0, 0x1bca3),
    (0x1d173, 0x1d17a),
    (0xe0001, 0xe0001),
    (0xe0020, 0xe007f),
];

/// Whether a character leaves a mark on paper, or is the plain space.
pub fn is_graphic(c: char) -> bool {
    let code = u32::from(c);
    let format = FORMAT
        .iter()
        .any(|&(first, last)| (first..=last).contains(&code));
    c == ' ' || !(c.is_control() || c.is_whitespace() || format)
}

/// Bytes as text, but for what is no text or could steer a terminal: that is escaped, so that no name
/// of a file can write to one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Escaped<'a>(pub &'a [u8]);

impl fmt::Display for Escaped<'_> {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        for chunk in self.0.utf8_chunks() {
            for letter in chunk.valid().chars() {
                match is_graphic(letter) {
                    true => write!(out, "{letter}")?,
                    false => write!(out, "{}", letter.escape_default())?,
                }
            }
            for byte in chunk.invalid() {
                write!(out, "\\x{byte:02x}")?;
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_steers_a_terminal_or_cannot_be_seen_is_escaped() {
        for (text, shown) in [
            ("a b/é→", "a b/é→"),
            ("\u{1b}[2K\n", "\\u{1b}[2K\\n"),
            ("\u{9b}31m", "\\u{9b}31m"),
            ("a\u{202e}b\u{2066}", "a\\u{202e}b\\u{2066}"),
            (
                "a\u{200b}\u{2028}b\u{feff}",
                "a\\u{200b}\\u{2028}b\\u{feff}",
            ),
        ] {
            assert_eq!(Escaped(text.as_bytes()).to_string(), shown);
        }
        assert_eq!(Escaped(b"\xff").to_string(), "\\xff");
    }
}
