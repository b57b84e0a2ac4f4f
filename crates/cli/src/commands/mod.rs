//! The commands: each has a file with its words and what it does with them.

pub mod doctor;
pub mod explain;
pub mod run;

use crate::error::RunError;
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
    /// Run the application in a folder.
    Run(run::Words),
    /// Print what a command would do, step by step, and do nothing.
    Explain(explain::Words),
    /// Say what this host allows, what that means, and what mends it.
    Doctor(doctor::Words),
}

impl Command {
    /// Does it; what is returned is the exit status.
    pub fn run(self) -> Result<u8, RunError> {
        match self {
            Self::Run(words) => run::run(&words),
            Self::Explain(words) => explain::run(words),
            Self::Doctor(words) => doctor::run(&words),
        }
    }
}
