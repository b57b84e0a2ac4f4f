//! `aril exec`.

use crate::error::RunError;
use crate::exec::{Command, launch, settings};
use aril_profile::{Composed, Facts, HostFiles, compose};
use aril_sandbox::{Host, Plan};

/// What the words mean on this host.
struct Prepared {
    host: Host,
    composed: Composed,
}

/// Runs the command; what is returned is the exit status.
pub fn run(words: &Command) -> Result<u8, RunError> {
    let prepared = prepare(words)?;
    for note in &prepared.composed.notes {
        eprintln!("note: {note}");
    }
    if !words.options.quiet {
        for warning in &prepared.composed.warnings {
            eprintln!("warning: {warning}");
        }
    }
    launch::launch(prepared.composed, &prepared.host)
}

/// Prints the steps, and does nothing.
pub fn explain(words: &Command) -> Result<u8, RunError> {
    let prepared = prepare(words)?;
    let plan = Plan::new(&prepared.composed.spec, &prepared.host).map_err(RunError::new)?;
    crate::output::print(plan.to_string())?;
    Ok(0)
}

fn prepare(words: &Command) -> Result<Prepared, RunError> {
    let host = Host::gather()
        .map_err(|error| RunError::new(format_args!("gather facts, on this host: {error}")))?;
    let facts = Facts::gather(&host);
    let settings = settings::of_options(&words.options, &facts)?;
    let composed = compose(&words.command, &settings, &facts, &HostFiles).map_err(RunError::new)?;
    Ok(Prepared { host, composed })
}
