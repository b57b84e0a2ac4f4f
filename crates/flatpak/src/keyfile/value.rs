//! Values: escapes, lists, booleans, numbers.

use super::ValueFault;
use super::parse::is_space;

const SEPARATOR: char = ';';

/// Resolves the escapes `\s \n \t \r \\`.
pub(super) fn unescaped(raw: &str) -> Result<String, ValueFault> {
    let mut out = String::with_capacity(raw.len());
    let mut chars = raw.chars();
    while let Some(c) = chars.next() {
        out.push(if c == '\\' { escape(chars.next())? } else { c });
    }
    Ok(out)
}

/// Splits at `;`. A separator at the end ends the last item, and `\;` is a semicolon.
pub(super) fn split(raw: &str) -> Result<Vec<String>, ValueFault> {
    let mut items = Vec::new();
    let mut item = String::new();
    let mut chars = raw.chars();
    while let Some(c) = chars.next() {
        match c {
            SEPARATOR => items.push(std::mem::take(&mut item)),
            '\\' => match chars.next() {
                Some(SEPARATOR) => item.push(SEPARATOR),
                other => item.push(escape(other)?),
            },
            other => item.push(other),
        }
    }
    if !item.is_empty() {
        items.push(item);
    }
    Ok(items)
}

fn escape(c: Option<char>) -> Result<char, ValueFault> {
    match c {
        Some('s') => Ok(' '),
        Some('n') => Ok('\n'),
        Some('t') => Ok('\t'),
        Some('r') => Ok('\r'),
        Some('\\') => Ok('\\'),
        Some(other) => Err(ValueFault::Escape(other)),
        None => Err(ValueFault::EscapeAtEnd),
    }
}

pub(super) fn boolean(raw: &str) -> Result<bool, ValueFault> {
    match raw.trim_end_matches(is_space) {
        "true" | "1" => Ok(true),
        "false" | "0" => Ok(false),
        _ => Err(ValueFault::Boolean),
    }
}

pub(super) fn integer(raw: &str) -> Result<i32, ValueFault> {
    raw.trim_end_matches(is_space)
        .parse()
        .map_err(|_| ValueFault::Integer)
}

/// The text of a string: white space at its start would be lost to the reader unless escaped.
pub(super) fn escaped(value: &str) -> String {
    let mut out = String::with_capacity(value.len());
    let mut leading = true;
    for c in value.chars() {
        match c {
            ' ' if leading => out.push_str("\\s"),
            '\t' if leading => out.push_str("\\t"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\\' => out.push_str("\\\\"),
            other => out.push(other),
        }
        leading = leading && matches!(c, ' ' | '\t');
    }
    out
}

/// The text of a list: each item ends with the separator, the last one too.
pub(super) fn joined<S: AsRef<str>>(values: &[S]) -> String {
    let item = |value: &S| format!("{};", escaped(value.as_ref()).replace(SEPARATOR, "\\;"));
    values.iter().map(item).collect()
}
