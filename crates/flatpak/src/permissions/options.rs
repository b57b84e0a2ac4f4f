//! Options of the command line that change permissions: `--NAME=VALUE`.
//!
//! Source: contract, 1.13; flatpak-run(1), flatpak-override(1).

use super::bus::{Bus, BusAccess};
use super::change::Change;
use super::condition::Condition;
use super::error::{Fault, PermissionError};
use super::filesystem;
use super::kinds::{Device, Feature, Share, Socket, Word};
use super::policy;
use super::switch::Flip;
use crate::keyfile::is_key;

type Parsed = Result<Vec<Change>, PermissionError>;
type Row = (&'static str, fn(&str) -> Parsed);

/// Each option without its dashes, and how its value is read.
const OPTIONS: &[Row] = &[
    ("share", |v| flip(v, Flip::Allow, Change::Share)),
    ("unshare", |v| flip(v, Flip::Deny, Change::Share)),
    ("share-if", |v| flip_if::<Share>(v, Change::Share)),
    ("socket", |v| flip(v, Flip::Allow, Change::Socket)),
    ("nosocket", no_socket),
    ("socket-if", |v| flip_if::<Socket>(v, Change::Socket)),
    ("device", |v| flip(v, Flip::Allow, Change::Device)),
    ("nodevice", |v| flip(v, Flip::Deny, Change::Device)),
    ("device-if", |v| flip_if::<Device>(v, Change::Device)),
    ("allow", |v| flip(v, Flip::Allow, Change::Feature)),
    ("disallow", |v| flip(v, Flip::Deny, Change::Feature)),
    ("allow-if", |v| flip_if::<Feature>(v, Change::Feature)),
    ("filesystem", |v| place(v, false)),
    ("nofilesystem", |v| place(v, true)),
    ("persist", |v| Ok(vec![Change::Persist(v.parse()?)])),
    ("env", set_variable),
    ("unset-env", unset_variable),
    ("own-name", |v| bus(v, Bus::Session, BusAccess::Own)),
    ("talk-name", |v| bus(v, Bus::Session, BusAccess::Talk)),
    ("no-talk-name", |v| bus(v, Bus::Session, BusAccess::Nothing)),
    ("system-own-name", |v| bus(v, Bus::System, BusAccess::Own)),
    ("system-talk-name", |v| bus(v, Bus::System, BusAccess::Talk)),
    ("system-no-talk-name", |v| {
        bus(v, Bus::System, BusAccess::Nothing)
    }),
    ("a11y-own-name", |v| {
        bus(v, Bus::Accessibility, BusAccess::Own)
    }),
    ("add-policy", |v| generic(v, true)),
    ("remove-policy", |v| generic(v, false)),
    ("usb", |v| Ok(vec![Change::UsbEnumerable(v.parse()?)])),
    ("nousb", |v| Ok(vec![Change::UsbHidden(v.parse()?)])),
    ("usb-list", usb_list),
];

/// The names of the options that [`parse`] knows, without their dashes.
pub fn names() -> impl Iterator<Item = &'static str> {
    OPTIONS.iter().map(|row| row.0)
}

/// Parses one option, its name given without dashes.
///
/// A suffix of a filesystem that is not known is an error here, unlike in a file: the one who typed
/// it can correct it, and passing over it would grant more than was meant.
pub fn parse(name: &str, value: &str) -> Parsed {
    let row = OPTIONS.iter().find(|row| row.0 == name);
    let row = row.ok_or_else(|| PermissionError::new("option", name, Fault::UnknownOption))?;
    row.1(value)
}

/// Parses the block that `--env-fd` reads: `NAME=VALUE`, each ended by a NUL.
pub fn env_block(block: &[u8]) -> Parsed {
    let mut changes = Vec::new();
    for entry in block
        .split(|&byte| byte == 0)
        .filter(|entry| !entry.is_empty())
    {
        let text = std::str::from_utf8(entry).map_err(|_| {
            let name = entry.split(|&byte| byte == b'=').next().unwrap_or_default();
            PermissionError::new(
                "variable",
                &crate::shown(name).to_string(),
                Fault::Environment,
            )
        })?;
        changes.extend(set_variable(text)?);
    }
    Ok(changes)
}

/// Parses a list of USB queries, the value of `--usb-list` or what `--usb-list-file` names:
/// separated by `;`, a `!` before those to hide.
pub fn usb_list(list: &str) -> Parsed {
    let items = list
        .split([';', '\n'])
        .map(str::trim)
        .filter(|item| !item.is_empty());
    let change = |item: &str| match item.strip_prefix('!') {
        Some(hidden) => hidden.parse().map(Change::UsbHidden),
        None => item.parse().map(Change::UsbEnumerable),
    };
    items.map(change).collect()
}

fn word<K: Word>(text: &str) -> Result<K, PermissionError> {
    let known = || K::ALL.iter().map(|word| word.word()).collect();
    K::from_word(text)
        .ok_or_else(|| PermissionError::new(K::KIND, text, Fault::UnknownWord(known())))
}

fn flip<K: Word>(value: &str, flip: Flip, change: fn(K, Flip) -> Change) -> Parsed {
    Ok(vec![change(word(value)?, flip)])
}

/// Who wants no X11 where there is Wayland wants none at all when that goes too.
fn no_socket(value: &str) -> Parsed {
    let mut changes = flip(value, Flip::Deny, Change::Socket)?;
    if changes == [Change::Socket(Socket::FallbackX11, Flip::Deny)] {
        changes.push(Change::Socket(Socket::X11, Flip::Deny));
    }
    Ok(changes)
}

fn flip_if<K: Word>(value: &str, change: fn(K, Flip) -> Change) -> Parsed {
    let parts = value.split_once(':');
    let (name, condition) =
        parts.ok_or_else(|| PermissionError::new(K::KIND, value, Fault::Conditional))?;
    flip(name, Flip::AllowIf(Condition::parse(condition)), change)
}

fn place(value: &str, negated: bool) -> Parsed {
    let parsed = filesystem::parse(value, negated)?;
    match parsed.unknown_suffix {
        Some(suffix) if !negated => Err(PermissionError::new(
            "filesystem",
            value,
            Fault::UnknownSuffix(suffix),
        )),
        _ => Ok(vec![Change::Filesystem(parsed.change)]),
    }
}

/// Whether a variable can have that name and be written into a key file.
pub(super) fn is_variable(name: &str) -> bool {
    is_key(name)
}

/// The value of a variable may be a secret: an error names the variable alone.
fn set_variable(value: &str) -> Parsed {
    match value.split_once('=') {
        Some((name, value)) if is_variable(name) => Ok(vec![Change::Environment(
            name.to_owned(),
            Some(value.to_owned()),
        )]),
        Some((name, _)) => Err(PermissionError::new("variable", name, Fault::Environment)),
        None => Err(PermissionError::new("variable", value, Fault::Environment)),
    }
}

fn unset_variable(name: &str) -> Parsed {
    if !is_variable(name) {
        return Err(PermissionError::new("variable", name, Fault::Environment));
    }
    Ok(vec![Change::Environment(name.to_owned(), None)])
}

fn bus(name: &str, bus: Bus, access: BusAccess) -> Parsed {
    Ok(vec![Change::Bus(bus, name.parse()?, access)])
}

fn generic(value: &str, added: bool) -> Parsed {
    let (key, value) = policy::parse(value)?;
    Ok(vec![Change::Policy { key, value, added }])
}
