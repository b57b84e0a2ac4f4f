//! The command line.

use clap::{Args, Parser, Subcommand};
use std::ffi::{OsStr, OsString};
use std::path::Path;

/// Runs applications in a sandbox, as an ordinary user.
#[derive(Debug, Parser)]
#[command(name = "aril", version, arg_required_else_help = true)]
pub struct Words {
    /// What is to be done.
    #[command(subcommand)]
    pub command: Command,
}

/// The commands.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Run the application in a folder.
    Run(Run),
    /// Print what a command would do, step by step, and do nothing.
    Explain {
        /// The command.
        #[command(subcommand)]
        what: Explained,
    },
}

/// What can be explained.
#[derive(Debug, Subcommand)]
pub enum Explained {
    /// The steps of `aril run`.
    Run(Run),
}

/// The words of `aril run`.
///
/// The folder and the arguments are one list, so that an option behind the folder is the application's.
#[derive(Clone, Debug, Args)]
#[command(after_help = "\
The folder holds `metadata`, a key file, and `files`, which the application sees as /app.\n\
Exit status: the application's; 128+N when signal N ended it; 125 when the sandbox could not be set up,\n\
126 when the command cannot be executed, 127 when it is not found.")]
pub struct Run {
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

impl Run {
    /// The folder of the application.
    pub fn folder(&self) -> &Path {
        Path::new(self.words.first().map_or(OsStr::new(""), |word| word))
    }

    /// The arguments of its command.
    pub fn arguments(&self) -> &[OsString] {
        self.words.get(1..).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn run(words: &[&str]) -> Run {
        match Words::try_parse_from(words).unwrap().command {
            Command::Run(run) => run,
            Command::Explain { .. } => panic!("not run"),
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
        assert!(Words::try_parse_from(["aril", "run"]).is_err());
        assert!(Words::try_parse_from(["aril", "run", "--no-such", "d"]).is_err());
    }
}
