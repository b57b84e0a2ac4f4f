//! The values that options and the keys of profiles have, each parsed from its words.

use std::fmt::{self, Display, Formatter};
use std::path::PathBuf;

/// A value with who asked for it: an option, `FILE:LINE`, a built-in profile.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sourced<T> {
    /// What was asked for.
    pub value: T,
    /// By whom, in words for a person.
    pub origin: String,
}

impl<T> Sourced<T> {
    /// A value and who asked for it.
    pub fn new(value: T, origin: impl Into<String>) -> Self {
        let origin = origin.into();
        Self { value, origin }
    }
}

/// What the payload can do with a path. In this order one is stricter than the next.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Reach {
    /// It is covered: an empty directory, or an empty file that nobody can read.
    Hidden,
    /// An empty directory in memory, gone with the sandbox.
    Temporary,
    /// It can be read.
    ReadOnly,
    /// It can be read and written.
    ReadWrite,
}

impl Reach {
    /// Whether something of the host's is seen there.
    pub fn is_shown(self) -> bool {
        matches!(self, Self::ReadOnly | Self::ReadWrite)
    }

    /// The option, and the key of a profile, that asks for it.
    pub fn word(self) -> &'static str {
        match self {
            Self::Hidden => "hide",
            Self::Temporary => "tmp",
            Self::ReadOnly => "ro",
            Self::ReadWrite => "rw",
        }
    }
}

/// A path and what can be done with it and all below it, up to the next path that is named.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PathRule {
    /// An absolute path without `.` and `..`.
    pub path: PathBuf,
    /// What can be done with it.
    pub reach: Reach,
    /// What it means where the path does not exist, or is not visible without it.
    pub stance: Stance,
}

/// How a path is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stance {
    /// A path that does not exist is an error.
    Required,
    /// A path that does not exist is passed over.
    Optional,
    /// The rule only takes away: where nothing could be written it gives nothing to read.
    Narrowing,
}

/// Which network is reached.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Net {
    /// A loopback interface of the sandbox's own.
    None,
    /// The host's, with its loopback interface and abstract sockets.
    Host,
}

/// What is at the path of the home directory.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Home {
    /// An empty directory in memory.
    None,
    /// A directory that is kept under this name for the next time.
    Private(String),
    /// This directory of the host.
    Directory(PathBuf),
}

/// A way to show windows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Screen {
    /// The Wayland socket.
    Wayland,
    /// The X server: every client of it sees and sends all keys.
    X11,
}

/// A kind of device.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Device {
    /// Graphics (`/dev/dri`).
    Dri,
    /// Virtual machines (`/dev/kvm`).
    Kvm,
    /// Filesystems in user space (`/dev/fuse`).
    Fuse,
}

/// Who the payload is inside. Outside it remains the caller.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct User {
    /// The user id.
    pub uid: u32,
    /// The group id.
    pub gid: u32,
}

/// Words that are no value of their kind.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BadValue {
    /// What is wrong.
    pub why: String,
    /// A word that may have been meant.
    pub suggestion: Option<&'static str>,
}

impl BadValue {
    pub(crate) fn new(why: impl Into<String>) -> Self {
        let why = why.into();
        let suggestion = None;
        Self { why, suggestion }
    }

    /// For a word that should have been one of `known`.
    pub(crate) fn not_among(word: &str, known: &[&'static str]) -> Self {
        let shown = aril_sandbox::Escaped(word.as_bytes()).to_string();
        Self {
            why: format!("`{shown}` is not one of {}", known.join(", ")),
            suggestion: crate::similar::closest(word, known),
        }
    }
}

impl Display for BadValue {
    fn fmt(&self, out: &mut Formatter<'_>) -> fmt::Result {
        out.write_str(&self.why)
    }
}

impl Net {
    /// Parses `none` or `host`.
    pub fn parse(word: &str) -> Result<Self, BadValue> {
        match word {
            "none" => Ok(Self::None),
            "host" => Ok(Self::Host),
            other => Err(BadValue::not_among(other, &["none", "host"])),
        }
    }
}

impl Home {
    /// Parses `none`, `private=NAME`, or a directory, which is left as it is written.
    pub fn parse(word: &str) -> Result<Self, BadValue> {
        match word.strip_prefix("private=") {
            _ if word == "none" => Ok(Self::None),
            Some(name) if is_name(name) => Ok(Self::Private(name.to_owned())),
            Some(_) => Err(BadValue::new(
                "a name has letters, digits, `-`, `_` and `.`, and begins with none of them but the first two",
            )),
            None if word.contains('/') || [".", ".."].contains(&word) => {
                Ok(Self::Directory(PathBuf::from(word)))
            }
            None => Err(BadValue::not_among(word, &["none", "private=NAME", "DIR"])),
        }
    }
}

/// What can be done with the current directory: `rw`, `ro` or `hide`.
pub fn parse_reach(word: &str) -> Result<Reach, BadValue> {
    match word {
        "rw" => Ok(Reach::ReadWrite),
        "ro" => Ok(Reach::ReadOnly),
        "hide" => Ok(Reach::Hidden),
        other => Err(BadValue::not_among(other, &["rw", "ro", "hide"])),
    }
}

/// Whether a word can name a file of ours: no slash, no hidden file, nothing that an option could be.
pub fn is_name(word: &str) -> bool {
    let rest = |c: char| c.is_ascii_alphanumeric() || "-_.".contains(c);
    word.len() <= 64
        && word.starts_with(|c: char| c.is_ascii_alphanumeric())
        && word.chars().all(rest)
}

impl Screen {
    /// Parses `wayland` or `x11`.
    pub fn parse(word: &str) -> Result<Self, BadValue> {
        match word {
            "wayland" => Ok(Self::Wayland),
            "x11" => Ok(Self::X11),
            other => Err(BadValue::not_among(other, &["wayland", "x11"])),
        }
    }
}

impl Device {
    /// Parses `dri`, `kvm` or `fuse`.
    pub fn parse(word: &str) -> Result<Self, BadValue> {
        match word {
            "dri" => Ok(Self::Dri),
            "kvm" => Ok(Self::Kvm),
            "fuse" => Ok(Self::Fuse),
            other => Err(BadValue::not_among(other, &["dri", "kvm", "fuse"])),
        }
    }

