//! Lines of a key file, told apart.

use super::{KeyFile, KeyFileError, LineFault};

/// What GLib counts as white space at the edges of a line (`g_ascii_isspace`).
pub(super) fn is_space(c: char) -> bool {
    matches!(c, ' ' | '\t' | '\n' | '\r' | '\x0c')
}

enum Line<'a> {
    Comment,
    Group(&'a str),
    Entry(&'a str, &'a str),
}

pub(super) fn parse(bytes: &[u8]) -> Result<KeyFile, KeyFileError> {
    let text = std::str::from_utf8(bytes).map_err(|error| {
        let before = &bytes[..error.valid_up_to()];
        let line = 1 + before.iter().filter(|&&byte| byte == b'\n').count();
        KeyFileError::Line {
            line,
            fault: LineFault::Encoding,
        }
    })?;
    let mut file = KeyFile::default();
    let mut current: Option<usize> = None;
    for (index, line) in text.lines().enumerate() {
        let blame = |fault| KeyFileError::Line {
            line: index + 1,
            fault,
        };
        match tell(line).map_err(blame)? {
            Line::Comment => match current {
                Some(group) => file.groups[group].push_comment(line),
                None => file.preamble.push(line.to_owned()),
            },
            Line::Group(name) => {
                file.group_mut(name);
                current = file.groups.iter().position(|group| group.name() == name);
            }
            Line::Entry(key, value) => {
                let group = current.ok_or(blame(LineFault::NoGroup))?;
                file.groups[group].set(key, value.to_owned());
            }
        }
    }
    Ok(file)
}

fn tell(line: &str) -> Result<Line<'_>, LineFault> {
    if line.contains('\0') {
        return Err(LineFault::Nul);
    }
    let line = line.trim_start_matches(is_space);
    if line.is_empty() || line.starts_with('#') {
        return Ok(Line::Comment);
    }
    if let Some(name) = group_name(line) {
        return if is_group_name(name) {
            Ok(Line::Group(name))
        } else {
            Err(LineFault::GroupName)
        };
    }
    match line.split_once('=') {
        None => Err(LineFault::Unknown),
        Some((key, value)) => {
            let key = key.trim_end_matches(is_space);
            let entry = Line::Entry(key, value.trim_start_matches(is_space));
            if is_key(key) {
                Ok(entry)
            } else {
                Err(LineFault::Key)
            }
        }
    }
}

/// The text between the brackets when the line is a group line: white space alone may follow.
fn group_name(line: &str) -> Option<&str> {
    let (name, rest) = line.strip_prefix('[')?.split_once(']')?;
    rest.trim_matches([' ', '\t']).is_empty().then_some(name)
}

/// Whether a text can be the name of a group: no brackets, no control characters.
pub fn is_group_name(name: &str) -> bool {
    !name.is_empty() && !name.contains(|c: char| c == '[' || c == ']' || c.is_ascii_control())
}

/// Whether a text can be a key, with an optional locale in brackets at its end.
///
/// GLib takes control characters in keys; they are refused here, because a key that has them can
/// only be meant to deceive whoever reads the file.
pub fn is_key(key: &str) -> bool {
    let (name, locale) = match key.split_once('[') {
        None => (key, None),
        Some((name, rest)) => (name, Some(rest)),
    };
    let edge = |c: char| is_space(c) || c == '#';
    let plain = !name.is_empty()
        && !name.starts_with(edge)
        && !name.ends_with(is_space)
        && !name.contains(|c: char| c == ']' || c == '=' || c.is_control());
    let locale = locale.is_none_or(|rest| {
        rest.strip_suffix(']').is_some_and(|inner| {
            inner
                .chars()
                .all(|c| c.is_alphanumeric() || matches!(c, '-' | '_' | '.' | '@'))
        })
    });
    plain && locale
}
