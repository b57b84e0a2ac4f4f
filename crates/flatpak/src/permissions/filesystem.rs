//! `TOKEN[:MODE]`, read and written.

use super::error::{Fault, PermissionError};
use super::location::{Location, UserDir};
use crate::text::is_graphic;

/// What is granted for a place, from the least to the most (contract, 1.12).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Grant {
    /// Taken away, and hidden where it would show.
    Nothing,
    /// Readable.
    ReadOnly,
    /// Readable and writable; a directory that is missing is made.
    Create,
    /// Readable and writable.
    ReadWrite,
}

impl Grant {
    fn suffix(self) -> &'static str {
        match self {
            Self::Nothing | Self::ReadWrite => "",
            Self::ReadOnly => ":ro",
            Self::Create => ":create",
        }
    }
}

/// What one token says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FilesystemChange {
    /// A grant for a place.
    Set(Location, Grant),
    /// `host:reset` taken away: nothing of the lower layers counts.
    Reset,
}

/// A token, and the suffix that was not understood, if there was one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ParsedFilesystem {
    /// What is said.
    pub change: FilesystemChange,
    /// A suffix that old and new readers alike pass over with a warning.
    pub unknown_suffix: Option<String>,
}

/// Parses a token, negated or not.
pub fn parse(text: &str, negated: bool) -> Result<ParsedFilesystem, PermissionError> {
    let parsed = parse_token(text, negated);
    parsed.map_err(|fault| PermissionError::new("filesystem", text, fault))
}

fn parse_token(text: &str, negated: bool) -> Result<ParsedFilesystem, Fault> {
    if let Some(c) = text.chars().find(|&c| !is_graphic(c)) {
        return Err(Fault::NotGraphic(c));
    }
    let (token, suffix) = split_mode(text);
    let reset =
        (token == "host-reset" && suffix.is_none()) || (token == "host" && suffix == Some("reset"));
    if reset && negated {
        return Ok(ParsedFilesystem {
            change: FilesystemChange::Reset,
            unknown_suffix: None,
        });
    }
    if reset || token == "host-reset" || suffix == Some("reset") {
        return Err(Fault::Reset);
    }
    let (grant, known) = match suffix {
        Some("ro") => (Grant::ReadOnly, true),
        Some("create") => (Grant::Create, true),
        None | Some("rw" | "") => (Grant::ReadWrite, true),
        Some(_) => (Grant::ReadWrite, false),
    };
    let grant = if negated { Grant::Nothing } else { grant };
    let unknown_suffix = suffix.filter(|_| !known).map(str::to_owned);
    Ok(ParsedFilesystem {
        change: FilesystemChange::Set(location(&token)?, grant),
        unknown_suffix,
    })
}

/// Cuts at the first `:` that is not escaped, and resolves the escapes before it.
fn split_mode(text: &str) -> (String, Option<&str>) {
    let mut token = String::new();
    let mut chars = text.char_indices();
    while let Some((index, c)) = chars.next() {
        match c {
            ':' => return (token, Some(&text[index + 1..])),
            '\\' => token.extend(chars.next().map(|(_, escaped)| escaped)),
            other => token.push(other),
        }
    }
    (token, None)
}

fn location(token: &str) -> Result<Location, Fault> {
    let (first, rest) = match token.split_once('/') {
        None => (token, None),
        Some((first, rest)) => (first, Some(normal(rest)?)),
    };
    let rest = rest.filter(|rest| !rest.is_empty());
    if token.starts_with('/') {
        let path = rest.ok_or(Fault::Root)?;
        return Ok(Location::Absolute(format!("/{path}")));
    }
    match (first, UserDir::from_word(first), rest) {
        ("~" | "home", _, None) => Ok(Location::Home),
        ("~" | "home", _, Some(path)) => Ok(Location::BelowHome(path)),
        ("host", _, None) => Ok(Location::Host),
        ("host-os", _, None) => Ok(Location::HostOs),
        ("host-etc", _, None) => Ok(Location::HostEtc),
        ("host-root", _, None) => Ok(Location::HostRoot),
        (_, None, _) | (_, Some(UserDir::Run), None) => Err(Fault::UnknownLocation),
        (_, Some(dir), rest) => Ok(Location::User(dir, rest)),
    }
}

