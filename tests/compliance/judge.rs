//! The verdict on a test: passed, failed, failed as listed, or skipped with a reason.

use crate::differences;
use aril_tests::skip::{self, Skipped};
use aril_tests::under_test;
use std::io::Write;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};

/// Declares a test whose result is judged against the table of known differences.
macro_rules! compliance {
    ($(#[$meta:meta])* $name:ident, $body:block) => {
        $(#[$meta])*
        #[test]
        fn $name() {
            let path = concat!(module_path!(), "::", stringify!($name));
            crate::judge::judge(path, || $body);
        }
    };
}
pub(crate) use compliance;

/// The original beside which the program under test is run.
pub(crate) fn skip_without_original() -> std::path::PathBuf {
    match under_test::original() {
        Some(original) => original,
        None => skip::skip("no original is installed"),
    }
}

/// Runs a test's body; a test that is listed for the program under test must fail.
pub(crate) fn judge(path: &str, body: impl FnOnce()) {
    let name = path.split_once("::").map_or(path, |(_, name)| name);
    let reason = differences::reason(name, under_test::program());
    let result = catch_unwind(AssertUnwindSafe(body));
    match (result, reason) {
        (Ok(()), None) => {}
        (Ok(()), Some(reason)) => panic!("{name} passes, but is listed to fail: {reason}"),
        (Err(panic), reason) => match panic.downcast::<Skipped>() {
            Ok(skipped) => report_skip(name, &skipped.reason),
            Err(_) if reason.is_some() => {}
            Err(panic) => resume_unwind(panic),
        },
    }
}

fn report_skip(name: &str, reason: &str) {
    assert!(!skip::is_failure(), "{name} was skipped: {reason}");
    // Not eprintln: the harness would swallow it.
    let line = format!("skipped {name}: {reason}\n");
    std::io::stderr()
        .write_all(line.as_bytes())
        .expect("write to standard error");
}
