//! The text of a unit: sections, assignments, continued lines, comments (`systemd.syntax(7)`).

use crate::error::ProfileError;
use aril_sandbox::Escaped;

/// The text of a unit or of a drop-in, and what it is called.
#[derive(Clone, Copy, Debug)]
pub struct UnitText<'a> {
    /// What errors and origins call it.
    pub name: &'a str,
    /// The text.
    pub text: &'a str,
}

/// `Key=value` in a section.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Assignment {
    pub(super) section: String,
    pub(super) key: String,
    /// Without white space around it.
    pub(super) value: String,
    /// `FILE:LINE`, fit for a terminal.
    pub(super) origin: String,
}

/// Parses a text. What systemd would pass over with a warning is an error here: a line that was not
/// understood could be the one that protects.
pub(super) fn parse(unit: UnitText<'_>) -> Result<Vec<Assignment>, ProfileError> {
    let mut assignments = Vec::new();
    let mut section = String::new();
    for (number, line) in logical_lines(unit.text) {
        let origin = format!("{}:{number}", Escaped(unit.name.as_bytes()));
        let refuse = |why: &str| ProfileError::on("read the unit", &origin, why);
        if let Some(name) = line.strip_prefix('[') {
            let name = name.strip_suffix(']');
            section = name
                .ok_or_else(|| refuse("a section ends with `]`"))?
                .to_owned();
            continue;
        }
        let (key, value) = line
            .split_once('=')
            .ok_or_else(|| refuse("it is neither a section nor KEY=VALUE"))?;
        if section.is_empty() {
            return Err(refuse("it is in no section"));
        }
        assignments.push(Assignment {
            section: section.clone(),
            key: key.trim_end().to_owned(),
            value: value.trim_start().to_owned(),
            origin,
        });
    }
    Ok(assignments)
}

/// Lines with those that continue them, without comments and empty ones, and the numbers at which they
/// begin, from 1.
fn logical_lines(text: &str) -> Vec<(usize, String)> {
    let mut lines: Vec<(usize, String)> = Vec::new();
    let mut is_continued = false;
    for (number, line) in (1..).zip(text.lines()) {
        let line = line.trim();
        // Also between the lines of a continued one.
        if line.starts_with(['#', ';']) {
            continue;
        }
        let (part, goes_on) = match line.strip_suffix('\\') {
            Some(part) => (part, true),
            None => (line, false),
        };
        match lines.last_mut().filter(|_| is_continued) {
            Some((_, before)) => {
                before.push(' ');
                before.push_str(part);
            }
            None => lines.push((number, part.to_owned())),
        }
        is_continued = goes_on;
    }
    let lines = lines.into_iter();
    let lines = lines.map(|(number, line)| (number, line.trim().to_owned()));
    lines.filter(|(_, line)| !line.is_empty()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(text: &str) -> Result<Vec<(String, String, String)>, String> {
        let name = "a.service";
        let made = parse(UnitText { name, text }).map_err(|error| error.to_string())?;
        let made = made.into_iter();
        Ok(made
            .map(|one| {
                (
                    one.section,
                    one.key,
                    format!("{} {}", one.origin, one.value),
                )
            })
            .collect())
    }

    #[test]
    fn sections_comments_and_continued_lines() {
        let text = "# a\n[Unit]\nDescription = a=b \n\n[Service]\nReadWritePaths=/a \\\n; c\n  /b \\\n\nUMask=\n";
        let row = |section: &str, key: &str, rest: &str| {
            (section.to_owned(), key.to_owned(), rest.to_owned())
        };
        let expected = vec![
            row("Unit", "Description", "a.service:3 a=b"),
            row("Service", "ReadWritePaths", "a.service:6 /a  /b"),
            row("Service", "UMask", "a.service:10 "),
        ];
        assert_eq!(parsed(text).unwrap(), expected);
    }

    #[test]
    fn what_is_no_unit() {
        for (text, line) in [("A=b", 1), ("[S]\nnothing", 2), ("[S\n", 1)] {
            let error = parsed(text).unwrap_err();
            assert!(error.contains(&format!("a.service:{line}:")), "{error}");
        }
    }
}
