//! The `bwrap` program.
#![cfg_attr(freestanding, no_main)]

use aril_start::Start;

fn run(start: Start) -> u8 {
    aril_bwrap::command(start)
}

#[cfg(freestanding)]
aril_start::main!(run);

#[cfg(not(freestanding))]
fn main() -> std::process::ExitCode {
    std::process::ExitCode::from(run(Start::from_std()))
}
