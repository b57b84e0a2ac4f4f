//! `aril explain`: what a command would do.

use super::run;
use crate::error::RunError;
use clap::{Args, Subcommand};

/// The words of `aril explain`.
#[derive(Clone, Debug, Args)]
#[command(after_help = "Example:\n  aril explain run examples/hello")]
pub struct Words {
    /// The command.
    #[command(subcommand)]
    pub what: What,
}

/// What can be explained.
#[derive(Clone, Debug, Subcommand)]
pub enum What {
    /// The steps of `aril exec`.
    Exec(Box<crate::exec::Command>),
    /// The steps of `aril run`.
    Run(Box<run::Words>),
}

/// Explains; what is returned is the exit status.
pub fn run(words: Words) -> Result<u8, RunError> {
    match words.what {
        What::Exec(words) => super::exec::explain(&words),
        What::Run(words) => run::explain(&words),
    }
}
