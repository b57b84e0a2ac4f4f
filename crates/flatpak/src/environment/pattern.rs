//! Patterns by which the user lets more variables pass.

use crate::text::shown;
use std::error::Error;
use std::fmt::{self, Display, Formatter};
use std::str::FromStr;

/// A name, or its beginning and a `*`.
///
/// A whole name passes even if it speaks of a secret: that is what was asked for. What only begins as
/// a pattern does passes unless it speaks of one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pattern {
    beginning: String,
    is_whole: bool,
}

/// Why a text is no pattern.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PatternError {
    text: String,
}

impl Pattern {
    /// Whether it is the whole of this name.
    pub(super) fn names(&self, name: &str) -> bool {
        self.is_whole && self.beginning == name
    }

    /// Whether it is the beginning of this name.
    pub(super) fn begins(&self, name: &str) -> bool {
        !self.is_whole && name.starts_with(&self.beginning)
    }

    /// Reads a list: a pattern a line; empty lines, and what begins with `#`, count for nothing. The
    /// error comes with the number of its line, from 1.
    pub fn parse_list(text: &str) -> Result<Vec<Self>, (usize, PatternError)> {
        let lines = (1..).zip(text.lines().map(str::trim));
        let lines = lines.filter(|(_, line)| !line.is_empty() && !line.starts_with('#'));
        let parsed = lines.map(|(number, line)| line.parse().map_err(|error| (number, error)));
        parsed.collect()
    }
}

impl FromStr for Pattern {
    type Err = PatternError;

    fn from_str(text: &str) -> Result<Self, PatternError> {
        let beginning = text.strip_suffix('*').unwrap_or(text);
        let is_whole = beginning.len() == text.len();
        let is_of_name = |letter: char| letter.is_ascii_graphic() && !matches!(letter, '=' | '*');
        if (is_whole && text.is_empty()) || !beginning.chars().all(is_of_name) {
            let text = text.to_owned();
            return Err(PatternError { text });
        }
        Ok(Self {
            beginning: beginning.to_owned(),
            is_whole,
        })
    }
}

impl Error for PatternError {}

impl Display for PatternError {
    fn fmt(&self, out: &mut Formatter<'_>) -> fmt::Result {
        let text = shown(self.text.as_bytes());
        write!(
            out,
            "read a pattern of variables, on `{text}`: neither NAME nor BEGINNING*"
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_beginnings() {
        let pattern = |text: &str| text.parse::<Pattern>().unwrap();
        assert!(pattern("A_B").names("A_B") && !pattern("A_B").begins("A_B"));
        assert!(pattern("A_*").begins("A_B") && !pattern("A_*").names("A_"));
        assert!(pattern("*").begins("X"));
        for wrong in ["", "A=1", "A*B", "*A", "A B", "A\n", "ä"] {
            assert!(wrong.parse::<Pattern>().is_err(), "{wrong}");
        }
    }

    #[test]
    fn lists() {
        let list = Pattern::parse_list("# mine\n\n  FOO\nBAR_*\r\n").unwrap();
        assert_eq!(list, ["FOO", "BAR_*"].map(|text| text.parse().unwrap()));
        let (line, error) = Pattern::parse_list("A\n\nB=\u{1b}1\n").unwrap_err();
        assert_eq!(line, 3);
        assert!(!error.to_string().contains('\u{1b}'), "{error}");
    }
}
