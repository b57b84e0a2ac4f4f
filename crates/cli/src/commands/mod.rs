//! The commands: each has a file with its words and what it does with them.

pub mod doctor;
pub mod enter;
pub mod exec;
pub mod explain;
pub mod generate;
mod groups;
pub mod info;
pub mod kill;
pub mod list;
pub mod logs;
pub mod override_;
pub mod permissions;
pub mod profile;
pub mod ps;
pub mod run;
pub mod seccomp;
pub mod shell;
pub mod stats;
pub mod why;

pub use groups::command;

use crate::error::{FAILED, RunError};
use clap::{Parser, Subcommand};

/// Runs applications in a sandbox, as an ordinary user.
#[derive(Debug, Parser)]
#[command(name = "aril", version, arg_required_else_help = true)]
pub struct Words {
    /// What is to be done.
    #[command(subcommand)]
    pub command: Command,
}

/// The commands.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Run any command in a sandbox.
    Exec(Box<crate::exec::Command>),
    /// Open a shell in a sandbox.
    Shell(Box<shell::Words>),
    /// Run an application.
    Run(Box<run::Words>),
    /// List the sandboxes that run.
    Ps(ps::Words),
    /// Run a command in a sandbox that runs, confined as what runs there.
    Enter(enter::Words),
    /// End everything in a sandbox.
    Kill(kill::Words),
    /// Tell what sandboxes use of the machine.
    Stats(stats::Words),
    /// Print what a sandbox has logged.
    Logs(logs::Words),
    /// Tell what was denied in the last run, and what would allow it.
    Why(why::Words),
    /// List what is installed.
    List(list::Words),
    /// Tell everything about an application or runtime.
    Info(info::Words),
    /// Show what an application may do, and who said so.
    Permissions(permissions::Words),
    /// Change what an application may do, for all times.
    Override(override_::Words),
    /// Show the sandbox that a command would make, and start nothing.
    Explain(explain::Words),
    /// List, show, check and explain profiles.
    Profile(profile::Words),
    /// Say what this host allows, what that means, and what mends it.
    Doctor(doctor::Words),
    /// Show the rules for system calls, each with its reason.
    Seccomp(seccomp::Words),
    /// Write man pages and completions.
    #[command(hide = true)]
    Generate(generate::Words),
}

impl Command {
    /// Does it; what is returned is the exit status.
    pub fn run(self) -> Result<u8, RunError> {
        // Where no payload is started, 1 can only be our own status.
        let failed = |error: RunError| error.with_status(FAILED);
        match self {
            Self::Exec(words) => exec::run(&words),
            Self::Shell(words) => shell::run(&words),
            Self::Profile(words) => profile::run(&words),
            Self::Run(words) => run::run(&words),
            Self::Ps(words) => ps::run(&words).map_err(failed),
            Self::Enter(words) => enter::run(&words),
            Self::Kill(words) => kill::run(&words).map_err(failed),
            Self::Stats(words) => stats::run(&words).map_err(failed),
            Self::Logs(words) => logs::run(&words).map_err(failed),
            Self::Why(words) => why::run(&words).map_err(failed),
            Self::List(words) => list::run(&words).map_err(failed),
            Self::Info(words) => info::run(&words).map_err(failed),
            Self::Permissions(words) => permissions::run(&words).map_err(failed),
            Self::Override(words) => override_::run(&words).map_err(failed),
            Self::Explain(words) => explain::run(words),
            Self::Doctor(words) => doctor::run(&words),
            Self::Seccomp(words) => seccomp::run(&words).map_err(failed),
            Self::Generate(words) => generate::run(&words).map_err(failed),
        }
    }
}
