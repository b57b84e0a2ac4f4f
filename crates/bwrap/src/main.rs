//! The `bwrap` program.
#![cfg_attr(freestanding, no_main)]

// The library does not know how it is started, so that tests can link it in the usual way.
fn run(start: aril_start::Start) -> u8 {
    aril_bwrap::command(aril_bwrap::Start {
        arguments: start.arguments,
        environment: start.environment,
        is_privileged: start.is_privileged,
    })
}

#[cfg(freestanding)]
aril_start::main!(run);

#[cfg(not(freestanding))]
fn main() -> std::process::ExitCode {
    std::process::ExitCode::from(run(aril_start::Start::from_std()))
}
