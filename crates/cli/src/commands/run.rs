//! `aril run`.

use crate::error::RunError;
use crate::explain::{self, Shape, Subject};
use crate::permission_options::PermissionOptions;
use crate::run::{environment_file, launch, tell};
use aril_flatpak::compose::{Composed, Facts, Note, Purpose, compose};
use aril_flatpak::environment::Pattern;
use aril_sandbox::spec::EnvChange;
use aril_sandbox::{Host, Plan, Spec};
use clap::Args;
use clap::builder::{OsStringValueParser, TypedValueParser};
use std::ffi::OsString;
use std::path::PathBuf;

/// The words of `aril run`: those of flatpak-run(1), and a few more.
///
/// The application and its arguments are one list, so that an option behind the application is the
/// application's.
#[derive(Clone, Debug, Default, Args)]
#[command(after_help = "\
APP is the name of something installed, ID, ID//BRANCH or ID/ARCH/BRANCH, or a folder: ./DIR.\n\
A folder holds `metadata`, a key file, and `files`, which the application sees as /app.\n\
Exit status: the application's; 128+N when signal N ended it; 125 when the sandbox could not be set up,\n\
126 when the command cannot be executed, 127 when it is not found.\n\n\
Variables of the host pass when a list names them. Yours is $XDG_CONFIG_HOME/aril/environment: a line for\n\
each name, or beginning and `*`. -v tells what was left out.\n\n\
Example:\n  aril run examples/hello")]
pub struct Words {
    /// Execute CMD instead of the application's own command.
    #[arg(long, value_name = "CMD")]
    pub command: Option<OsString>,
    /// Start in this directory.
    #[arg(long, value_name = "DIR")]
    pub cwd: Option<PathBuf>,
    /// The version of the application.
    #[command(flatten)]
    pub version: VersionWords,
    /// What is on `/usr` and `/app`.
    #[command(flatten)]
    pub files: FilesWords,
    /// The sandbox.
    #[command(flatten)]
    pub sandbox: SandboxWords,
    /// The buses.
    #[command(flatten)]
    pub buses: BusWords,
    /// The permissions.
    #[command(flatten)]
    pub permissions: PermissionOptions,
    /// Say more; twice, say all.
    #[arg(short, long, action = clap::ArgAction::Count)]
    pub verbose: u8,
    /// The application, and the arguments of its command.
    #[arg(
        required = true,
        trailing_var_arg = true,
        num_args = 1..,
        value_names = ["APP", "ARGS"]
    )]
    pub words: Vec<OsString>,
}

/// Which version, and where it is looked for.
#[derive(Clone, Debug, Default, Args)]
pub struct VersionWords {
    /// The branch.
    #[arg(long, value_name = "BRANCH", allow_hyphen_values = true)]
    pub branch: Option<String>,
    /// The architecture.
    #[arg(long, value_name = "ARCH")]
    pub arch: Option<String>,
    /// A commit other than the active one.
    #[arg(long, value_name = "COMMIT")]
    pub commit: Option<String>,
    /// Look among the user's.
    #[arg(short, long)]
    pub user: bool,
    /// Look among the system's.
    #[arg(long)]
    pub system: bool,
    /// Look in the system's installation of this name.
    #[arg(long, value_name = "NAME")]
    pub installation: Vec<String>,
}

