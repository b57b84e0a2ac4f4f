//! The `aril` program.
#![forbid(unsafe_code)]

fn main() -> std::process::ExitCode {
    aril_cli::main(std::env::args_os()).into()
}
