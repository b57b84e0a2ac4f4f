//! The variables that the payload begins with.

use super::Note;
use super::facts::Facts;
use super::request::{Request, Variables};
use crate::environment::{FORCED, LeftOut, UNSET, pass};
use crate::permissions::Context;
use crate::refs::Id;
use crate::text::shown;
use aril_sandbox::spec::EnvChange;
use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;
use std::path::Path;

/// The directories that are inside the application's own.
const OWN: [(&str, &str); 4] = [
    ("XDG_DATA_HOME", "data"),
    ("XDG_CONFIG_HOME", "config"),
    ("XDG_CACHE_HOME", "cache"),
    ("XDG_STATE_HOME", ".local/state"),
];

/// What has a value of its own inside in any case.
const OF_INSIDE: [&str; 3] = ["PWD", "OLDPWD", "XDG_RUNTIME_DIR"];

/// What passes of the host's, and what every application gets.
pub(crate) fn first(facts: &Facts, request: &Request) -> (Vec<EnvChange>, Vec<Note>) {
    let host = facts.environment.iter();
    let mut notes = Vec::new();
    let mut changes: Vec<EnvChange> = match request.variables {
        Variables::Clear => Vec::new(),
        Variables::OfHost => {
            let harmful = |name: &OsStr| UNSET.iter().any(|unset| name == *unset);
            let host = host.filter(|(name, _)| !harmful(name));
            host.map(|(name, value)| set(name, value)).collect()
        }
        Variables::Listed => {
            let host = host.map(|(name, value)| (name.clone(), value.clone()));
            let chosen = pass(host, &request.passed);
            notes.extend(chosen.left_out.iter().filter_map(|(name, why)| {
                let own = OF_INSIDE.iter().any(|own| name == own);
                let told = !own && !matches!(why, LeftOut::Forced | LeftOut::SetBySandbox);
                let name = shown(name.as_bytes());
                told.then(|| Note::Detail(format!("{name} is left out: {}", why.words())))
            }));
            let passed = chosen.passed.iter();
            passed.map(|(name, value)| set(name, value)).collect()
        }
    };
    changes.extend(FORCED.iter().map(|(name, value)| set(name, value)));
    (changes, notes)
}

/// What the layers of permissions say.
pub(crate) fn asked(permissions: &Context) -> impl Iterator<Item = EnvChange> + '_ {
    let rows = permissions.environment.iter();
    rows.map(|(name, value)| match &value.value {
        Some(value) => set(name, value),
        None => EnvChange::Unset(name.into()),
    })
}

/// What says who and where the application is. `data` is its directory, if it keeps one.
pub(crate) fn last(facts: &Facts, id: &Id, data: Option<&Path>) -> Vec<EnvChange> {
    let mut changes = vec![
        set("HOME", &facts.home),
        set("FLATPAK_ID", id.as_str()),
        set("container", "flatpak"),
        set("XDG_RUNTIME_DIR", facts.runtime_dir_inside()),
    ];
    let Some(data) = data else { return changes };
    changes.push(set("FLATPAK_SANDBOX_DIR", data.join("sandbox")));
    for (name, place) in OWN {
        changes.push(set(name, data.join(place)));
        // Where the host has what applications are given a place of their own for, if only empty.
        let of_host = facts.environment.get(OsStr::new(name));
        changes.extend(of_host.map(|value| set(format!("HOST_{name}"), value)));
    }
    changes
}

/// The prompt that says that a shell is inside, unless another is set when all have spoken.
pub(crate) fn prompt(changes: &[EnvChange]) -> Option<EnvChange> {
    let there = changes.iter().rev().find_map(|change| match change {
        EnvChange::Set(name, _) if name == "PS1" => Some(true),
        EnvChange::Unset(name) if name == "PS1" => Some(false),
        _ => None,
    });
    (there != Some(true)).then(|| set("PS1", "[📦 $FLATPAK_ID \\W]\\$ "))
}

pub(crate) fn set(name: impl AsRef<OsStr>, value: impl AsRef<OsStr>) -> EnvChange {
    EnvChange::Set(name.as_ref().to_owned(), value.as_ref().to_owned())
}
