//! `aril kill`: ends everything in a sandbox.

use crate::error::RunError;
use crate::registry::{find_running, running};
use aril_flatpak::instances::RuntimeDir;
use aril_sandbox::enter::Inside;
use aril_sandbox::sys::process::{self, Poll};
use aril_sandbox::sys::{Errno, signal};
use clap::Args;

/// The words of `aril kill`.
#[derive(Clone, Debug, Args)]
#[command(after_help = "\
When it returns, no process of the sandbox is left.\n\n\
Example:\n  aril kill org.example.App")]
pub struct Words {
    /// End every sandbox that runs.
    #[arg(long, conflicts_with = "sandboxes")]
    pub all: bool,
    /// Names, instances' numbers, process ids or applications.
    #[arg(required_unless_present = "all", value_name = "SANDBOX")]
    pub sandboxes: Vec<String>,
}

/// Ends them; what is returned is the exit status.
pub fn run(words: &Words) -> Result<u8, RunError> {
    let runtime = RuntimeDir::from_environment().map_err(RunError::new)?;
    if words.all {
        let begun = running(&runtime)?.into_iter();
        for sandbox in begun.filter(|sandbox| sandbox.child_pid.is_some()) {
            // One that ends by itself meanwhile is what was asked for.
            match sandbox.inside() {
                Ok(inside) => end(&sandbox.name, &inside)?,
                Err(_) => continue,
            }
        }
        return Ok(0);
    }
    for word in &words.sandboxes {
        let sandbox = find_running(&runtime, word)?;
        end(&sandbox.name, &sandbox.inside()?)?;
    }
    Ok(0)
}

/// Kills the first process and waits for its end: the kernel lets process 1 of a pid namespace end only
/// after all others (`pid_namespaces(7)`).
fn end(name: &str, inside: &Inside) -> Result<(), RunError> {
    let failed = |errno| RunError::new(format_args!("end the sandbox, on {name}: {errno}"));
    match process::send_signal(inside.pidfd(), signal::SIGKILL as i32) {
        Ok(()) | Err(Errno::ESRCH) => (),
        Err(errno) => return Err(failed(errno)),
    }
    process::poll(&mut [Poll::readable(Some(inside.pidfd()))], true).map_err(failed)
}
