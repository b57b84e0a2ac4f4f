//! The variables that the payload begins with.

use crate::facts::Facts;
use aril_flatpak::environment::{FORCED, pass};
use aril_flatpak::permissions::Context;
use aril_sandbox::spec::EnvChange;
use std::ffi::{OsStr, OsString};
use std::path::Path;

/// The directories that are inside the application's own.
const OWN: [(&str, &str); 5] = [
    ("XDG_DATA_HOME", "data"),
    ("XDG_CONFIG_HOME", "config"),
    ("XDG_CACHE_HOME", "cache"),
    ("XDG_STATE_HOME", ".local/state"),
    ("FLATPAK_SANDBOX_DIR", "sandbox"),
];

/// The changes, of which the later win: what passes of the host's, what every application gets, what
/// this one asks for, and last what says where it is.
pub fn changes(facts: &Facts, asked: &Context, id: &str, data: &Path) -> Vec<EnvChange> {
    let passed = pass(facts.environment.iter().cloned()).passed;
    let mut changes: Vec<EnvChange> = passed
        .into_iter()
        .map(|(name, value)| EnvChange::Set(name, value))
        .collect();
    changes.extend(FORCED.iter().map(|(name, value)| set(name, value)));
    changes.extend(
        asked
            .environment
            .iter()
            .map(|(name, value)| match &value.value {
                Some(value) => set(name, value),
                None => EnvChange::Unset(name.into()),
            }),
    );
    changes.push(set("HOME", &facts.home));
    changes.push(set("FLATPAK_ID", id));
    changes.push(set("container", "flatpak"));
    changes.push(set("XDG_RUNTIME_DIR", runtime_directory(facts.uid)));
    changes.extend(OWN.map(|(name, place)| set(name, data.join(place))));
    changes.extend(of_host(facts));
    changes
}

/// The directory for sockets and the like.
pub fn runtime_directory(uid: u32) -> String {
    format!("/run/user/{uid}")
}

fn set(name: impl AsRef<OsStr>, value: impl AsRef<OsStr>) -> EnvChange {
    EnvChange::Set(name.as_ref().to_owned(), value.as_ref().to_owned())
}

/// `HOST_XDG_DATA_HOME` and the like: where the host has what applications are given a place of
/// their own for.
fn of_host(facts: &Facts) -> impl Iterator<Item = EnvChange> {
    let names = OWN.iter().filter(|(name, _)| name.starts_with("XDG_"));
    names.filter_map(|(name, _)| {
        let of_host = facts.environment.iter();
        let value = of_host.filter(|(known, _)| known == OsStr::new(name));
        let value: Option<&OsString> = value.map(|(_, value)| value).next();
        value.map(|value| set(format!("HOST_{name}"), value))
    })
}
