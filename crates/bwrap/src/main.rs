//! The `bwrap` program.
#![cfg_attr(freestanding, no_main)]

use aril_bwrap::{Start, command};

// The library does not know how it is started, so that tests can link it in the usual way. Nor may an
// ordinary program name `aril_start`: it has a `_start` of its own then.
#[cfg(freestanding)]
fn run(start: aril_start::Start) -> u8 {
    command(Start {
        arguments: start.arguments,
        environment: start.environment,
        is_privileged: start.is_privileged,
    })
}

#[cfg(freestanding)]
aril_start::main!(run);

#[cfg(not(freestanding))]
fn main() -> std::process::ExitCode {
    // The standard library ignores it before this, and the payload would too.
    use aril_sandbox::sys::signal;
    if signal::reset_to_default(signal::SIGPIPE as i32).is_err() {
        return std::process::ExitCode::FAILURE;
    }
    std::process::ExitCode::from(command(Start {
        arguments: std::env::args_os().collect(),
        environment: std::env::vars_os().collect(),
        is_privileged: false,
    }))
}
