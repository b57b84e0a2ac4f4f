//! What became of a sandbox, as an exit status or as words.

use crate::error::{self, RunError};
use aril_sandbox::sys::Errno;
use aril_sandbox::{Failure, LaunchError, Outcome, Plan, Step};

/// The exit status: the payload's, or 128+N when signal N ended it.
pub fn status(plan: &Plan, outcome: &Outcome) -> Result<u8, RunError> {
    match outcome {
        Outcome::Exited(status) => Ok(*status),
        Outcome::Signaled(signal) => Ok(signal.saturating_add(128)),
        Outcome::SetupFailed(failure) => Err(failed(plan, failure)),
    }
}

/// Why it was not launched.
pub fn not_launched(plan: &Plan, error: &LaunchError) -> RunError {
    match error {
        LaunchError::Step(failure) => failed(plan, failure),
        other => RunError::new(other),
    }
}

/// A command that cannot be executed is the caller's mistake, and has a status of its own.
fn failed(plan: &Plan, failure: &Failure) -> RunError {
    let step = plan.steps().get(failure.index).map(|planned| &planned.step);
    let status = match (step, failure.errno) {
        (Some(Step::Execute), Some(Errno::ENOENT)) => error::NOT_FOUND,
        (Some(Step::Execute), Some(_)) => error::CANNOT_EXECUTE,
        _ => error::SETUP,
    };
    RunError::new(failure).with_status(status)
}
