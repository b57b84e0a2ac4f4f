//! What the command can do with the directory that it is started in.

use super::paths::Applied;
use crate::danger::SECRET_HOMES;
use crate::facts::Facts;
use crate::files::{Files, Kind};
use crate::host_executed::{ROWS, Row};
use crate::layer::Rank;
use crate::setting::{PathRule, Reach, Stance};
use crate::settings::Settings;
use crate::system;
use aril_sandbox::Escaped;
use std::os::unix::ffi::OsStrExt;
use std::path::Path;

/// Places that belong to everybody, or to all programs of the user: nobody means all of it.
const SHARED: [&str; 12] = [
    "/tmp",
    "/var/tmp",
    "/dev/shm",
    "/home",
    "/var",
    "/run",
    "/var/home",
    "/mnt",
    "/media",
    "/srv",
    "/etc",
    "/var/lib",
];

/// The rule for the directory; none if it is too much, or nothing, that would be shown by it.
pub(crate) fn rule(
    settings: &Settings,
    facts: &Facts,
    files: &dyn Files,
    notes: &mut Vec<String>,
) -> Option<Applied> {
    let path = facts.cwd.as_deref()?;
    let (reach, origin) = match &settings.cwd {
        Some(asked) => (asked.value, asked.origin.clone()),
        None => (Reach::ReadWrite, "built-in profile default".to_owned()),
    };
    if reach == Reach::Hidden || system::is_visible(path) {
        return None;
    }
    let is_named = settings.paths.iter().any(|named| named.value.path == path);
    if let Some(why) = too_much(path, facts, files).filter(|_| !is_named) {
        let shown = Escaped(path.as_os_str().as_bytes());
        notes.push(format!(
            "the current directory {shown} is {why}, so it is not shown; --rw or --ro shows it"
        ));
        return None;
    }
    let path = path.to_owned();
    let rule = PathRule {
        path,
        reach,
        stance: Stance::Required,
    };
    Some(Applied {
        rule,
        origin,
        rank: Rank::Default,
    })
}

fn too_much(path: &Path, facts: &Facts, files: &dyn Files) -> Option<&'static str> {
    let home = files.real_path(&facts.home);
    let homes = [Some(facts.home.as_path()), home.as_deref()];
    let homes = homes.into_iter().flatten();
    for home in homes {
        if home == path {
            return Some("your home directory");
        }
        if home.starts_with(path) {
            return Some("above your home directory");
        }
        let secret = |name: &&str| path.starts_with(home.join(name));
        if SECRET_HOMES.iter().any(secret) {
            return Some("a place of keys, passwords and settings");
        }
    }
    let holds = |row: &&Row| path.ancestors().any(|above| above.ends_with(row.name));
    if ROWS.iter().any(|row| holds(&row)) {
        return Some("a place of files that the host runs");
    }
    if SHARED.iter().any(|shared| Path::new(shared) == path) || path == Path::new("/") {
        return Some("shared by many programs");
    }
    if ["/proc", "/sys", "/dev", "/boot", "/run", "/etc"]
        .iter()
        .any(|system| path.starts_with(system))
    {
        return Some("a part of the system");
    }
    (files.kind(path) != Some(Kind::Directory)).then_some("gone")
}
