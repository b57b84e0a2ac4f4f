//! `aril ps`: the sandboxes that run.

use crate::error::RunError;
use crate::output;
use crate::registry::{Sandbox, running};
use crate::style::Style;
use crate::table::Table;
use aril_flatpak::instances::RuntimeDir;
use clap::Args;
use std::io::{IsTerminal, stdout};

/// The words of `aril ps`.
#[derive(Clone, Debug, Args)]
#[command(after_help = "\
Applications of `aril run` and of flatpak have their instance's number for a name.\n\
Where the output is not a terminal, each line is one row without a heading, its cells separated by tabs.\n\n\
Example:\n  aril ps --json")]
pub struct Words {
    /// Print JSON: an array of objects.
    #[arg(long, short)]
    pub json: bool,
}

/// Lists; what is returned is the exit status.
pub fn run(words: &Words) -> Result<u8, RunError> {
    let runtime = RuntimeDir::from_environment().map_err(RunError::new)?;
    let sandboxes = running(&runtime)?;
    if words.json {
        output::print_json(&sandboxes)?;
        return Ok(0);
    }
    let mut table = Table::new(["NAME", "BY", "PID", "WHAT", "RUNTIME"]);
    for sandbox in &sandboxes {
        table.push(row(sandbox));
    }
    if !stdout().is_terminal() {
        output::print(table.for_scripts())?;
    } else if !table.is_empty() {
        output::print(table.for_people(Style::of_stdout()))?;
    }
    Ok(0)
}

fn row(sandbox: &Sandbox) -> [String; 5] {
    let pid = sandbox.child_pid.map(|pid| pid.to_string());
    let command = sandbox.command.as_ref().map(|words| words.join(" "));
    let what = sandbox.application.clone().or(command);
    [
        sandbox.name.clone(),
        sandbox.by.word().to_owned(),
        pid.unwrap_or_else(|| "starting".to_owned()),
        what.unwrap_or_default(),
        sandbox.runtime.clone().unwrap_or_default(),
    ]
}
