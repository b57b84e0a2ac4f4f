//! `aril shell`: a shell with the confinement of `aril exec`.

use crate::error::RunError;
use crate::exec::Options;
use clap::Args;
use std::ffi::{OsStr, OsString};
use std::path::{Path, PathBuf};

/// The words of `aril shell`.
#[derive(Clone, Debug, Args)]
#[command(after_help = "Example:\n  aril shell --profile untrusted")]
pub struct Words {
    /// The options.
    #[command(flatten)]
    pub options: Options,
}

/// The shells that are taken, where they are among the system's programs.
const SHELLS: [&str; 6] = ["bash", "zsh", "fish", "ksh", "mksh", "dash"];

/// Runs the shell; what is returned is the exit status.
pub fn run(words: &Words) -> Result<u8, RunError> {
    let shell = shell(std::env::var_os("SHELL"), &Path::exists);
    super::exec::run_command(&words.options, &[shell.into()])
}

/// The user's own, if it is one that is visible inside: an account of a service has `nologin` there. Its
/// start-up files are out of sight in any case.
fn shell(own: Option<OsString>, exists: &dyn Fn(&Path) -> bool) -> PathBuf {
    let own = own.map(PathBuf::from);
    let of_system = ["/bin", "/usr/bin"].map(Path::new);
    let is_shell = |path: &PathBuf| {
        let name = path.file_name().and_then(OsStr::to_str);
        let parent = path.parent();
        parent.is_some_and(|parent| of_system.contains(&parent))
            && name.is_some_and(|name| SHELLS.contains(&name))
            && exists(path)
    };
    let bash = || Some(PathBuf::from("/usr/bin/bash")).filter(is_shell);
    own.filter(is_shell)
        .or_else(bash)
        .unwrap_or_else(|| "/bin/sh".into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_users_own_shell_where_it_is_visible() {
        let all = |_: &Path| true;
        for (own, taken) in [
            (Some("/usr/bin/zsh"), "/usr/bin/zsh"),
            (Some("/bin/fish"), "/bin/fish"),
            (Some("/usr/sbin/nologin"), "/usr/bin/bash"),
            (Some("/usr/bin/false"), "/usr/bin/bash"),
            (Some("/home/u/bin/zsh"), "/usr/bin/bash"),
            (Some("zsh"), "/usr/bin/bash"),
            (None, "/usr/bin/bash"),
        ] {
            assert_eq!(
                shell(own.map(Into::into), &all),
                Path::new(taken),
                "{own:?}"
            );
        }
        assert_eq!(
            shell(Some("/usr/bin/zsh".into()), &|_| false),
            Path::new("/bin/sh")
        );
    }
}
