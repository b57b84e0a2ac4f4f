//! Every built-in profile runs its real program's real work, and refuses one thing that the same program
//! can do without it.
//!
//! A test makes a home directory with a key and a project in it, runs the work inside, and looks at what
//! was made. What is refused has its control: the same words outside, where they succeed.

mod agent;
mod browser;
mod build;
mod cargo;
mod convert;
mod default;
mod gcc_make;
mod node;
mod place;
mod python;
mod systemd;
mod untrusted;

use aril_tests::skip;
use std::path::{Path, PathBuf};

/// Where a program is; the test is skipped where it is not installed.
fn program(name: &str) -> PathBuf {
    let directories = ["/usr/local/bin", "/usr/bin", "/bin"];
    let paths = directories.map(|directory| Path::new(directory).join(name));
    let found = paths.into_iter().find(|path| path.exists());
    found.unwrap_or_else(|| skip::skip(format!("{name} is not installed")))
}
