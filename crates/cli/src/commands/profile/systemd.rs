//! `aril profile from-systemd` and `to-systemd`.

use crate::error::RunError;
use crate::output::print_file;
use aril_profile::systemd::{self, Scope, Translation, Unit, UnitText};
use aril_profile::{Facts, Found, Settings, Surroundings};
use aril_sandbox::Escaped;
use clap::Args;
use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

/// Where units are, the first first (`systemd.unit(5)`, "Unit File Load Path").
const SYSTEM: [&str; 4] = [
    "/etc/systemd/system",
    "/run/systemd/system",
    "/usr/local/lib/systemd/system",
    "/usr/lib/systemd/system",
];
const USER: [&str; 4] = [
    "/etc/systemd/user",
    "/run/systemd/user",
    "/usr/local/lib/systemd/user",
    "/usr/lib/systemd/user",
];

/// The words of `aril profile from-systemd`.
#[derive(Clone, Debug, Args)]
pub struct FromWords {
    /// The unit: a name, as nginx.service or postgresql@15-main.service, or a path.
    pub unit: PathBuf,
    /// Read the drop-ins of a directory too.
    #[arg(long, value_name = "DIR")]
    pub drop_in: Vec<PathBuf>,
    /// The unit is one of a user's manager.
    #[arg(long)]
    pub user: bool,
}

/// Prints the profile; what has no equivalent is told on standard error too.
pub(super) fn from(words: &FromWords) -> Result<(), RunError> {
    let mut texts = vec![main_text(words)?];
    for directory in &words.drop_in {
        texts.extend(drop_ins(directory)?);
    }
    let name = words.unit.file_name().unwrap_or_default();
    let name = name.to_str().ok_or_else(|| {
        let shown = Escaped(name.as_bytes());
        RunError::new(format_args!(
            "translate the unit, on {shown}: its name is no text"
        ))
    })?;
    let texts: Vec<UnitText<'_>> = texts
        .iter()
        .map(|Found { name, text, .. }| UnitText { name, text })
        .collect();
    let scope = if words.user {
        Scope::User
    } else {
        Scope::System
    };
    let texts = &texts;
    tell(systemd::from_unit(&Unit { name, scope, texts }).map_err(RunError::new)?)
}

/// Prints the drop-in of a profile.
pub(super) fn to(profile: &str, surroundings: Surroundings<'_>) -> Result<(), RunError> {
    let settings: Settings = aril_profile::load(profile, surroundings).map_err(RunError::new)?;
    let facts: &Facts = surroundings.facts;
    tell(systemd::to_unit(
        &settings,
        &facts.home,
        &aril_profile::kept_homes(facts),
    ))
}

fn tell(translation: Translation) -> Result<(), RunError> {
    for remark in translation.without_equivalent() {
        crate::output::tell(format_args!("no equivalent: {remark}"));
    }
    print_file(&translation.text)
}

/// The unit's own file. An instance is in the file of its template where it has none of its own.
fn main_text(words: &FromWords) -> Result<Found, RunError> {
    let unit = words.unit.as_path();
    let given = |name: &OsStr| {
        words
            .unit
            .as_os_str()
            .as_bytes()
            .contains(&b'/')
            .then(|| unit.with_file_name(name))
    };
    let directories = if words.user { USER } else { SYSTEM };
    let own = unit.file_name().unwrap_or_default();
    let names = [
        Some(own.to_owned()),
        own.to_str().and_then(template).map(Into::into),
    ];
    for name in names.into_iter().flatten() {
        let paths = match given(&name) {
            Some(path) => vec![path],
            None => directories
                .iter()
                .map(|directory| Path::new(directory).join(&name))
                .collect(),
        };
        for path in paths {
            if let Some(found) = read(&path)? {
                return Ok(found);
            }
        }
    }
    let shown = Escaped(unit.as_os_str().as_bytes());
    Err(RunError::new(format_args!(
        "find the unit, on {shown}: no such file or directory"
    )))
}

/// `a@b.service` is in `a@.service`.
fn template(name: &str) -> Option<String> {
    let (prefix, rest) = name.split_once('@')?;
    let (_, suffix) = rest.rsplit_once('.')?;
    Some(format!("{prefix}@.{suffix}"))
}

/// The files `*.conf` of a directory, in the order of their names.
fn drop_ins(directory: &Path) -> Result<Vec<Found>, RunError> {
    let refuse = |error: std::io::Error| {
        let shown = Escaped(directory.as_os_str().as_bytes());
        RunError::new(format_args!(
            "read the drop-ins, on {shown}: {}",
            error.kind()
        ))
    };
    let mut paths = Vec::new();
    for entry in std::fs::read_dir(directory).map_err(refuse)? {
        let path = entry.map_err(refuse)?.path();
        if path.extension() == Some(OsStr::new("conf")) {
            paths.push(path);
        }
    }
    paths.sort();
    let found = paths.iter().map(|path| read(path));
    found.filter_map(Result::transpose).collect()
}

fn read(path: &Path) -> Result<Option<Found>, RunError> {
    aril_profile::read_text("read the unit", path).map_err(RunError::new)
}
