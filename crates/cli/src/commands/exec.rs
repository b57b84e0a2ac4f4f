//! `aril exec`.

use crate::error::RunError;
use crate::exec::launch::{self, Manner};
use crate::exec::name::Entry;
use crate::exec::status::Sink;
use crate::exec::{Command, Options, settings};
use crate::exec::{display, home};
use crate::explain::{self, Shape, Subject};
use crate::report::{self, Reporting, Surroundings};
use aril_flatpak::shown;
use aril_profile::{Composed, Facts, HostFiles, Settings, compose};
use aril_sandbox::spec::SeccompProgram;
use aril_sandbox::{Host, Plan};
use std::ffi::OsString;

/// What the words mean on this host.
pub(crate) struct Prepared {
    pub(crate) host: Host,
    pub(crate) facts: Facts,
    pub(crate) settings: Settings,
    pub(crate) composed: Composed,
}

/// Runs the command; what is returned is the exit status.
pub fn run(words: &Command) -> Result<u8, RunError> {
    run_command(&words.options, &words.command)
}

/// The same for a command that was not given in the words.
pub(crate) fn run_command(options: &Options, command: &[OsString]) -> Result<u8, RunError> {
    let mut prepared = prepare(options, command)?;
    let reporting = reporting(command, &prepared)?;
    home::make(&prepared.settings, &prepared.facts, &prepared.composed.spec)?;
    let _kept = display::add(&mut prepared.composed, &prepared.settings, &prepared.host)?;
    tell(options, &prepared.composed);
    let profile = options.profile.first().map(String::as_str);
    let spec = &mut prepared.composed.spec;
    let entry = Entry::take(options.name.as_deref(), profile, command, spec)?;
    let manner = Manner {
        entry,
        timeout: prepared.settings.timeout.map(|time| time.value),
        sink: match options.status_fd {
            Some(fd) => Sink::Fd(fd),
            None if options.json => Sink::StandardError,
            None => Sink::None,
        },
        reporting,
    };
    launch::launch(prepared.composed, manner, &prepared.host)
}

/// What becomes of denials.
fn reporting(command: &[OsString], prepared: &Prepared) -> Result<Reporting, RunError> {
    let composed = &prepared.composed;
    let programs = &composed.spec.seccomp;
    let observed = |program: &SeccompProgram| matches!(program, SeccompProgram::Observed(_));
    let surroundings = Surroundings {
        facts: prepared.facts.clone(),
        rules: composed.rules.clone(),
        observed: programs.iter().any(observed),
    };
    let is_told = prepared.settings.report.as_ref().is_some_and(|it| it.value);
    Reporting::prepare(command, surroundings, is_told)
}

/// What the user should know, on standard error.
fn tell(options: &Options, composed: &Composed) {
    if options.quiet {
        return;
    }
    for note in &composed.notes {
        eprintln!("note: {note}");
    }
    for warning in &composed.warnings {
        eprintln!("warning: {warning}");
    }
}

/// Prints what the sandbox would be, and does nothing.
pub fn explain(words: &Command, shape: Shape) -> Result<u8, RunError> {
    let prepared = prepare(&words.options, &words.command)?;
    let composed = &prepared.composed;
    let plan = Plan::new(&composed.spec, &prepared.host).map_err(RunError::new)?;
    let notes = composed.notes.iter().map(ToString::to_string);
    let warnings = composed.warnings.iter().map(ToString::to_string);
    let subject = Subject {
        title: &shown(composed.spec.program.path.as_encoded_bytes()).to_string(),
        spec: &composed.spec,
        notes: &warnings.chain(notes).collect::<Vec<_>>(),
    };
    explain::print(&subject, &plan, shape)?;
    Ok(0)
}

pub(crate) fn prepare(options: &Options, command: &[OsString]) -> Result<Prepared, RunError> {
    let mut host = Host::gather_without_cgroups()
        .map_err(|error| RunError::new(format_args!("gather facts, on this host: {error}")))?;
    let facts = Facts::gather(&host);
    let mut settings = settings::all(options, &facts)?;
    settings.paths.extend(report::covered(&facts));
    refuse_missing(&settings)?;
    if !settings.limits.is_empty() {
        host.find_cgroups();
    }
    let composed = compose(command, &settings, &facts, &HostFiles).map_err(RunError::new)?;
    Ok(Prepared {
        host,
        facts,
        settings,
        composed,
    })
}

/// What was asked for and cannot be given stops the start.
fn refuse_missing(settings: &Settings) -> Result<(), RunError> {
    let bus = settings.bus_names.first().map(|asked| &asked.origin);
    match bus {
        Some(origin) => {
            let origin = shown(origin.as_bytes());
            let why = format_args!("give what was asked for, on {origin}: it cannot be had yet");
            Err(RunError::new(why))
        }
        None => Ok(()),
    }
}
