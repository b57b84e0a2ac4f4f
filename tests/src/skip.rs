//! Skipping a test, never silently: the reason goes to standard error past the harness's capture.
//!
//! With `ARIL_FAIL_ON_SKIP=1` a skip fails the run, for machines which must be able to run all.

use std::io::Write;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};

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

/// Runs a test's body; a skip is said aloud, and fails the test where skips are failures.
pub fn report(name: &str, body: impl FnOnce()) {
    if let Err(panic) = catch_unwind(AssertUnwindSafe(body)) {
        match panic.downcast::<Skipped>() {
            Ok(skipped) => say(&format!("skipped {name}: {}", skipped.reason)),
            Err(panic) => resume_unwind(panic),
        }
    }
}

/// Says that this machine cannot run a part of a test, and goes on with the rest.
pub fn left_out(part: &str, reason: &str) {
    say(&format!("left out {part}: {reason}"));
}

fn say(line: &str) {
    assert!(!is_failure(), "{line}");
    // Not eprintln: the harness would swallow it.
    std::io::stderr()
        .write_all(format!("{line}\n").as_bytes())
        .expect("write to standard error");
}
