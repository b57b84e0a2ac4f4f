//! Published vulnerabilities of flatpak that concern running, replayed.
//!
//! Each attack has a control: the same attack where nothing protects, which is Debian 12's flatpak
//! as long as it is open to it, and otherwise a run without the protection.

mod data;
mod display;
mod enter;
mod extensions;
mod kernel;
mod words;

/// Declares an attack. Skipping says why.
macro_rules! replay {
    ($name:ident, $body:block) => {
        #[test]
        fn $name() {
            aril_tests::skip::report(concat!(module_path!(), "::", stringify!($name)), || $body);
        }
    };
}
pub(crate) use replay;

use crate::case::{Case, Runner};
use aril_tests::skip::left_out;
use std::fs;
use std::path::{Path, PathBuf};

/// What a host's file contains that an application wants to read.
pub(crate) const SECRET: &str = "the host's own";

/// Somebody's own directory, with a secret in it.
pub(crate) fn prize(case: &Case) -> PathBuf {
    let path = case.home_dir("prize");
    fs::write(path.join("secret"), SECRET).expect("write a file");
    path
}

/// The names in a directory, in order.
pub(crate) fn names(path: &Path) -> Vec<String> {
    let entries = fs::read_dir(path).expect("list a directory");
    let names = entries.map(|entry| entry.expect("an entry").file_name());
    let mut names: Vec<String> = names
        .map(|name| name.to_string_lossy().into_owned())
        .collect();
    names.sort();
    names
}

/// Runs a script in an application; what it printed.
pub(crate) fn inside(case: &Case, runner: Runner, id: &str, script: &str) -> String {
    let words = ["--command=sh", id, "-c", script];
    case.run(runner, &words).finish().stdout
}

/// Says that flatpak has been repaired: the attack has lost its control.
pub(crate) fn repaired(advisory: &str) {
    left_out(
        "a control",
        &format!("this flatpak is not open to {advisory}"),
    );
}
