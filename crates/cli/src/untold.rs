//! What goes wrong beside a launch and is not the launch's.

use crate::error::RunError;
use crate::outcome;
use aril_sandbox::{LaunchError, Plan};
use std::cell::RefCell;

/// An error of the program's own that has ended a launch.
#[derive(Debug, Default)]
pub struct Untold(RefCell<Option<RunError>>);

impl Untold {
    /// Has a launch end if this has failed, and keeps why.
    pub fn keep(&self, done: Result<(), RunError>) -> Result<(), LaunchError> {
        done.map_err(|error| {
            self.0.replace(Some(error));
            LaunchError::Interrupted
        })
    }

    /// Why the launch has ended: what was kept, or else the launch's own reason.
    pub fn error(self, plan: &Plan, error: &LaunchError) -> RunError {
        let own = self.0.into_inner();
        own.unwrap_or_else(|| outcome::not_launched(plan, error))
    }
}
