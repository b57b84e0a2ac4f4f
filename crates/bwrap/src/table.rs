//! The one table of options.
//!
//! The rows stand in groups beside the code that takes them (`options/`). From them come the parser's
//! dispatch, the number of values, the warnings for repetitions, `--help`, the manual page and the
//! completions.

use crate::draft::Draft;
use crate::error::ParseError;
use crate::options;
use crate::parse::Answer;
use std::ffi::{OsStr, OsString};

/// One option.
#[derive(Clone, Copy)]
pub struct Row {
    /// Its name, with the two dashes.
    pub name: &'static str,
    /// Its values, in order.
    pub values: &'static [Value],
    /// One line for `--help`, a phrase without a full stop.
    pub help: &'static str,
    /// Further sentences for the manual page; may be empty.
    pub more: &'static str,
    /// The first version of bubblewrap that has it, if that is younger than 0.8.0; ours say `Aril`.
    pub since: Option<&'static str>,
    /// What a second time means.
    pub(crate) repeat: Repeat,
    /// What the parser does.
    pub(crate) action: Action,
}

/// A value of an option.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Value {
    /// What help calls it.
    pub name: &'static str,
    /// What it is.
    pub kind: Kind,
}

/// What a value is: completions complete it, and an empty path is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A path of the host.
    Path,
    /// A directory of the host.
    Directory,
    /// A path inside the sandbox.
    Target,
    /// The number of an open file descriptor.
    Fd,
    /// The name of an environment variable.
    Variable,
    /// The name of a capability.
    Capability,
    /// Anything else.
    Word,
}

impl Kind {
    pub(crate) fn is_path(self) -> bool {
        matches!(self, Self::Path | Self::Directory | Self::Target)
    }
}

/// What it means to give an option again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Repeat {
    /// Every one counts.
    Free,
    /// The last one counts, and a warning is written.
    LastWins,
    /// It is an error.
    Never,
}

/// Takes an option's values into the draft.
pub(crate) type Take = fn(&mut Draft, &Row, &[OsString]) -> Result<(), ParseError>;

/// What the parser does at an option.
#[derive(Clone, Copy)]
pub(crate) enum Action {
    /// Take it in.
    Take(Take),
    /// Go on in the words that a descriptor gives.
    ReadWords,
    /// Stop with this.
    Answer(Answer),
    /// Stop with what the value names.
    Generate,
}

impl Row {
    pub(crate) const fn new(
        name: &'static str,
        values: &'static [Value],
        help: &'static str,
        action: Action,
    ) -> Self {
        Self {
            name,
            values,
            help,
            more: "",
            since: None,
            repeat: Repeat::Free,
            action,
        }
    }

    pub(crate) const fn more(self, more: &'static str) -> Self {
        Self { more, ..self }
    }

    pub(crate) const fn since(self, version: &'static str) -> Self {
        Self {
            since: Some(version),
            ..self
        }
    }

    pub(crate) const fn last_wins(self) -> Self {
        Self {
            repeat: Repeat::LastWins,
            ..self
        }
    }

    pub(crate) const fn once(self) -> Self {
        Self {
            repeat: Repeat::Never,
            ..self
        }
    }

    /// The error for a lack of values. Three texts have their own wording, and clients know it.
    pub(crate) fn missing(&self) -> ParseError {
        let option = match self.name {
            "--ro-bind-fd" => "--bind-fd",
            name => name,
        };
        let takes = match (self.name, self.values.len()) {
            ("--argv0" | "--chdir" | "--remount-ro", _) => "one argument",
            (_, 1) => "an argument",
            (_, 2) => "two arguments",
            (_, _) => "three arguments",
        };
        ParseError::MissingValues { option, takes }
    }
}

/// Shorthands for rows.
pub(crate) const fn value(name: &'static str, kind: Kind) -> Value {
    Value { name, kind }
}

pub(crate) const FD: Value = value("FD", Kind::Fd);
pub(crate) const SRC: Value = value("SRC", Kind::Path);
pub(crate) const DEST: Value = value("DEST", Kind::Target);

/// The options that belong together.
#[derive(Clone, Copy)]
pub struct Group {
    /// The heading in help and manual.
    pub title: &'static str,
    /// The options.
    pub rows: &'static [Row],
}

/// The whole table.
pub const GROUPS: &[Group] = &[
    Group {
        title: "General options",
        rows: options::general::ROWS,
    },
    Group {
        title: "Namespaces",
        rows: options::namespaces::ROWS,
    },
    Group {
        title: "Ids and capabilities",
        rows: options::credentials::ROWS,
    },
    Group {
        title: "Environment",
        rows: options::environment::ROWS,
    },
    Group {
        title: "Binds",
        rows: options::binds::ROWS,
    },
    Group {
        title: "Filesystems and files",
        rows: options::files::ROWS,
    },
    Group {
        title: "Modifiers of the next option",
        rows: options::modifiers::ROWS,
    },
    Group {
        title: "Overlays",
        rows: options::overlays::ROWS,
    },
    Group {
        title: "Seccomp and labels",
        rows: options::filters::ROWS,
    },
    Group {
        title: "Monitoring and lifetime",
        rows: options::supervision::ROWS,
    },
];

/// Every option, in the order of the manual.
pub fn rows() -> impl Iterator<Item = &'static Row> {
    GROUPS.iter().flat_map(|group| group.rows)
}

/// The option of this name.
pub(crate) fn find(name: &OsStr) -> Option<&'static Row> {
    let hidden = options::general::HIDDEN.iter();
    rows().chain(hidden).find(|row| name == row.name)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    #[test]
    fn names_are_unique_and_begin_with_two_dashes() {
        let mut seen = HashSet::new();
        for row in rows() {
            assert!(
                row.name.starts_with("--") && row.name.len() > 2,
                "{}",
                row.name
            );
            assert!(seen.insert(row.name), "{} twice", row.name);
        }
    }

    #[test]
    fn every_option_has_words() {
        for row in rows() {
            assert!(row.help.len() > 8, "{} has no help", row.name);
            assert!(
                !row.help.ends_with('.'),
                "{}: a phrase, no sentence",
                row.name
            );
            let more = row.more.is_empty() || row.more.ends_with('.');
            assert!(more, "{}: whole sentences", row.name);
        }
    }

    #[test]
    fn every_option_without_its_values_is_an_error() {
        for row in rows().filter(|row| !row.values.is_empty()) {
            for given in 0..row.values.len() {
                let words: Vec<OsString> = std::iter::once(row.name)
                    .chain(std::iter::repeat_n("1", given))
                    .map(OsString::from)
                    .collect();
                let parsed = crate::options::tests::parse_words(&words);
                assert_eq!(parsed.request, Err(row.missing()), "{}", row.name);
            }
        }
    }
}
