//! The two roots in which tests run their payloads, for any program.

use crate::{Bwrap, under_test};
use std::fs;
use std::path::Path;

/// The host's root, read-only: every target must exist in it.
pub fn host(program: &Path) -> Bwrap {
    Bwrap::of(program).args(["--ro-bind", "/", "/"])
}

/// An empty root with only the system's programs and the probe at `/probe`.
pub fn bare(program: &Path) -> Bwrap {
    Bwrap::of(program)
        .args(system())
        .args(["--ro-bind", under_test::probe(), "/probe"])
        .probe_at("/probe")
}

/// Arguments that bring in the system's programs and libraries.
pub fn system() -> Vec<String> {
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
