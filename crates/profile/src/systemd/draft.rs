//! A profile that is being written, with who asked for each line.

use super::unit::Assignment;
use crate::document::KEYS;
use std::fmt::{self, Display, Formatter};

/// What became of a line that asks for nothing in the profile.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// It is so in every sandbox.
    Always,
    /// The other side cannot say it.
    NoEquivalent,
}

/// A line of one side and why it has no line on the other.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Remark {
    /// Where it is: `FILE:LINE`, or who asked for it.
    pub origin: String,
    /// The line: `Key=value`, fit for a terminal.
    pub line: String,
    /// What became of it.
    pub verdict: Verdict,
    /// Why.
    pub reason: String,
}

impl Display for Remark {
    fn fmt(&self, out: &mut Formatter<'_>) -> fmt::Result {
        write!(out, "{} {}: {}", self.origin, self.line, self.reason)
    }
}

/// The other side's text, and what is not in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Translation {
    /// A profile, or a unit's drop-in; the remarks are comments in it.
    pub text: String,
    /// Every line that has no line in it.
    pub remarks: Vec<Remark>,
}

impl Translation {
    /// The lines that the other side cannot say.
    pub fn without_equivalent(&self) -> impl Iterator<Item = &Remark> {
        let remarks = self.remarks.iter();
        remarks.filter(|remark| remark.verdict == Verdict::NoEquivalent)
    }
}

/// A value for a key of the profile.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Line {
    key: &'static str,
    value: String,
    origin: String,
}

/// A profile in the making.
#[derive(Clone, Debug, Default)]
pub(super) struct Draft {
    lines: Vec<Line>,
    pub(super) remarks: Vec<Remark>,
}

impl Draft {
    /// Adds to a list, or sets a single value.
    pub(super) fn ask(&mut self, key: &'static str, value: impl Into<String>, by: &Assignment) {
        let (value, origin) = (value.into(), format!("{} {}", by.origin, by.key));
        let known = self.lines.iter();
        let mut known = known.filter(|line| line.key == key && line.value == value);
        if known.next().is_none() {
            self.lines.push(Line { key, value, origin });
        }
    }

    /// Replaces what was asked for.
    pub(super) fn replace(&mut self, key: &'static str, value: &str, by: &Assignment) {
        self.lines.retain(|line| line.key != key);
        self.ask(key, value, by);
    }

    /// It is so already.
    pub(super) fn always(&mut self, by: &Assignment, reason: &str) {
        self.remark(by, Verdict::Always, reason);
    }

    /// It cannot be said.
    pub(super) fn without(&mut self, by: &Assignment, reason: impl AsRef<str>) {
        self.remark(by, Verdict::NoEquivalent, reason.as_ref());
    }

    fn remark(&mut self, by: &Assignment, verdict: Verdict, reason: &str) {
        let escaped = |text: &str| aril_sandbox::Escaped(text.as_bytes()).to_string();
        self.remarks.push(Remark {
            origin: by.origin.clone(),
            line: escaped(&format!("{}={}", by.key, by.value)),
            verdict,
            // It may repeat words of the unit.
            reason: escaped(reason),
        });
    }

    /// The text of the profile.
    pub(super) fn into_text(mut self, head: &str) -> Translation {
        let mut text = head.to_owned();
        self.keep_the_strictest();
        // A base comes before the changes to it.
        self.lines.sort_by_key(|line| line.value.starts_with('+'));
        for key in KEYS {
            let lines: Vec<&Line> = self
                .lines
                .iter()
                .filter(|line| line.key == key.name)
                .collect();
            text += &rows(key.name, &lines);
        }
        let limits = self
            .lines
            .iter()
            .filter(|line| line.key.starts_with("limit."));
        for Line { key, value, origin } in limits {
            text += &format!("{key} = {} # {origin}\n", string(value));
        }
        text += &remarks(&self.remarks);
        let remarks = self.remarks;
        Translation { text, remarks }
    }

    /// A profile names a path once: what takes away wins over what gives, as in a unit.
    fn keep_the_strictest(&mut self) {
        let rank = |line: &Line| {
            ["hide", "tmp", "ro", "rw"]
                .iter()
                .position(|key| *key == line.key)
        };
        let all = self.lines.clone();
        self.lines.retain(|line| {
            let stricter = |other: &Line| other.value == line.value && rank(other) < rank(line);
            rank(line).is_none()
                || !all
                    .iter()
                    .any(|other| rank(other).is_some() && stricter(other))
        });
    }
}

/// The row of a key, or the rows of a list.
fn rows(key: &str, lines: &[&Line]) -> String {
    let is_list = ["ro", "rw", "hide", "tmp", "env", "device", "seccomp"].contains(&key);
    match lines {
        [] => String::new(),
        _ if is_list => {
            let items = lines.iter();
            let items =
                items.map(|line| format!("    {}, # {}\n", string(&line.value), line.origin));
            format!("{key} = [\n{}]\n", items.collect::<String>())
        }
        [.., last] => format!("{key} = {} # {}\n", string(&last.value), last.origin),
    }
}

fn remarks(all: &[Remark]) -> String {
    let mut text = String::new();
    for (verdict, head) in [
        (Verdict::NoEquivalent, "\n# Without an equivalent:\n"),
        (
            Verdict::Always,
            "\n# So in every sandbox, without a line:\n",
        ),
    ] {
        let of_it: Vec<&Remark> = all
            .iter()
            .filter(|remark| remark.verdict == verdict)
            .collect();
        if !of_it.is_empty() {
            text += head;
        }
        for remark in of_it {
            text += &format!("#   {remark}\n");
        }
    }
    text
}

/// A string of TOML (<https://toml.io/en/v1.0.0#string>, "basic strings").
pub(super) fn string(text: &str) -> String {
    let mut written = String::from("\"");
    for c in text.chars() {
        match c {
            '"' | '\\' => written.extend(['\\', c]),
            c if c.is_control() => written += &format!("\\u{:04X}", u32::from(c)),
            c => written.push(c),
        }
    }
    written + "\""
}
