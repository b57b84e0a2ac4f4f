//! The two roots in which tests run their payloads.

use aril_tests::{Bwrap, under_test};
use std::fs;

/// The host's root, read-only: every target must exist in it.
pub(crate) fn host() -> Bwrap {
    Bwrap::new().args(["--ro-bind", "/", "/"])
}

/// An empty root with only the system's programs, the probe at `/probe`, and the host's `/proc`.
pub(crate) fn bare() -> Bwrap {
    bare_without_proc().args(["--ro-bind", "/proc", "/proc"])
}

/// The same without anything at `/proc`.
pub(crate) fn bare_without_proc() -> Bwrap {
    let bwrap = Bwrap::new().args(system());
    bwrap
        .args(["--ro-bind", under_test::probe(), "/probe"])
        .probe_at("/probe")
}

/// Arguments that bring in the system's programs and libraries.
pub(crate) fn system() -> Vec<String> {
    let mut args = vec!["--ro-bind".to_owned(), "/usr".to_owned(), "/usr".to_owned()];
    for name in ["bin", "sbin", "lib", "lib64"] {
        let path = format!("/{name}");
        match fs::read_link(&path) {
            Ok(target) => {
                args.extend(["--symlink".into(), target.to_string_lossy().into(), path]);
            }
            Err(_) => args.extend(["--ro-bind-try".into(), path.clone(), path]),
        }
    }
    args
}
