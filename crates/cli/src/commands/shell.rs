//! `aril shell`: a shell with the confinement of `aril exec`.

use crate::error::RunError;
use crate::exec::Options;
use clap::Args;

/// The words of `aril shell`.
#[derive(Clone, Debug, Args)]
#[command(after_help = "Example:\n  aril shell --profile untrusted")]
pub struct Words {
    /// The options.
    #[command(flatten)]
    pub options: Options,
}

/// Runs the shell; what is returned is the exit status.
///
/// The user's own shell may be out of sight, and its start-up files are: bash where there is one.
pub fn run(words: &Words) -> Result<u8, RunError> {
    let bash = std::path::Path::new("/usr/bin/bash");
    let shell = if bash.exists() {
        "/usr/bin/bash"
    } else {
        "/bin/sh"
    };
    super::exec::run_command(&words.options, &[shell.into()])
}
