//! A composed sandbox is launched, and waited for.

use crate::error::{self, RunError};
use crate::registry::Confinement;
use aril_flatpak::compose::Composed;
use aril_flatpak::instances::Instance;
use aril_sandbox::sys::{Errno, process, signal};
use aril_sandbox::{Failure, Host, LaunchError, Outcome, Plan, Sandbox, Step};

/// Launches it; what is returned is the exit status.
///
/// A key that interrupts goes to the payload, which decides; the launcher stays to tell its end.
pub fn launch(mut composed: Composed, host: &Host) -> Result<u8, RunError> {
    let refuse = |errno| RunError::new(format_args!("block signals, on the launcher: {errno}"));
    let keys = signal::Set::of(&[signal::SIGINT as i32, signal::SIGQUIT as i32]);
    let before = signal::set_mask(keys).map_err(refuse)?;
    signal::set_mask(signal::Set(before.0 | keys.0)).map_err(refuse)?;
    composed.spec.program.blocked_signals = Some(before.0);
    if let Some(instance) = &composed.lives.instance {
        // `aril enter` confines who enters in the same way.
        Confinement::of(&composed.spec)?.keep(instance.private())?;
    }
    let plan = Plan::new(&composed.spec, host).map_err(RunError::new)?;
    let mut sandbox = start(&plan, composed.lives.instance.as_ref())?;
    composed.lives.launched();
    let outcome = sandbox
        .wait()
        .map_err(|errno| RunError::new(format_args!("wait, for the application: {errno}")))?;
    // Init holds the locks of the instance until it has ended, which is after the payload.
    drop(sandbox);
    if let Some(instance) = composed.lives.instance {
        instance.release().map_err(RunError::new)?;
    }
    match outcome {
        Outcome::Exited(status) => Ok(status),
        Outcome::Signaled(signal) => Ok(signal.saturating_add(128)),
        Outcome::SetupFailed(failure) => Err(of_failure(&plan, &failure)),
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

/// The instance tells of the first process while that waits.
fn start(plan: &Plan, instance: Option<&Instance>) -> Result<Sandbox, RunError> {
    let mut untold = None;
    let launched = plan.launch_announced(&mut |created| {
        let told = instance.map_or(Ok(()), |instance| instance.announce(&created));
        told.map_err(|error| {
            untold = Some(RunError::new(error));
            LaunchError::Interrupted
        })
    });
    launched.map_err(|error| match (untold, error) {
        (Some(untold), _) => untold,
        (None, LaunchError::Step(failure)) => of_failure(plan, &failure),
        (None, other) => RunError::new(other),
    })
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
