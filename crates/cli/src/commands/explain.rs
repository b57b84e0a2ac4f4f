//! `aril explain`: the sandbox that a command would make.

use super::run;
use crate::error::RunError;
use crate::explain::Shape;
use clap::{Args, Subcommand};

/// The words of `aril explain`.
#[derive(Clone, Debug, Args)]
#[command(after_help = "\
What is marked `!` is open to the host; what stands in brackets is who asked for it.\n\n\
Examples:\n  aril explain run examples/hello\n  aril explain --html run org.example.Player >sandbox.html")]
pub struct Words {
    /// How it is explained.
    #[command(flatten)]
    pub shape: Shape,
    /// The command.
    #[command(subcommand)]
    pub what: What,
}

/// What can be explained.
#[derive(Clone, Debug, Subcommand)]
pub enum What {
    /// The sandbox of `aril exec`.
    Exec(Box<crate::exec::Command>),
    /// The sandbox of `aril run`.
    Run(Box<run::Words>),
}

/// Explains; what is returned is the exit status.
pub fn run(words: Words) -> Result<u8, RunError> {
    match words.what {
        What::Exec(exec) => super::exec::explain(&exec, words.shape),
        What::Run(run) => run::explain(&run, words.shape),
    }
}
