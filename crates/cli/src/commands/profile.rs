//! `aril profile`: what there is, what it says, and what it comes to.

mod systemd;

use crate::error::RunError;
use crate::output::{print, print_file, print_json};
use aril_profile::{BUILT_IN, Facts, Found, HostFiles, Settings, Surroundings};
use aril_sandbox::{Escaped, Host};
use clap::{Args, Subcommand};
use serde::Serialize;
use std::collections::BTreeMap;
use std::fmt::Write;
use std::os::unix::ffi::OsStrExt;

/// The words of `aril profile`.
#[derive(Clone, Debug, Args)]
#[command(
    after_help = "Example:\n  aril profile list\n  aril profile explain cargo\n  aril profile from-systemd nginx.service > ~/.config/aril/profiles/nginx.toml"
)]
pub struct Words {
    /// What is to be done.
    #[command(subcommand)]
    pub what: What,
}

/// What can be done with profiles.
#[derive(Clone, Debug, Subcommand)]
pub enum What {
    /// List the profiles: the user's, the system's, the built-in ones.
    List {
        /// As JSON.
        #[arg(long)]
        json: bool,
    },
    /// Print the text of a profile.
    Show {
        /// Its name, or a path.
        profile: String,
    },
    /// Check profiles, and start nothing.
    Check {
        /// Names or paths; `./aril.toml` for the project's own.
        #[arg(required = true)]
        profiles: Vec<String>,
    },
    /// Print a profile that is translated from the sandboxing keys of a systemd unit.
    FromSystemd(systemd::FromWords),
    /// Print a drop-in for a systemd unit that is translated from a profile.
    ToSystemd {
        /// Its name, or a path.
        #[arg(default_value = "default")]
        profile: String,
    },
    /// Print what a profile asks for with those that it includes, and where each line is from.
    Explain {
        /// Its name, or a path.
        profile: String,
        /// As JSON.
        #[arg(long)]
        json: bool,
    },
}

/// A profile in the list.
#[derive(Serialize)]
struct Listed {
    from: String,
    description: Option<String>,
}

/// One thing that a profile asks for.
#[derive(Serialize)]
struct Line {
    key: &'static str,
    value: String,
    origin: String,
}

/// Does it; what is returned is the exit status.
pub fn run(words: &Words) -> Result<u8, RunError> {
    let host = Host::gather()
        .map_err(|error| RunError::new(format_args!("gather facts, on this host: {error}")))?;
    let facts = Facts::gather(&host);
    let surroundings = Surroundings {
        facts: &facts,
        files: &HostFiles,
        name: None,
    };
    match &words.what {
        What::List { json } => list(surroundings, *json)?,
        What::Show { profile } => print_file(&find(profile, surroundings)?.text)?,
        What::Check { profiles } => check(profiles, surroundings)?,
        What::FromSystemd(words) => systemd::from(words)?,
        What::ToSystemd { profile } => systemd::to(profile, surroundings)?,
        What::Explain { profile, json } => explain(profile, surroundings, *json)?,
    }
    Ok(0)
}

fn find(word: &str, surroundings: Surroundings<'_>) -> Result<Found, RunError> {
    aril_profile::find(word, surroundings).map_err(RunError::new)
}

fn list(surroundings: Surroundings<'_>, json: bool) -> Result<(), RunError> {
    let listed: BTreeMap<String, Listed> = names(surroundings)
        .into_iter()
        .map(|name| {
            let listed = describe(&name, surroundings);
            (name, listed)
        })
        .collect();
    if json {
        return print_json(&listed);
    }
    let widest = listed.keys().map(String::len).max().unwrap_or(0);
    let mut text = String::new();
    for (name, Listed { from, description }) in &listed {
        let description = description.as_deref().unwrap_or_default();
        let description = Escaped(description.as_bytes());
        let from = if from.starts_with("built-in") {
            String::new()
        } else {
            format!("  ({from})")
        };
        // Writing to a string does not fail.
        writeln!(text, "{name:<widest$}  {description}{from}").ok();
    }
    print(text)
}

/// The names that can be found, each once.
fn names(surroundings: Surroundings<'_>) -> Vec<String> {
    let mut names: Vec<String> = BUILT_IN
        .iter()
        .map(|(name, _)| (*name).to_owned())
        .collect();
    for directory in aril_profile::directories(surroundings) {
        for name in surroundings.files.names(&directory) {
            let name = name.to_str().and_then(|name| name.strip_suffix(".toml"));
            names.extend(
                name.filter(|name| aril_profile::is_name(name))
                    .map(ToOwned::to_owned),
            );
        }
    }
    names.sort();
    names.dedup();
    names
}

/// A profile with an error is listed with it.
fn describe(name: &str, surroundings: Surroundings<'_>) -> Listed {
    let found = aril_profile::find(name, surroundings);
    let parsed = found.and_then(|found| {
        let document = aril_profile::parse_found(&found, surroundings)?;
        Ok((found.name, document.description))
    });
    match parsed {
        Ok((from, description)) => Listed { from, description },
        Err(error) => Listed {
            from: "it cannot be used".to_owned(),
            description: error.to_string().lines().next().map(ToOwned::to_owned),
        },
    }
}

fn check(profiles: &[String], surroundings: Surroundings<'_>) -> Result<(), RunError> {
    for profile in profiles {
        if profile == "./aril.toml" {
            let checked = aril_profile::narrowed_by_project(Settings::default(), surroundings);
            checked.map_err(RunError::new)?;
        }
        aril_profile::load(profile, surroundings).map_err(RunError::new)?;
        print(format!("{}: good\n", Escaped(profile.as_bytes())))?;
    }
    Ok(())
}

fn explain(profile: &str, surroundings: Surroundings<'_>, json: bool) -> Result<(), RunError> {
    let settings = aril_profile::load(profile, surroundings).map_err(RunError::new)?;
    let rows = settings.rows().into_iter().map(|row| Line {
        key: row.key,
        value: row.value,
        origin: row.origin,
    });
    let rows: Vec<Line> = rows.collect();
    if json {
        return print_json(&rows);
    }
    let widest = rows
        .iter()
        .map(|row| row.value.chars().count())
        .max()
        .unwrap_or(0)
        .min(48);
    let mut text = String::new();
    for Line { key, value, origin } in &rows {
        // Writing to a string does not fail.
        writeln!(text, "{key:<20} {value:<widest$}  {origin}").ok();
    }
    for file in &settings.files {
        writeln!(text, "read from {}", Escaped(file.as_os_str().as_bytes())).ok();
    }
    print(text)
}
