//! `aril logs`: what a sandbox has logged.

use crate::error::RunError;
use crate::output;
use crate::registry::find_running;
use aril_flatpak::instances::RuntimeDir;
use aril_flatpak::shown;
use clap::Args;
use std::io::{IsTerminal, stdout};

/// The words of `aril logs`.
#[derive(Clone, Debug, Args)]
#[command(after_help = "\
On a terminal, control characters are shown as escapes.\n\n\
Example:\n  aril logs build")]
pub struct Words {
    /// Its name, instance's number or process id.
    #[arg(value_name = "SANDBOX")]
    pub sandbox: String,
}

/// Prints; what is returned is the exit status.
pub fn run(words: &Words) -> Result<u8, RunError> {
    let runtime = RuntimeDir::from_environment().map_err(RunError::new)?;
    let sandbox = find_running(&runtime, &words.sandbox)?;
    let log = sandbox.log().ok_or_else(|| {
        let name = &sandbox.name;
        RunError::new(format_args!("print the log, on {name}: it keeps none"))
    })?;
    if !stdout().is_terminal() {
        output::print(log)?;
        return Ok(0);
    }
    for line in log.split_inclusive(|&byte| byte == b'\n') {
        let text = line.strip_suffix(b"\n").unwrap_or(line);
        output::print(format!("{}\n", shown(text)))?;
    }
    Ok(0)
}
