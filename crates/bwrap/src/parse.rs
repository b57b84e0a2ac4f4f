//! From words to an invocation: one pass over a stream of options.

use crate::draft::{Caller, Draft, Notes};
use crate::error::ParseError;
use crate::numbers;
use crate::options::general;
use crate::settle::{self, Invocation};
use crate::table::{self, Action, Row};
use aril_sandbox::sys::Errno;
use std::ffi::{OsStr, OsString};
use std::os::unix::ffi::{OsStrExt, OsStringExt};

/// The most words that are taken, the command's and those of `--args` included.
pub(crate) const MOST_WORDS: usize = 9000;

/// Reads all that a descriptor gives, and closes it.
pub type ReadWords<'a> = dyn FnMut(i32) -> Result<Vec<u8>, Errno> + 'a;

/// The end of a parse.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Parsed {
    /// What to say first, and how.
    pub notes: Notes,
    /// What is to be done.
    pub request: Result<Request, ParseError>,
}

/// What the caller wants.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Request {
    /// A command in a sandbox.
    Run(Box<Invocation>),
    /// An answer on standard output.
    Answer(Answer),
    /// There is no command: usage on standard error, and failure.
    NoCommand,
}

/// Questions that are answered when they are reached.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Answer {
    /// `--help`.
    Help,
    /// `--version`: the version of bubblewrap whose dialect this is.
    Version,
    /// `--aril-version`: our own.
    OwnVersion,
    /// `--aril-generate`.
    Generate(Artifact),
}

/// What can be generated from the table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Artifact {
    /// The manual page, in roff.
    Man,
    /// Completions for bash.
    Bash,
    /// Completions for zsh.
    Zsh,
    /// Completions for fish.
    Fish,
}

/// Parses the words after `argv[0]`.
pub fn parse(words: &[OsString], caller: Caller, read: &mut ReadWords<'_>) -> Parsed {
    let mut parser = Parser {
        draft: Draft::new(caller),
        count: words.len(),
        read,
    };
    let request = parser.run(words);
    Parsed {
        notes: parser.draft.notes,
        request,
    }
}

struct Parser<'a, 'r> {
    draft: Draft,
    /// Words seen, against [`MOST_WORDS`].
    count: usize,
    read: &'a mut ReadWords<'r>,
}

/// Where a stream of options ended.
enum End {
    /// At the command, if there is one: this many words before it.
    Command(usize),
    /// At a question.
    Answer(Answer),
}

impl Parser<'_, '_> {
    fn run(&mut self, words: &[OsString]) -> Result<Request, ParseError> {
        if self.count > MOST_WORDS {
            return Err(ParseError::TooManyWords);
        }
        if words.is_empty() {
            return Ok(Request::NoCommand);
        }
        match self.take_options(words, false)? {
            End::Answer(answer) => Ok(Request::Answer(answer)),
            End::Command(at) => {
                self.refuse_loose_layers()?;
                settle::settle(&mut self.draft, &words[at..])
            }
        }
    }

    /// Takes options until the first word that is none. In a file (`nested`) the rest is ignored.
    fn take_options(&mut self, words: &[OsString], nested: bool) -> Result<End, ParseError> {
        let mut at = 0;
        while let Some(word) = words.get(at) {
            if word == "--" {
                return Ok(End::Command(at + 1));
            }
            if !word.as_bytes().starts_with(b"-") {
                break;
            }
            let row = table::find(word).ok_or_else(|| ParseError::UnknownOption(word.clone()))?;
            if nested && matches!(row.action, Action::ReadWords) {
                return Err(ParseError::NestedArgs);
            }
            let after = at + 1 + row.values.len();
            let values = words.get(at + 1..after).ok_or_else(|| row.missing())?;
            if let Some(answer) = self.take_option(row, values)? {
                return Ok(End::Answer(answer));
            }
            at = after;
        }
        Ok(End::Command(at))
    }

    fn take_option(
        &mut self,
        row: &'static Row,
        values: &[OsString],
    ) -> Result<Option<Answer>, ParseError> {
        self.draft.note_repetition(row)?;
        refuse_empty_paths(row, values)?;
        let answer = match row.action {
            Action::Answer(answer) => Some(answer),
            Action::Generate => Some(general::artifact(&values[0])?),
            Action::Take(take) => take(&mut self.draft, row, values).map(|()| None)?,
            Action::ReadWords => self.take_words_of(&values[0])?,
        };
        self.refuse_loose_modifiers(row)?;
        Ok(answer)
    }

    /// `--args`.
    fn take_words_of(&mut self, fd: &OsStr) -> Result<Option<Answer>, ParseError> {
        let fd = numbers::fd(fd)?;
        let data = (self.read)(fd).map_err(ParseError::ReadArgs)?;
        let words = split_words(&data);
        self.count += words.len();
        if self.count > MOST_WORDS {
            return Err(ParseError::TooManyWords);
        }
        match self.take_options(&words, true)? {
            End::Answer(answer) => Ok(Some(answer)),
            End::Command(_) => Ok(None),
        }
    }

    /// A modifier that the option after it did not use is a mistake. (Directly before the command it
    /// is ignored; clients know that as well.)
    fn refuse_loose_modifiers(&self, row: &Row) -> Result<(), ParseError> {
        let modifier = matches!(row.name, "--perms" | "--size");
        if !modifier && self.draft.mode.is_some() {
            let text = "--perms must be followed by an option that creates a file";
            return Err(ParseError::Rule(text));
        }
        if !modifier && self.draft.size.is_some() {
            return Err(ParseError::Rule("--size must be followed by --tmpfs"));
        }
        if row.name == "--overlay-src" {
            return Ok(());
        }
        self.refuse_loose_layers()
    }

    fn refuse_loose_layers(&self) -> Result<(), ParseError> {
        if self.draft.layers.is_empty() {
            return Ok(());
        }
        Err(ParseError::Rule(
            "--overlay-src must be followed by another --overlay-src or one of --overlay, \
             --tmp-overlay, or --ro-overlay",
        ))
    }
}

fn refuse_empty_paths(row: &Row, values: &[OsString]) -> Result<(), ParseError> {
    let pairs = row.values.iter().zip(values);
    match pairs
        .clone()
        .find(|(value, word)| value.kind.is_path() && word.is_empty())
    {
        None => Ok(()),
        Some((value, _)) => Err(ParseError::EmptyPath {
            option: row.name,
            value: value.name,
        }),
    }
}

/// Words end with a NUL; the last one may do without.
fn split_words(data: &[u8]) -> Vec<OsString> {
    if data.is_empty() {
        return Vec::new();
    }
    let data = data.strip_suffix(b"\0").unwrap_or(data);
    data.split(|&byte| byte == 0)
        .map(|word| OsString::from_vec(word.to_vec()))
        .collect()
}