    /// Its word.
    pub fn word(self) -> &'static str {
        match self {
            Self::Dri => "dri",
            Self::Kvm => "kvm",
            Self::Fuse => "fuse",
        }
    }

    /// Where the device is.
    pub fn path(self) -> &'static str {
        match self {
            Self::Dri => "/dev/dri",
            Self::Kvm => "/dev/kvm",
            Self::Fuse => "/dev/fuse",
        }
    }
}

impl User {
    /// Parses `root`, `UID` or `UID:GID`.
    pub fn parse(word: &str) -> Result<Self, BadValue> {
        if word == "root" {
            return Ok(Self { uid: 0, gid: 0 });
        }
        let (uid, gid) = word.split_once(':').unwrap_or((word, word));
        // The kernel takes 2^32 - 1 for "no id".
        let number = |text: &str| text.parse().ok().filter(|&id: &u32| id != u32::MAX);
        match (number(uid), number(gid)) {
            (Some(uid), Some(gid)) => Ok(Self { uid, gid }),
            _ => Err(BadValue::new("a user is `root`, a number, or two: UID:GID")),
        }
    }
}

/// A session bus name, perhaps with `.*` at its end.
pub fn parse_bus_name(word: &str) -> Result<String, BadValue> {
    let name = word.strip_suffix(".*").unwrap_or(word);
    let part_is_good = |part: &str| {
        let rest = |c: char| c.is_ascii_alphanumeric() || "-_".contains(c);
        !part.starts_with(|c: char| c.is_ascii_digit())
            && !part.is_empty()
            && part.chars().all(rest)
    };
    let is_good = word.len() <= 255 && name.contains('.') && name.split('.').all(part_is_good);
    if is_good {
        Ok(word.to_owned())
    } else {
        Err(BadValue::new(
            "it is no bus name, such as org.example.Name or org.example.*",
        ))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_and_values() {
        assert_eq!(Net::parse("host"), Ok(Net::Host));
        assert_eq!(Net::parse("hots").unwrap_err().suggestion, Some("host"));
        assert_eq!(Home::parse("none"), Ok(Home::None));
        assert_eq!(
            Home::parse("private=work"),
            Ok(Home::Private("work".into()))
        );
        assert_eq!(Home::parse("/x"), Ok(Home::Directory("/x".into())));
        for bad in [
            "private=",
            "private=../x",
            "private=.x",
            "private=a/b",
            "work",
            "",
        ] {
            assert!(Home::parse(bad).is_err(), "{bad}");
        }
        assert_eq!(User::parse("root"), Ok(User { uid: 0, gid: 0 }));
        assert_eq!(User::parse("7"), Ok(User { uid: 7, gid: 7 }));
        assert_eq!(User::parse("7:8"), Ok(User { uid: 7, gid: 8 }));
        for bad in ["", "x", "7:", ":8", "-1", "4294967295", "7:8:9"] {
            assert!(User::parse(bad).is_err(), "{bad}");
        }
        assert!(parse_bus_name("org.a.*").is_ok() && parse_bus_name("org.a.B-c").is_ok());
        for bad in [
            "",
            "org",
            "*",
            ".*",
            "org..a",
            "org.1a",
            "org.a\n",
            "org.a.*.*",
        ] {
            assert!(parse_bus_name(bad).is_err(), "{bad}");
        }
    }
}
