//! `aril why`: what was denied in the last run.

use crate::error::RunError;
use crate::output::{print, print_json};
use crate::report::{self, Report};
use aril_flatpak::shown;
use clap::Args;

/// The words of `aril why`.
#[derive(Clone, Debug, Args)]
#[command(after_help = "\
Example:\n  aril exec make install\n  aril why\n\n\
Refused system calls are known of every run; paths and addresses of runs with `aril exec --report`.")]
pub struct Words {
    /// As JSON.
    #[arg(long)]
    pub json: bool,
}

/// Prints it; what is returned is the exit status.
pub fn run(words: &Words) -> Result<u8, RunError> {
    let Some(report) = report::find()? else {
        let why = RunError::new("tell what was denied, in the last run: none is known");
        return Err(why.with_hint("`aril exec --report COMMAND` runs one"));
    };
    if words.json {
        print_json(&report)?;
    } else {
        print(text(&report))?;
    }
    Ok(0)
}

fn text(report: &Report) -> String {
    let command = report.command.join(" ");
    let mut text = format!("the last run: {}\n", shown(command.as_bytes()));
    text += &report::lines(report);
    if !report.observed {
        text += "paths and addresses were not looked at; aril exec --report does\n";
    }
    text
}
