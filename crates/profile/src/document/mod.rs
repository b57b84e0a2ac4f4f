//! A profile's text becomes settings. Every error names line and column, and what may have been meant.

mod condition;
mod keys;
mod place;
mod values;

pub use keys::{KEYS, Key, Shape};
pub use place::Text;

use crate::error::ProfileError;
use crate::facts::Facts;
use crate::files::Files;
use crate::setting::Sourced;
use crate::settings::Settings;
use crate::similar;
use condition::holds;
use std::ops::Range;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

/// What a profile says.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Document {
    /// What it is for, in a line.
    pub description: Option<String>,
    /// The profiles that it begins with.
    pub include: Vec<Sourced<String>>,
    /// What it asks for.
    pub settings: Settings,
}

/// What a profile's words depend on.
#[derive(Clone, Copy)]
pub struct Surroundings<'a> {
    /// The user, and where the command is given.
    pub facts: &'a Facts,
    /// The host's files, for conditions.
    pub files: &'a dyn Files,
    /// The sandbox's name, if it has one.
    pub name: Option<&'a str>,
}

/// Parses a profile.
pub fn parse(text: Text<'_>, surroundings: Surroundings<'_>) -> Result<Document, ProfileError> {
    let table = DeTable::parse(text.text).map_err(|error| {
        let span = error.span().unwrap_or(0..0);
        text.error(span, error.message().trim())
    })?;
    let mut document = Document::default();
    for (key, span, value) in rows(table.get_ref()) {
        match key {
            "description" => document.description = Some(text.word(value)?.to_owned()),
            "include" => document.include = text.words(value)?,
            "when" => {
                for part in tables(text, value)? {
                    let applies = when(text, part, surroundings)?;
                    document.settings = document.settings.overlaid(applies);
                }
            }
            _ => text.set(&mut document.settings, (key, span), value, surroundings)?,
        }
    }
    Ok(document)
}

/// The rows of a table in the order in which they are written.
fn rows<'a>(table: &'a DeTable<'_>) -> Vec<(&'a str, Range<usize>, &'a Spanned<DeValue<'a>>)> {
    let rows = table.iter();
    let mut rows: Vec<_> = rows
        .map(|(key, value)| (key.get_ref().as_ref(), key.span(), value))
        .collect();
    rows.sort_by_key(|(_, span, _)| span.start);
    rows
}

fn tables<'a>(
    text: Text<'_>,
    value: &'a Spanned<DeValue<'a>>,
) -> Result<Vec<&'a DeTable<'a>>, ProfileError> {
    let refuse = || text.error(value.span(), "conditions are written as tables, [[when]]");
    let list = value.get_ref().as_array().ok_or_else(refuse)?;
    let tables = list.iter().map(|part| part.get_ref().as_table());
    tables.collect::<Option<_>>().ok_or_else(refuse)
}

/// What a `[[when]]` asks for if its conditions hold. It is checked even if they do not.
fn when(
    text: Text<'_>,
    table: &DeTable<'_>,
    surroundings: Surroundings<'_>,
) -> Result<Settings, ProfileError> {
    let mut settings = Settings::default();
    let mut all = true;
    for (key, span, value) in rows(table) {
        match key.strip_prefix("if-") {
            Some(condition) => {
                let word = text.word(value)?;
                let word = text.expanded(word, value.span(), surroundings)?;
                all &= holds(condition, &word, surroundings).ok_or_else(|| {
                    let known = ["if-exists", "if-missing", "if-env", "if-arch"];
                    let error =
                        text.error(span, format_args!("unknown condition `{}`", shown(key)));
                    text.suggest(error, similar::closest(key, &known))
                })?;
            }
            None => text.set(&mut settings, (key, span), value, surroundings)?,
        }
    }
    Ok(if all { settings } else { Settings::default() })
}

fn shown(text: &str) -> aril_sandbox::Escaped<'_> {
    aril_sandbox::Escaped(text.as_bytes())
}

#[cfg(test)]
mod tests;
