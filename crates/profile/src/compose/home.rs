//! What is at the path of the home directory.

use super::paths::{Applied, Visibility};
use crate::error::ProfileError;
use crate::facts::Facts;
use crate::files::{Files, Kind};
use crate::layer::{Place, Rank};
use crate::setting::{Home, PathRule, Reach, Sourced, Stance};
use crate::settings::Settings;
use crate::system::TEMPORARY_SIZE;
use aril_sandbox::spec::Node;
use aril_sandbox::{Access, Entry, Escaped};
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

/// The home directory inside.
pub(crate) struct HomePlace {
    pub(crate) place: Place,
    /// The rule for paths in it: they are not the host's.
    pub(crate) rule: Option<Applied>,
}

/// Settings that ask for the user's own home say what `--rw` of it says, with all that follows from it.
pub(crate) fn own_is_a_path(settings: &Settings, facts: &Facts, files: &dyn Files) -> Settings {
    let mut settings = settings.clone();
    let is_own = |path: &Path| {
        let real = files.real_path(path);
        real.is_some() && real == files.real_path(&facts.home)
    };
    let own = settings.home.take_if(|home| match &home.value {
        Home::Directory(path) => is_own(path),
        Home::None | Home::Private(_) => false,
    });
    if let Some(home) = own {
        let rule = PathRule {
            path: facts.home.clone(),
            reach: Reach::ReadWrite,
            stance: Stance::Required,
        };
        settings.paths.push(Sourced::new(rule, home.origin));
    }
    settings
}

/// Where the homes are kept that have a name.
pub fn kept_homes(facts: &Facts) -> PathBuf {
    let data = facts.variable("XDG_DATA_HOME").map(PathBuf::from);
    let data = data.filter(|path| path.is_absolute());
    let data = data.unwrap_or_else(|| facts.home.join(".local/share"));
    data.join("aril/homes")
}

pub(crate) fn place(
    settings: &Settings,
    facts: &Facts,
    files: &dyn Files,
) -> Result<HomePlace, ProfileError> {
    let target = facts.home.as_path();
    let asked = settings.home.as_ref();
    let origin = asked.map_or("built-in profile default", |asked| asked.origin.as_str());
    let source = match asked.map_or(&Home::None, |asked| &asked.value) {
        Home::None => {
            let (size, mode) = (Some(TEMPORARY_SIZE), 0o700);
            let entry = Entry::new(target, Node::Tmpfs { size, mode });
            return Ok(of(entry, target, origin));
        }
        Home::Private(name) => kept_homes(facts).join(name),
        Home::Directory(path) => path.clone(),
    };
    if let Some(Home::Directory(path)) = asked.map(|asked| &asked.value) {
        check(path, facts, files).map_err(|why| ProfileError::of_grant(origin, path, why))?;
    }
    Ok(of(
        Entry::bind(source, target, Access::ReadWrite),
        target,
        origin,
    ))
}

/// A directory of the user's that becomes the home must have a place for what is shown below the home:
/// nothing is made in it. (In one that has a name the places are made.)
pub(crate) fn has_places(
    settings: &Settings,
    facts: &Facts,
    files: &dyn Files,
    shown: &[&Applied],
) -> Result<(), ProfileError> {
    let Some(asked) = &settings.home else {
        return Ok(());
    };
    let Home::Directory(directory) = &asked.value else {
        return Ok(());
    };
    for Applied { rule, origin, .. } in shown {
        let within = rule.path.strip_prefix(&facts.home).ok();
        let place = within.map(|within| directory.join(within));
        if let Some(place) = place.filter(|place| files.kind(place).is_none()) {
            let why = format!("it is not there, and {origin} shows something at its place");
            let hint = "make it, or take `--home private=NAME`, in which such places are made";
            return Err(ProfileError::of_grant(&asked.origin, &place, why).with_hint(hint));
        }
    }
    Ok(())
}

/// Why a directory cannot be the home.
fn check(path: &Path, facts: &Facts, files: &dyn Files) -> Result<(), &'static str> {
    if files.kind(path) != Some(Kind::Directory) {
        return Err("it is not a directory, or cannot be read");
    }
    let real = files.real_path(path).zip(files.real_path(&facts.home));
    // Inside, the files that are hidden would have other paths.
    match real.is_some_and(|(path, home)| home.starts_with(path)) {
        true => Err("your own home directory is in it"),
        false => Ok(()),
    }
}

/// The host's directory that is the home directory inside, where repositories are looked at in the end: its
/// files are the sandbox's to write. It must not be another name for what is protected elsewhere.
pub(crate) fn searched(
    settings: &Settings,
    visibility: &Visibility<'_>,
    files: &dyn Files,
) -> Result<Option<PathBuf>, ProfileError> {
    let asked = settings.home.as_ref();
    let Some((Home::Directory(path), origin)) = asked.map(|home| (&home.value, &home.origin))
    else {
        return Ok(None);
    };
    let real = |path: &Path| files.real_path(path).unwrap_or_else(|| path.to_owned());
    let home = real(path);
    for directory in visibility.writable_directories(files) {
        let other = real(directory);
        if home.starts_with(&other) || other.starts_with(&home) {
            let other = Escaped(directory.as_os_str().as_bytes());
            let why = format!(
                "{other} can be written too, and its files that the host runs later would be in reach by another name"
            );
            let error = ProfileError::of_grant(origin, path, &why);
            return Err(error.with_hint(
                "--allow-host-executed lifts their protection; --cwd ro or hide gives less",
            ));
        }
    }
    Ok(Some(path.clone()))
}

fn of(entry: Entry, target: &Path, origin: &str) -> HomePlace {
    let place = Place::new(target, Rank::Default, [entry.from_origin(origin)]);
    let rule = PathRule {
        path: target.to_owned(),
        reach: Reach::Temporary,
        stance: Stance::Optional,
    };
    let origin = origin.to_owned();
    let rank = Rank::Default;
    let rule = Some(Applied { rule, origin, rank });
    HomePlace { place, rule }
}
