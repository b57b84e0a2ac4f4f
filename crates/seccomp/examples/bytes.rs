//! Writes the filter of a rule set, as `bwrap --seccomp` reads it.
//!
//! `cargo run -p aril-seccomp --example bytes default,multiarch > filter`
//! `bwrap --ro-bind / / --seccomp 3 COMMAND 3< filter`

use std::io::Write;

use aril_seccomp::{Arch, RuleSet, compile};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let words = std::env::args()
        .nth(1)
        .unwrap_or_else(|| "default".to_owned());
    let native = Arch::native().ok_or("this machine's architecture has no tables")?;
    let program = compile(&RuleSet::parse(&words)?.policy(native))?;
    eprintln!("{words}: {} instructions", program.instructions().len());
    std::io::stdout().write_all(&program.to_bytes())?;
    Ok(())
}
