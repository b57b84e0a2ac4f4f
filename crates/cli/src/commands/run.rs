//! `aril run`.

use crate::app::App;
use crate::error::{self, RunError};
use crate::facts::Facts;
use crate::permits::Permits;
use crate::spec::{self, Wanted};
use crate::{data, info};
use aril_sandbox::spec::Source;
use aril_sandbox::sys::{Errno, signal};
use aril_sandbox::{Failure, Host, LaunchError, Outcome, Plan, Spec, Step};
use clap::Args;
use std::ffi::{OsStr, OsString};
use std::io::Write;
use std::os::fd::{AsFd, AsRawFd, OwnedFd};
use std::path::Path;

/// The words of `aril run`.
///
/// The folder and the arguments are one list, so that an option behind the folder is the application's.
#[derive(Clone, Debug, Args)]
#[command(after_help = "\
The folder holds `metadata`, a key file, and `files`, which the application sees as /app.\n\
Exit status: the application's; 128+N when signal N ended it; 125 when the sandbox could not be set up,\n\
126 when the command cannot be executed, 127 when it is not found.\n\n\
Example:\n  aril run examples/hello")]
pub struct Words {
    /// Execute CMD instead of the application's own command.
    #[arg(long, value_name = "CMD")]
    pub command: Option<OsString>,
    /// The folder of the application, and the arguments of its command.
    #[arg(
        required = true,
        trailing_var_arg = true,
        num_args = 1..,
        value_names = ["DIR", "ARGS"]
    )]
    words: Vec<OsString>,
}

impl Words {
    /// The folder of the application.
    pub fn folder(&self) -> &Path {
        Path::new(self.words.first().map_or(OsStr::new(""), |word| word))
    }

    /// The arguments of its command.
    pub fn arguments(&self) -> &[OsString] {
        self.words.get(1..).unwrap_or_default()
    }
}

/// A spec with what its descriptors belong to.
struct Prepared {
    spec: Spec,
    host: Host,
    _app: App,
    _data: Option<OwnedFd>,
}

/// Runs the application; what is returned is the exit status.
pub fn run(words: &Words) -> Result<u8, RunError> {
    let app = App::open(words.folder())?;
    let (host, facts) = gather()?;
    let made = data::make(&facts.home, &app.metadata.id)?;
    let prepared = prepare(words, app, (host, facts), Some(made))?;
    launch(prepared)
}

/// Prints the steps, and does nothing.
pub fn explain(words: &Words) -> Result<u8, RunError> {
    let app = App::open(words.folder())?;
    let (host, facts) = gather()?;
    let found = data::find(&facts.home, &app.metadata.id);
    let prepared = prepare(words, app, (host, facts), found)?;
    let plan = Plan::new(&prepared.spec, &prepared.host).map_err(RunError::new)?;
    write!(std::io::stdout(), "{plan}").map_err(|error| {
        RunError::new(format_args!("write the plan, on standard output: {error}"))
    })?;
    Ok(0)
}

fn gather() -> Result<(Host, Facts), RunError> {
    let host = Host::gather()
        .map_err(|error| RunError::new(format_args!("gather facts, on this host: {error}")))?;
    let facts = Facts::gather(&host)?;
    Ok((host, facts))
}

fn prepare(
    words: &Words,
    app: App,
    (host, facts): (Host, Facts),
    data: Option<OwnedFd>,
) -> Result<Prepared, RunError> {
    let permits = Permits::decide(&app.metadata.permissions);
    tell(&app, &permits);
    let id = &app.metadata.id;
    let data_path = data::path(&facts.home, id);
    let by_path = Source::Path(data_path.clone());
    let wanted = Wanted {
        id: id.as_str(),
        command: command(words, &app)?,
        arguments: words.arguments().to_vec(),
        permits: &permits,
        info: info::text(&app, &permits, &data_path)?,
        app: Source::Fd(app.files.as_fd().as_raw_fd()),
        data: data
            .as_ref()
            .map_or(by_path, |fd| Source::Fd(fd.as_raw_fd())),
        data_path,
    };
    let spec = spec::spec(wanted, &facts)?;
    Ok(Prepared {
        spec,
        host,
        _app: app,
        _data: data,
    })
}

/// What is other than the application asks for.
fn tell(app: &App, permits: &Permits) {
    if let Some(runtime) = &app.metadata.runtime {
        eprintln!("note: runtime {runtime} is not known, so the host's own /usr stands in");
    }
    if !permits.refused.is_empty() {
        let refused = permits.refused.join(", ");
        eprintln!("note: not supported yet, so not granted: {refused}");
    }
}

fn command(words: &Words, app: &App) -> Result<OsString, RunError> {
    let own = || app.metadata.command.clone().map(OsString::from);
    let command = words.command.clone().or_else(own);
    command
        .filter(|command| !command.is_empty())
        .ok_or_else(|| {
            let why = "choose the command, on the application: it names none";
            RunError::new(why).with_hint("name one with --command=CMD")
        })
}

/// A key that interrupts goes to the payload, which decides; the launcher stays to tell its end.
fn launch(mut prepared: Prepared) -> Result<u8, RunError> {
    let refuse = |errno| RunError::new(format_args!("block signals, on the launcher: {errno}"));
    let keys = signal::Set::of(&[signal::SIGINT as i32, signal::SIGQUIT as i32]);
    let before = signal::set_mask(keys).map_err(refuse)?;
    signal::set_mask(signal::Set(before.0 | keys.0)).map_err(refuse)?;
    prepared.spec.program.blocked_signals = Some(before.0);
    let plan = Plan::new(&prepared.spec, &prepared.host).map_err(RunError::new)?;
    let mut sandbox = plan.launch().map_err(|error| match error {
        LaunchError::Step(failure) => of_failure(&plan, &failure),
        other => RunError::new(other),
    })?;
    let outcome = sandbox
        .wait()
        .map_err(|errno| RunError::new(format_args!("wait, for the application: {errno}")))?;
    match outcome {
        Outcome::Exited(status) => Ok(status),
        Outcome::Signaled(signal) => Ok(signal.saturating_add(128)),
        Outcome::SetupFailed(failure) => Err(of_failure(&plan, &failure)),
    }
}

fn of_failure(plan: &Plan, failure: &Failure) -> RunError {
    let step = plan.steps().get(failure.index).map(|planned| &planned.step);
    let status = match (step, failure.errno) {
        (Some(Step::Execute), Some(Errno::ENOENT)) => error::NOT_FOUND,
        (Some(Step::Execute), Some(_)) => error::CANNOT_EXECUTE,
        _ => error::SETUP,
    };
    RunError::new(failure).with_status(status)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::commands::{self, Command};
    use clap::Parser;

    fn run(words: &[&str]) -> Words {
        match commands::Words::try_parse_from(words).unwrap().command {
            Command::Run(run) => run,
            other => panic!("not run: {other:?}"),
        }
    }

    #[test]
    fn options_end_at_the_folder() {
        let words = run(&["aril", "run", "--command=sh", "d", "--help", "--", "-x"]);
        assert_eq!(words.command.as_deref(), Some(OsStr::new("sh")));
        assert_eq!(words.folder(), Path::new("d"));
        assert_eq!(words.arguments(), ["--help", "--", "-x"]);
    }

    #[test]
    fn a_folder_is_needed() {
        assert!(commands::Words::try_parse_from(["aril", "run"]).is_err());
        assert!(commands::Words::try_parse_from(["aril", "run", "--no-such", "d"]).is_err());
    }
}
