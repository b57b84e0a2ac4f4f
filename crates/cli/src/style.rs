//! Colours, where there is somebody to see them.
//!
//! `NO_COLOR` (<https://no-color.org>) and `CLICOLOR=0` switch them off, `CLICOLOR_FORCE` on.

use std::env;
use std::ffi::OsStr;
use std::fmt::Display;
use std::io::{IsTerminal, stdout};

/// Whether what is printed has colours.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Style {
    /// It has none.
    Plain,
    /// It has.
    Coloured,
}

/// What a piece of text is, and so how it looks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ink {
    /// A heading.
    Heading,
    /// Something that explains.
    Faint,
    /// Something that is closed or taken away.
    Good,
    /// Something that is open: it can be written or reached.
    Open,
    /// Something that is told beside the rest.
    Note,
    /// Something that has to be mended.
    Problem,
}

impl Ink {
    fn code(self) -> &'static str {
        match self {
            Self::Heading => "1",
            Self::Faint => "2",
            Self::Good => "32",
            Self::Open => "33",
            Self::Note => "36",
            Self::Problem => "1;31",
        }
    }
}

impl Style {
    /// That of standard output.
    pub fn of_stdout() -> Self {
        Self::choose(|name| env::var_os(name), stdout().is_terminal())
    }

    fn choose<S: AsRef<OsStr>>(variable: impl Fn(&str) -> Option<S>, terminal: bool) -> Self {
        let set = |name: &str| {
            let value = variable(name);
            value.is_some_and(|value| !value.as_ref().is_empty() && value.as_ref() != "0")
        };
        let is = |name: &str, word: &str| variable(name).is_some_and(|v| v.as_ref() == word);
        let no_colour = variable("NO_COLOR").is_some_and(|value| !value.as_ref().is_empty());
        let off = no_colour || is("CLICOLOR", "0") || is("TERM", "dumb");
        match set("CLICOLOR_FORCE") && !no_colour || terminal && !off {
            true => Self::Coloured,
            false => Self::Plain,
        }
    }

    /// The text, with the ink around it where there are colours.
    pub fn paint(self, ink: Ink, text: impl Display) -> String {
        match self {
            Self::Plain => text.to_string(),
            Self::Coloured => format!("\x1b[{}m{text}\x1b[0m", ink.code()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_environment_decides() {
        // variables; coloured on a terminal; coloured elsewhere
        type Row = (&'static [(&'static str, &'static str)], bool, bool);
        let rows: [Row; 7] = [
            (&[], true, false),
            (&[("NO_COLOR", "1")], false, false),
            (&[("NO_COLOR", "")], true, false),
            (&[("CLICOLOR", "0")], false, false),
            (&[("CLICOLOR_FORCE", "1")], true, true),
            (&[("CLICOLOR_FORCE", "1"), ("NO_COLOR", "1")], false, false),
            (&[("TERM", "dumb")], false, false),
        ];
        for (variables, on_terminal, elsewhere) in rows {
            let find = |name: &str| variables.iter().find(|row| row.0 == name).map(|row| row.1);
            for (terminal, expected) in [(true, on_terminal), (false, elsewhere)] {
                let style = Style::choose(find, terminal);
                assert_eq!(
                    style == Style::Coloured,
                    expected,
                    "{variables:?} {terminal}"
                );
            }
        }
    }
}