/// A path without empty parts and `.`; `..` is refused.
pub(super) fn normal(path: &str) -> Result<String, Fault> {
    let parts: Vec<&str> = path
        .split('/')
        .filter(|part| !part.is_empty() && *part != ".")
        .collect();
    if parts.contains(&"..") {
        return Err(Fault::DotDot);
    }
    Ok(parts.join("/"))
}

/// The token of a grant, as a list item of a key file.
pub(super) fn item(location: &Location, grant: Grant) -> String {
    let negation = if grant == Grant::Nothing { "!" } else { "" };
    format!("{negation}{location}{}", grant.suffix())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tokens_are_written_in_their_normal_form() {
        let rows = [
            ("home", "home"),
            ("~", "home"),
            ("~/", "home"),
            ("home/x", "~/x"),
            ("~/a//b/./c/", "~/a/b/c"),
            ("~/a/.", "~/a"),
            ("/a/./b/", "/a/b"),
            ("host", "host"),
            ("host:ro", "host:ro"),
            ("host-os:rw", "host-os"),
            ("host-etc:create", "host-etc:create"),
            ("host-root:ro", "host-root:ro"),
            ("xdg-music", "xdg-music"),
            ("xdg-config/fontconfig:ro", "xdg-config/fontconfig:ro"),
            ("xdg-run/app", "xdg-run/app"),
            ("xdg-download/", "xdg-download"),
            (r"/a\:b:ro", r"/a\:b:ro"),
            (r"/a\\b", r"/a\\b"),
            (r"/a\b", "/ab"),
            ("/x y", "/x y"),
            ("/...", "/..."),
            ("home:", "home"),
        ];
        for (text, written) in rows {
            let FilesystemChange::Set(location, grant) = parse(text, false).unwrap().change else {
                panic!("{text}");
            };
            assert_eq!(item(&location, grant), written, "{text}");
            let FilesystemChange::Set(same, Grant::Nothing) = parse(text, true).unwrap().change
            else {
                panic!("{text}");
            };
            assert_eq!(same, location);
        }
    }

    #[test]
    fn refuses_what_flatpak_refuses() {
        let rows = [
            ("/", Fault::Root),
            ("//./", Fault::Root),
            ("/a/../b", Fault::DotDot),
            ("/..", Fault::DotDot),
            ("~/..", Fault::DotDot),
            ("xdg-data/../x", Fault::DotDot),
            ("xdg-run", Fault::UnknownLocation),
            ("xdg-run/.", Fault::UnknownLocation),
            ("xdg-foo", Fault::UnknownLocation),
            ("foo", Fault::UnknownLocation),
            ("", Fault::UnknownLocation),
            ("host/x", Fault::UnknownLocation),
            ("..", Fault::UnknownLocation),
            ("home:reset", Fault::Reset),
            ("host:reset", Fault::Reset),
            ("host-reset", Fault::Reset),
            ("/a\u{1b}", Fault::NotGraphic('\u{1b}')),
            ("/a\u{202e}", Fault::NotGraphic('\u{202e}')),
        ];
        for (text, fault) in rows {
            assert_eq!(parse(text, false).unwrap_err().fault(), &fault, "{text:?}");
        }
        assert_eq!(
            parse("home:reset", true).unwrap_err().fault(),
            &Fault::Reset
        );
        assert_eq!(
            parse("host-reset:ro", true).unwrap_err().fault(),
            &Fault::Reset
        );
    }

    #[test]
    fn reset_and_unknown_suffixes() {
        for text in ["host:reset", "host-reset"] {
            assert_eq!(parse(text, true).unwrap().change, FilesystemChange::Reset);
        }
        let parsed = parse("home:foo", false).unwrap();
        assert_eq!(parsed.unknown_suffix.as_deref(), Some("foo"));
        assert_eq!(
            parsed.change,
            FilesystemChange::Set(Location::Home, Grant::ReadWrite)
        );
    }
}
