//! The `bwrap` program.
#![forbid(unsafe_code)]

use aril_bwrap::{Start, command};
use std::process::ExitCode;

fn main() -> ExitCode {
    let start = Start {
        arguments: std::env::args_os().collect(),
        environment: std::env::vars_os().collect(),
        is_privileged: false,
    };
    ExitCode::from(command(start))
}
