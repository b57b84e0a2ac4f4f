//! Skipping a test, never silently: the reason goes to standard error past the harness's capture.
//!
//! With `ARIL_FAIL_ON_SKIP=1` a skip fails the run, for machines which must be able to run all.

use std::panic::resume_unwind;

/// What unwinds out of a skipped test.
#[derive(Debug)]
pub struct Skipped {
    /// Why this machine cannot run the test.
    pub reason: String,
}

/// Leaves the test now because this machine cannot run it.
pub fn skip(reason: impl Into<String>) -> ! {
    resume_unwind(Box::new(Skipped {
        reason: reason.into(),
    }))
}

/// Whether a skip is a failure.
pub fn is_failure() -> bool {
    std::env::var_os("ARIL_FAIL_ON_SKIP").is_some_and(|value| value == "1")
}
