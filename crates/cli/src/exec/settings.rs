//! Options become settings.

use super::Options;
use crate::error::RunError;
use aril_flatpak::shown;
use aril_profile::{
    BadValue, Device, Facts, Home, HostFiles, Limit, Net, PathRule, ProfileError, Reach, Screen,
    Settings, Sourced, Stance, Surroundings, User, Variable, normal, parse_bus_name,
    parse_duration, parse_reach,
};
use std::collections::BTreeMap;
use std::ffi::{OsStr, OsString};
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

/// Makes settings of options. Paths are relative to the current directory.
pub fn of_options(options: &Options, facts: &Facts) -> Result<Settings, RunError> {
    let flag = |given: bool, name: &str| given.then(|| Sourced::new(true, name));
    let mut settings = Settings {
        cwd: one("--cwd", options.cwd.as_deref(), parse_reach)?,
        paths: paths(options, facts)?,
        environment: options.env.iter().map(variable).collect::<Result<_, _>>()?,
        net: one("--net", options.net.as_deref(), Net::parse)?,
        home: one("--home", options.home.as_deref(), Home::parse)?,
        screens: many("--display", &options.display, Screen::parse)?,
        bus_names: many("--dbus-talk", &options.dbus_talk, parse_bus_name)?,
        devices: many("--device", &options.device, Device::parse)?,
        timeout: one("--timeout", options.timeout.as_deref(), parse_duration)?,
        user: one("--user", options.user.as_deref(), User::parse)?,
        new_session: flag(options.new_session, "--new-session"),
        allow_host_executed: flag(options.allow_host_executed, "--allow-host-executed"),
        report: flag(options.report, "--report"),
        seccomp: many("--seccomp", &options.seccomp, |word| {
            Ok::<_, BadValue>(word.to_owned())
        })?,
        ..Settings::default()
    };
    for lists in many("--limit", &options.limit, Limit::parse_list)? {
        let limits = lists.value.into_iter();
        settings
            .limits
            .extend(limits.map(|limit| Sourced::new(limit, lists.origin.clone())));
    }
    if let Some(path) = &options.workdir {
        let origin = format!("--workdir {}", path.display());
        settings.workdir = Some(Sourced::new(absolute("--workdir", path, facts)?, origin));
    }
    if let Some(Sourced {
        value: Home::Directory(path),
        ..
    }) = &mut settings.home
    {
        *path = absolute("--home", path, facts)?;
    }
    Ok(settings)
}

fn one<T>(
    option: &str,
    word: Option<&str>,
    parse: impl Fn(&str) -> Result<T, BadValue>,
) -> Result<Option<Sourced<T>>, RunError> {
    word.map(|word| value(option, word, &parse)).transpose()
}

fn many<T>(
    option: &str,
    words: &[String],
    parse: impl Fn(&str) -> Result<T, BadValue>,
) -> Result<Vec<Sourced<T>>, RunError> {
    words
        .iter()
        .map(|word| value(option, word, &parse))
        .collect()
}

fn value<T>(
    option: &str,
    word: &str,
    parse: &impl Fn(&str) -> Result<T, BadValue>,
) -> Result<Sourced<T>, RunError> {
    let origin = format!("{option} {word}");
    match parse(word) {
        Ok(value) => Ok(Sourced::new(value, origin)),
        Err(bad) => Err(RunError::new(ProfileError::of_value(
            "read the option",
            shown(&origin),
            &bad,
        ))),
    }
}

/// Each path once: two options for one path would contradict each other.
fn paths(options: &Options, facts: &Facts) -> Result<Vec<Sourced<PathRule>>, RunError> {
    let lists = [
        (Reach::ReadOnly, &options.ro),
        (Reach::ReadWrite, &options.rw),
        (Reach::Hidden, &options.hide),
        (Reach::Temporary, &options.tmp),
    ];
    let mut rules = Vec::new();
    let mut known: BTreeMap<PathBuf, Reach> = BTreeMap::new();
    for (reach, paths) in lists {
        for given in paths {
            let option = format!("--{}", reach.word());
            let path = absolute(&option, given, facts)?;
            match known.insert(path.clone(), reach) {
                Some(before) if before == reach => continue,
                Some(before) => {
                    let what = format!("--{} and {option}", before.word());
                    return Err(RunError::on(
                        "read the options",
                        &path,
                        format!("{what} contradict each other"),
                    ));
                }
                None => (),
            }
            let origin = format!("{option} {}", given.display());
            let stance = Stance::Required;
            rules.push(Sourced::new(
                PathRule {
                    path,
                    reach,
                    stance,
                },
                origin,
            ));
        }
    }
    Ok(rules)
}

fn absolute(option: &str, path: &Path, facts: &Facts) -> Result<PathBuf, RunError> {
    let refuse = |why: &str| RunError::new(ProfileError::on("read the option", option, why));
    if path.as_os_str().is_empty() {
        return Err(refuse("the path is empty"));
    }
    if path.is_absolute() {
        return Ok(normal(path));
    }
    let cwd = facts.cwd.as_deref();
    let cwd =
        cwd.ok_or_else(|| refuse("the path is relative, and the current directory is gone"))?;
    Ok(normal(&cwd.join(path)))
}

fn variable(word: &OsString) -> Result<Sourced<Variable>, RunError> {
    let bytes = word.as_bytes();
    let at = bytes.iter().position(|&byte| byte == b'=');
    let (name, value) = match at {
        Some(at) => (
            &bytes[..at],
            Some(OsStr::from_bytes(&bytes[at + 1..]).to_owned()),
        ),
        None => (bytes, None),
    };
    if name.is_empty() {
        return Err(RunError::new(
            "read the option, on --env: the name is empty",
        ));
    }
    let name = OsStr::from_bytes(name).to_owned();
    let origin = format!("--env {}", name.display());
    Ok(Sourced::new(Variable { name, value }, origin))
}

/// The settings of the profiles, of the project, and of the options, the later over the earlier.
pub fn all(options: &Options, facts: &Facts) -> Result<Settings, RunError> {
    let surroundings = Surroundings {
        facts,
        files: &HostFiles,
        name: options.name.as_deref(),
    };
    let mut settings = Settings::default();
    let default = has_own_default(surroundings).then_some("default");
    for word in default
        .into_iter()
        .chain(options.profile.iter().map(String::as_str))
    {
        let loaded = aril_profile::load(word, surroundings).map_err(RunError::new)?;
        settings = settings.overlaid(loaded);
    }
    let settings =
        aril_profile::narrowed_by_project(settings, surroundings).map_err(RunError::new)?;
    Ok(settings.overlaid(of_options(options, facts)?))
}

/// The built-in profile `default` says what is so without it, and need not be read.
fn has_own_default(surroundings: Surroundings<'_>) -> bool {
    let directories = aril_profile::directories(surroundings);
    directories
        .iter()
        .any(|directory| directory.join("default.toml").exists())
}