/// What is on `/usr` and `/app`.
#[derive(Clone, Debug, Default, Args)]
pub struct FilesWords {
    /// Use the SDK instead of the runtime, and allow what debuggers need.
    #[arg(short, long)]
    pub devel: bool,
    /// Use this runtime: ID[/ARCH[/BRANCH]], ./DIR, or `host` for the host's own /usr.
    #[arg(long, value_name = "RUNTIME")]
    pub runtime: Option<String>,
    /// Use this version of the runtime.
    #[arg(long, value_name = "BRANCH", allow_hyphen_values = true)]
    pub runtime_version: Option<String>,
    /// Use this commit of the runtime.
    #[arg(long, value_name = "COMMIT")]
    pub runtime_commit: Option<String>,
    /// Put this directory on /app; an empty PATH puts nothing there.
    #[arg(long, value_name = "PATH", conflicts_with = "app_fd", value_parser = path_or_empty())]
    pub app_path: Option<PathBuf>,
    /// Put the directory that FD is open on on /app.
    #[arg(long, value_name = "FD")]
    pub app_fd: Option<i32>,
    /// Put this directory on /usr.
    #[arg(long, value_name = "PATH", conflicts_with = "usr_fd", value_parser = path_or_empty())]
    pub usr_path: Option<PathBuf>,
    /// Put the directory that FD is open on on /usr.
    #[arg(long, value_name = "FD")]
    pub usr_fd: Option<i32>,
    /// Show what FD is open on, at its path.
    #[arg(long, value_name = "FD", hide = true)]
    pub bind_fd: Vec<i32>,
    /// Show what FD is open on, at its path, read-only.
    #[arg(long, value_name = "FD", hide = true)]
    pub ro_bind_fd: Vec<i32>,
}

/// The parser for paths refuses an empty one, which means something here.
fn path_or_empty() -> impl TypedValueParser<Value = PathBuf> {
    OsStringValueParser::new().map(PathBuf::from)
}

/// The sandbox itself.
#[derive(Clone, Debug, Default, Args)]
pub struct SandboxWords {
    /// Drop every permission that is not given here, and keep no data.
    #[arg(long)]
    pub sandbox: bool,
    /// Let it write to the root and /etc, which are in memory, as flatpak does.
    #[arg(long)]
    pub writable_root: bool,
    /// Let programs that crash leave core dumps to the host, as --devel does.
    #[arg(long)]
    pub core_dumps: bool,
    /// Pass no variable of the host.
    #[arg(long, conflicts_with = "env_from_host")]
    pub clear_env: bool,
    /// Pass every variable of the host but those that do harm, as flatpak does.
    #[arg(long)]
    pub env_from_host: bool,
    /// Pass this variable of the host too, or those with this beginning: NAME, or BEGINNING*.
    #[arg(long, value_name = "PATTERN", conflicts_with_all = ["clear_env", "env_from_host"])]
    pub pass_env: Vec<Pattern>,
    /// End it when the parent of this program ends.
    #[arg(short = 'p', long)]
    pub die_with_parent: bool,
    /// Join the namespaces of the sandbox that this process is in.
    #[arg(long, value_name = "PID")]
    pub parent_pid: Option<i32>,
    /// Let the parent see the processes.
    #[arg(long, requires = "parent_pid")]
    pub parent_expose_pids: bool,
    /// Share the processes with the parent.
    #[arg(long, requires = "parent_pid")]
    pub parent_share_pids: bool,
    /// Write the number of the instance to FD.
    #[arg(long, value_name = "FD")]
    pub instance_id_fd: Option<i32>,
}

/// Buses, and what hangs on them.
#[derive(Clone, Debug, Default, Args)]
pub struct BusWords {
    /// Reach the session bus, also with --sandbox.
    #[arg(long, overrides_with = "no_session_bus")]
    pub session_bus: bool,
    /// Do not reach the session bus.
    #[arg(long)]
    pub no_session_bus: bool,
    /// Reach the accessibility bus, also with --sandbox.
    #[arg(long, overrides_with = "no_a11y_bus")]
    pub a11y_bus: bool,
    /// Do not reach the accessibility bus.
    #[arg(long)]
    pub no_a11y_bus: bool,
    /// Log what goes over the session bus.
    #[arg(long)]
    pub log_session_bus: bool,
    /// Log what goes over the system bus.
    #[arg(long)]
    pub log_system_bus: bool,
    /// Log what goes over the accessibility bus.
    #[arg(long)]
    pub log_a11y_bus: bool,
    /// Do not show the documents that the portal hands in.
    #[arg(long)]
    pub no_documents_portal: bool,
    /// Hand in the files between `@@` and `@@` among the arguments, URIs after `@@u`.
    #[arg(long)]
    pub file_forwarding: bool,
}

