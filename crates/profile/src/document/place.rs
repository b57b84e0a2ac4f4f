//! Where in a profile something is, for people.

use crate::error::ProfileError;
use crate::setting::BadValue;
use aril_sandbox::Escaped;
use std::fmt::Display;
use std::ops::Range;

/// A profile's text and what it is called.
#[derive(Clone, Copy, Debug)]
pub struct Text<'a> {
    /// A path, or `built-in profile NAME`.
    pub name: &'a str,
    /// The text.
    pub text: &'a str,
}

impl Text<'_> {
    /// Who asks for what is written at a place.
    pub(super) fn origin(self, span: Range<usize>) -> String {
        let (line, _) = self.line_and_column(span.start);
        format!("{}:{line}", Escaped(self.name.as_bytes()))
    }

    pub(super) fn error(self, span: Range<usize>, why: impl Display) -> ProfileError {
        let (line, column) = self.line_and_column(span.start);
        let name = Escaped(self.name.as_bytes());
        let why = why.to_string();
        let why = why.lines().collect::<Vec<_>>().join(", ");
        ProfileError::on(
            "read the profile",
            format_args!("{name}:{line}:{column}"),
            why,
        )
    }

    pub(super) fn bad(self, span: Range<usize>, bad: &BadValue) -> ProfileError {
        let error = self.error(span, bad);
        self.suggest(error, bad.suggestion)
    }

    pub(super) fn suggest(self, error: ProfileError, word: Option<&str>) -> ProfileError {
        match word {
            Some(word) => error.with_hint(format!("did you mean `{word}`?")),
            None => error,
        }
    }

    /// Both count from 1; the column counts characters.
    fn line_and_column(self, at: usize) -> (usize, usize) {
        let before = self.text.get(..at).unwrap_or(self.text);
        let line_begin = before.rfind('\n').map_or(0, |at| at + 1);
        let line = before.bytes().filter(|&byte| byte == b'\n').count() + 1;
        (line, before[line_begin..].chars().count() + 1)
    }
}
