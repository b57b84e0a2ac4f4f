//! `aril exec`.

use crate::error::{NOT_FOUND, RunError};
use crate::exec::beside::Beside;
use crate::exec::bus::Bus;
use crate::exec::doors::Held;
use crate::exec::launch::{self, Manner};
use crate::exec::name::Entry;
use crate::exec::printed::Output;
use crate::exec::status::Sink;
use crate::exec::{Command, Options, settings};
use crate::exec::{display, home, not_found};
use crate::explain::{self, Line, Shape, Subject};
use crate::output;
use crate::report::{self, Reporting, Surroundings};
use aril_flatpak::shown;
use aril_profile::{Composed, Facts, HostFiles, Screen, Settings, compose};
use aril_sandbox::spec::SeccompProgram;
use aril_sandbox::sys::Fd;
use aril_sandbox::sys::file::is_open;
use aril_sandbox::{Host, Plan};
use std::ffi::OsString;

/// What the words mean on this host.
pub(crate) struct Prepared {
    pub(crate) host: Host,
    pub(crate) facts: Facts,
    pub(crate) settings: Settings,
    pub(crate) composed: Composed,
    /// What was open before it was decided about.
    pub(crate) held: Held,
}

impl Prepared {
    /// Makes what the sandbox needs on the host, and adds what it reaches of the session.
    fn join_session(&mut self) -> Result<Beside, RunError> {
        let (settings, host) = (&self.settings, &self.host);
        let mut beside = Beside::default();
        let bus = Bus::find(settings, host)?;
        // It gets ready meanwhile.
        let bus = bus.map(|bus| bus.start(host, settings.is_reported()));
        let bus = bus.transpose()?;
        home::make(settings, &self.facts, &self.composed.spec)?;
        display::add(&mut self.composed, settings, host, &mut beside)?;
        if let Some(bus) = bus {
            bus.join(&mut self.composed, &mut beside)?;
        }
        Ok(beside)
    }
}

/// Runs the command; what is returned is the exit status.
pub fn run(words: &Command) -> Result<u8, RunError> {
    run_command(&words.options, &words.command)
}

/// The same for a command that was not given in the words.
pub(crate) fn run_command(options: &Options, command: &[OsString]) -> Result<u8, RunError> {
    // First of all: a number that is free now could be a descriptor of ours later.
    let sink = sink(options)?;
    let mut prepared = prepare(options, command)?;
    let reporting = reporting(command, &prepared)?;
    let mut beside = prepared.join_session()?;
    tell(options, &prepared.composed);
    let profile = options.profile.first().map(String::as_str);
    let spec = &mut prepared.composed.spec;
    let entry = Entry::take(options.name.as_deref(), profile, command, spec)?;
    if options.log {
        let log = entry.as_ref().ok_or_else(no_place)?.log()?;
        beside.output = Some(Output::capture(log, spec)?);
    }
    let manner = Manner {
        entry,
        timeout: prepared.settings.timeout.as_ref().map(|time| time.value),
        sink,
        reporting,
        beside,
        held: prepared.held,
    };
    let launched = launch::launch(prepared.composed, manner, &prepared.host);
    launched.map_err(|error| {
        let (settings, facts) = (&prepared.settings, &prepared.facts);
        let not_found = error.status() == NOT_FOUND;
        let command = command.first().filter(|_| not_found);
        match command.and_then(|command| not_found::hint(command, settings, facts)) {
            Some(hint) => error.with_hint(hint),
            None => error,
        }
    })
}

fn no_place() -> RunError {
    RunError::new("keep a log, on XDG_RUNTIME_DIR: it is not a directory of the user's alone")
        .with_hint("with --name it is kept below ~/.cache")
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
    Reporting::prepare(command, surroundings, prepared.settings.is_reported())
}

/// Where the status goes.
fn sink(options: &Options) -> Result<Sink, RunError> {
    match options.status_fd {
        Some(fd) if !is_open(Fd::new(fd)) => {
            let why = format_args!(
                "read the option, on --status-fd {fd}: no such file descriptor is open"
            );
            Err(RunError::new(why))
        }
        Some(fd) if !is_writable(fd) => Err(RunError::new(format_args!(
            "read the option, on --status-fd {fd}: it is not open for writing"
        ))),
        Some(fd) => Ok(Sink::Fd(fd)),
        None if options.json => Ok(Sink::StandardError),
        None => Ok(Sink::None),
    }
}

/// Whether it was opened for writing, by its flags in octal (`proc(5)`, fdinfo).
fn is_writable(fd: i32) -> bool {
    let facts = std::fs::read_to_string(format!("/proc/self/fdinfo/{fd}")).unwrap_or_default();
    let flags = facts.lines().find_map(|line| line.strip_prefix("flags:"));
    let flags = flags.and_then(|flags| u32::from_str_radix(flags.trim(), 8).ok());
    // Where it is not told the write will tell.
    flags.is_none_or(|flags| flags & 0o3 != 0)
}

/// What the user should know, on standard error.
fn tell(options: &Options, composed: &Composed) {
    if options.quiet {
        return;
    }
    for note in &composed.notes {
        output::tell(format_args!("note: {note}"));
    }
    for warning in &composed.warnings {
        output::tell(format_args!("warning: {warning}"));
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
        session: &session(&prepared.settings),
        notes: &warnings.chain(notes).collect::<Vec<_>>(),
    };
    explain::print(&subject, &plan, shape)?;
    Ok(0)
}

/// What is made of the session when the sandbox starts, and not for an explanation.
fn session(settings: &Settings) -> Vec<Line> {
    let line = |what: String, origin: &str| Line {
        origin: Some(shown(origin.as_bytes()).to_string()),
        ..Line::open(what)
    };
    let screens = settings.screens.iter().map(|screen| {
        let what = match screen.value {
            Screen::Wayland => "the Wayland display",
            Screen::X11 => "the X11 display, with all keys and windows",
        };
        line(what.to_owned(), &screen.origin)
    });
    let names = settings.bus_names.iter().map(|name| {
        let what = format!("the session bus, filtered: talk to {}", name.value);
        line(what, &name.origin)
    });
    screens.chain(names).collect()
}

pub(crate) fn prepare(options: &Options, command: &[OsString]) -> Result<Prepared, RunError> {
    let mut host = Host::gather_without_cgroups()
        .map_err(|error| RunError::new(format_args!("gather facts, on this host: {error}")))?;
    let facts = Facts::gather(&host);
    let mut settings = settings::all(options, &facts)?;
    settings.paths.extend(report::covered(&facts));
    if !settings.limits.is_empty() {
        host.find_cgroups();
    }
    let held = Held::open(facts.cwd.as_deref(), &settings)?;
    let composed = compose(command, &settings, &facts, &HostFiles).map_err(RunError::new)?;
    Ok(Prepared {
        held,
        host,
        facts,
        settings,
        composed,
    })
}
