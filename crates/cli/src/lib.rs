//! The `aril` program: words become a [`Spec`](aril_sandbox::Spec), an outcome becomes an exit status.
//!
//! **Parse.** [`commands`] has a file for each command: its words, and the few lines that say what they
//! do. `aril run` alone is parsed without building the words of the others, since applications have to
//! start soon.
//!
//! **Decide.** `aril run` leaves that to `aril-flatpak`, whose `compose` makes the spec of an application;
//! `aril exec` to `aril-profile`. Here is what needs the program's own surroundings: [`run`] reads what
//! options name and [`exec`] a project's settings.
//!
//! **Do.** [`run::launch`], [`exec`] and [`commands::enter`] launch and wait; [`signals`] and [`outcome`]
//! are what they share. The [`registry`] knows what runs, and what confines it.
//!
//! **Tell.** [`catalogue`] is what is installed, [`explain`] what a sandbox would be, [`doctor`] what the
//! host allows; [`table`], [`style`] and [`output`] are the terminal's side. A failure is an
//! [`error::RunError`], printed once, in [`main`].
#![forbid(unsafe_code)]

pub mod catalogue;
pub mod commands;
pub mod doctor;
pub mod error;
pub mod exec;
pub mod explain;
pub mod file_access;
pub mod outcome;
pub mod output;
pub mod permission_options;
pub mod registry;
pub mod report;
pub mod run;
pub mod signals;
pub mod style;
pub mod table;
pub mod untold;

use clap::{Args, FromArgMatches};
use commands::Words;
use std::ffi::OsString;
use std::io::Write;

/// Runs the program; what is returned is its exit status.
pub fn main(arguments: impl IntoIterator<Item = OsString>) -> u8 {
    let words = match parse(arguments) {
        Ok(words) => words,
        Err(error) => return tell_usage(&error),
    };
    words.command.run().unwrap_or_else(|error| {
        output::tell(format_args!("aril: {error}"));
        error.status()
    })
}

/// What runs something has to start soon: for it the words of other commands are not even built.
fn parse(arguments: impl IntoIterator<Item = OsString>) -> Result<Words, clap::Error> {
    let arguments: Vec<OsString> = arguments.into_iter().collect();
    let words = arguments.iter().skip(1).cloned();
    let command = match arguments.get(1).and_then(|word| word.to_str()) {
        Some("run") => commands::Command::Run(Box::new(alone("run", words)?)),
        Some("exec") => commands::Command::Exec(Box::new(alone("exec", words)?)),
        _ => return parse_any(arguments),
    };
    Ok(Words { command })
}

/// Parses a command's own words, its name first.
fn alone<T: Args>(
    name: &'static str,
    words: impl Iterator<Item = OsString>,
) -> Result<T, clap::Error> {
    let command = clap::Command::new(name).bin_name(format!("aril {name}"));
    T::from_arg_matches(&T::augment_args(command).try_get_matches_from(words)?)
}

fn parse_any(arguments: Vec<OsString>) -> Result<Words, clap::Error> {
    Words::from_arg_matches(&commands::command().try_get_matches_from(arguments)?)
}

/// The help and the version are no errors; a status of clap's own could be taken for the payload's.
fn tell_usage(error: &clap::Error) -> u8 {
    let text = error.render();
    if error.use_stderr() {
        output::tell(text.to_string().trim_end());
        return error::SETUP;
    }
    match write!(std::io::stdout(), "{text}") {
        Ok(()) => 0,
        Err(_) => error::SETUP,
    }
}