/// Runs the application; what is returned is the exit status.
pub fn run(words: &Words) -> Result<u8, RunError> {
    if words.sandbox.die_with_parent {
        launch::end_with_parent()?;
    }
    let number_fd = words.sandbox.number_fd()?;
    let (host, composed) = composed(words, Purpose::Launch)?;
    if let (Some(fd), Some(instance)) = (number_fd, &composed.lives.instance) {
        tell::number(instance.id(), fd)?;
    }
    launch::launch(composed, &host)
}

/// Prints what the sandbox would be, and does nothing.
pub fn explain(words: &Words, shape: Shape) -> Result<u8, RunError> {
    let (host, composed) = composed(words, Purpose::Explain)?;
    let plan = Plan::new(&composed.spec, &host).map_err(RunError::new)?;
    let warnings = composed
        .notes
        .iter()
        .filter(|note| matches!(note, Note::Warning(_)));
    let notes: Vec<String> = warnings.map(ToString::to_string).collect();
    let subject = Subject {
        title: &title(&composed.spec),
        spec: &composed.spec,
        session: &[],
        notes: &notes,
    };
    explain::print(&subject, &plan, shape)?;
    Ok(0)
}

/// The application's ID, which it is told itself.
fn title(spec: &Spec) -> String {
    let changes = spec.program.environment.iter().rev();
    let id = changes.into_iter().find_map(|change| match change {
        EnvChange::Set(name, value) if name == "FLATPAK_ID" => value.to_str(),
        _ => None,
    });
    id.unwrap_or("the application").to_owned()
}

/// The sandbox that the words ask for, with the facts it was decided by; its notes are told.
pub fn composed(words: &Words, purpose: Purpose) -> Result<(Host, Composed), RunError> {
    let mut request = words.request()?;
    let host = Host::gather_without_cgroups();
    let host =
        host.map_err(|error| RunError::new(format_args!("gather facts, on this host: {error}")))?;
    let facts = Facts::gather((host.uid, host.gid), host.environment.iter().cloned());
    let facts = facts.map_err(RunError::new)?;
    request.passed.extend(environment_file::patterns(&facts)?);
    let composed = compose(&request, (&facts, &host), purpose).map_err(tell::refused)?;
    tell::notes(&composed.notes, words.verbose > 0);
    Ok((host, composed))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::commands::{self, Command};
    use aril_flatpak::compose::RunTarget;
    use clap::Parser;
    use std::ffi::OsStr;
    use std::path::Path;

    fn run(words: &[&str]) -> Words {
        match commands::Words::try_parse_from(words).unwrap().command {
            Command::Run(run) => *run,
            other => panic!("not run: {other:?}"),
        }
    }

    #[test]
    fn options_end_at_the_application() {
        let words = run(&["aril", "run", "--command=sh", "./d", "--help", "--", "-x"]);
        let request = words.request().unwrap();
        assert_eq!(request.command.as_deref(), Some(OsStr::new("sh")));
        assert_eq!(request.target, RunTarget::Folder(Path::new("./d").into()));
        assert_eq!(request.arguments, ["--help", "--", "-x"]);
    }

    #[test]
    fn an_application_is_needed() {
        assert!(commands::Words::try_parse_from(["aril", "run"]).is_err());
        assert!(commands::Words::try_parse_from(["aril", "run", "--no-such", "d"]).is_err());
    }

    #[test]
    fn standard_descriptors_are_refused() {
        for option in ["--app-fd=1", "--usr-fd=0", "--bind-fd=2", "--ro-bind-fd=-1"] {
            let refused = run(&["aril", "run", option, "./d"]).request();
            assert!(refused.is_err(), "{option}");
        }
    }
}
