//! Declaring an attack, and finding who falls to it.

use aril_tests::skip::left_out;
use aril_tests::under_test;
use std::path::{Path, PathBuf};

/// Declares an attack. Skipping says why.
macro_rules! escape {
    ($name:ident, $body:block) => {
        #[test]
        fn $name() {
            let name = concat!(module_path!(), "::", stringify!($name));
            aril_tests::skip::report(name, || $body);
        }
    };
}
pub(crate) use escape;

/// The program that must withstand.
pub(crate) fn ours() -> &'static Path {
    under_test::path()
}

/// An original that has the defects which 0.MINOR.PATCH repairs, for the control.
pub(crate) fn original_before(minor: u32, patch: u32) -> Option<PathBuf> {
    let found = under_test::original_before(minor, patch);
    if found.is_none() {
        left_out(
            "a control",
            &format!("no original before 0.{minor}.{patch} is installed"),
        );
    }
    found
}

/// An original of any version: it has defects that no version repairs.
pub(crate) fn original() -> Option<PathBuf> {
    let found = under_test::original();
    if found.is_none() {
        left_out("a control", "no original is installed");
    }
    found
}
