//! The words of `aril exec`. The order of options does not matter: the nearest path wins.

use clap::Args;
use std::ffi::OsString;
use std::path::PathBuf;

/// The options, which `aril shell` has too.
#[derive(Clone, Debug, Default, Args)]
pub struct Options {
    /// Let PATH be read.
    #[arg(long, value_name = "PATH", help_heading = "Files")]
    pub ro: Vec<PathBuf>,
    /// Let PATH be read and written.
    #[arg(long, value_name = "PATH", help_heading = "Files")]
    pub rw: Vec<PathBuf>,
    /// Hide PATH.
    #[arg(long, value_name = "PATH", help_heading = "Files")]
    pub hide: Vec<PathBuf>,
    /// Put an empty directory at PATH, gone with the sandbox.
    #[arg(long, value_name = "PATH", help_heading = "Files")]
    pub tmp: Vec<PathBuf>,
    /// What can be done with the current directory: rw, ro or hide.
    #[arg(long, value_name = "HOW", help_heading = "Files")]
    pub cwd: Option<String>,
    /// The home directory: none, private=NAME or a directory.
    #[arg(long, value_name = "HOME", help_heading = "Files")]
    pub home: Option<String>,
    /// Let files be written that the host runs later, as .git/hooks and .vscode.
    #[arg(long, help_heading = "Files")]
    pub allow_host_executed: bool,
    /// Set NAME, or let the host's pass.
    #[arg(
        long,
        value_name = "NAME[=VALUE]",
        help_heading = "What it starts with"
    )]
    pub env: Vec<OsString>,
    /// Start in PATH.
    #[arg(long, value_name = "PATH", help_heading = "What it starts with")]
    pub workdir: Option<PathBuf>,
    /// Be this user inside: root, UID or UID:GID. Outside it remains you.
    #[arg(
        long,
        allow_negative_numbers = true,
        value_name = "USER",
        help_heading = "What it starts with"
    )]
    pub user: Option<String>,
    /// Start without a controlling terminal.
    #[arg(long, help_heading = "What it starts with")]
    pub new_session: bool,
    /// The network: none or host.
    #[arg(long, value_name = "NET", help_heading = "What it reaches")]
    pub net: Option<String>,
    /// Show windows: wayland or x11.
    #[arg(
        long,
        value_delimiter = ',',
        value_name = "KIND",
        help_heading = "What it reaches"
    )]
    pub display: Vec<String>,
    /// Let NAME on the session bus be talked to; NAME.* is NAME and all below it.
    #[arg(
        long,
        value_delimiter = ',',
        value_name = "NAME",
        help_heading = "What it reaches"
    )]
    pub dbus_talk: Vec<String>,
    /// Give a device: dri, kvm or fuse.
    #[arg(
        long,
        value_delimiter = ',',
        value_name = "DEVICE",
        help_heading = "What it reaches"
    )]
    pub device: Vec<String>,
    /// Rules for system calls: a set, +group, -group, separated by commas.
    #[arg(
        long,
        value_name = "RULES",
        allow_hyphen_values = true,
        help_heading = "What it reaches"
    )]
    pub seccomp: Vec<String>,
    /// Limits: memory=2G, pids=200, cpu=150%, files=1024, file-size=1G, core-size=1G (no core dumps
    /// without it).
    #[arg(long, value_name = "LIMITS", help_heading = "How long and how much")]
    pub limit: Vec<String>,
    /// End it after this time: 30s, 10m, 1h30m.
    #[arg(
        long,
        allow_negative_numbers = true,
        value_name = "TIME",
        help_heading = "How long and how much"
    )]
    pub timeout: Option<String>,
    /// Begin with a profile, by name or by path.
    #[arg(long, value_name = "PROFILE", help_heading = "Profiles and reports")]
    pub profile: Vec<String>,
    /// Give the sandbox a name.
    #[arg(long, value_name = "NAME", help_heading = "Profiles and reports")]
    pub name: Option<String>,
    /// Keep what it prints for `aril logs`, and do not print it.
    #[arg(long, help_heading = "Profiles and reports")]
    pub log: bool,
    /// Tell what was denied, at the end. Calls that name a path or an address become slower.
    #[arg(long, help_heading = "Profiles and reports")]
    pub report: bool,
    /// Write how it began and ended to this descriptor, a line of JSON each.
    #[arg(
        conflicts_with = "json",
        long,
        allow_negative_numbers = true,
        value_name = "FD",
        help_heading = "Profiles and reports"
    )]
    pub status_fd: Option<i32>,
    /// Write how it ended to standard error as JSON.
    #[arg(long, help_heading = "Profiles and reports")]
    pub json: bool,
    /// Do not tell what a grant opens.
    #[arg(short, long, help_heading = "Profiles and reports")]
    pub quiet: bool,
}

/// Options and a command.
///
/// With no option: the system can be read, without its secrets; the current directory can be read and
/// written; the home directory is empty; there is no network.
#[derive(Clone, Debug, Args)]
#[command(after_help = "\
Example:\n  aril exec make test\n  aril exec --net host --ro ~/.npmrc npm install\n\n\
Exit status: the command's; 128+N when signal N ended it; 124 when its time was over; 125 when the\n\
sandbox could not be set up, 126 when the command cannot be executed, 127 when it is not found.")]
pub struct Command {
    /// The options.
    #[command(flatten)]
    pub options: Options,
    /// The command and its arguments.
    #[arg(
        required = true,
        trailing_var_arg = true,
        num_args = 1..,
        value_names = ["CMD", "ARGS"]
    )]
    pub command: Vec<OsString>,
}
