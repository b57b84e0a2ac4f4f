//! A composed sandbox is launched, and waited for.

use crate::error::RunError;
use crate::registry::Confinement;
use crate::untold::Untold;
use crate::{outcome, signals};
use aril_flatpak::compose::Composed;
use aril_flatpak::instances::Instance;
use aril_sandbox::sys::{Errno, Fd, process, signal};
use aril_sandbox::{Event, Hooks, Host, Outcome, Plan, Sandbox};

/// Launches it; what is returned is the exit status.
///
/// Signals go to the payload, which decides; the launcher stays to tell its end.
pub fn launch(mut composed: Composed, host: &Host) -> Result<u8, RunError> {
    let signals = signals::block(&mut composed.spec)?;
    let plan = Plan::new(&composed.spec, host).map_err(RunError::new)?;
    let mut sandbox = start(&plan, &composed)?;
    composed.lives.launched();
    let waited = wait(&mut sandbox, signals)
        .map_err(|errno| RunError::new(format_args!("wait, for the application: {errno}")))?;
    // Init has closed the locks of the instance before it told of the end. Where others are left they
    // are killed first: what is theirs is not taken away under their feet.
    sandbox.leave();
    if let Some(instance) = composed.lives.instance {
        instance.release().map_err(RunError::new)?;
    }
    outcome::status(&plan, &waited)
}

fn wait(sandbox: &mut Sandbox, signals: Fd) -> Result<Outcome, Errno> {
    loop {
        match sandbox.wait_watching(Some(signals))? {
            Event::Ended(outcome) => return Ok(outcome),
            Event::Signal(received) => signals::forward(&received, sandbox, false)?,
        }
    }
}

/// Has this process end with its parent, and so everything inside with both.
pub fn end_with_parent() -> Result<(), RunError> {
    let set = process::set_parent_death_signal(signal::SIGKILL as i32);
    set.map_err(|errno| {
        RunError::new(format_args!(
            "end with the parent, on this process: {errno}"
        ))
    })
}

/// Launches it. What the instance tells is written while the sandbox is built; the application begins
/// after that.
fn start(plan: &Plan, composed: &Composed) -> Result<Sandbox, RunError> {
    let untold = Untold::default();
    let instance = composed.lives.instance.as_ref();
    let launched = plan.launch_with(Hooks {
        meanwhile: &mut || {
            let told = instance.map_or(Ok(()), |instance| tell(instance, composed));
            untold.keep(told)
        },
        announce: &mut |created| {
            let told = instance.map_or(Ok(()), |instance| instance.announce(&created));
            untold.keep(told.map_err(RunError::new))
        },
        signals: None,
    });
    launched.map_err(|error| untold.error(plan, &error))
}

/// Writes what the instance tells, and removes what dead ones have left.
fn tell(instance: &Instance, composed: &Composed) -> Result<(), RunError> {
    let info = composed.lives.info.as_bytes();
    instance.write_info(info).map_err(RunError::new)?;
    // `aril enter` confines who enters in the same way.
    Confinement::of(&composed.spec)?.keep(instance.private())?;
    match instance.collect_dead() {
        // What cannot be removed now is removed by another start.
        Ok(()) | Err(_) => Ok(()),
    }
}
