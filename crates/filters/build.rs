//! Compiles the usual rule sets for the machine that the program is for.

use aril_seccomp::{Arch, RuleSet, compile};
use std::error::Error;
use std::path::PathBuf;
use std::{env, fs};

include!("src/usual.rs");

fn main() -> Result<(), Box<dyn Error>> {
    println!("cargo:rerun-if-changed=src/usual.rs");
    let arch = match env::var("CARGO_CFG_TARGET_ARCH").as_deref() {
        Ok("x86_64") => Some(Arch::X86_64),
        Ok("aarch64") => Some(Arch::Aarch64),
        _ => None,
    };
    let out = PathBuf::from(env::var_os("OUT_DIR").ok_or("no OUT_DIR")?);
    for (index, words) in USUAL.iter().enumerate() {
        let rules: RuleSet = words.parse()?;
        // Without rules for a machine there is nothing to compile beforehand, and the launch is refused.
        let program = arch.map(|arch| compile(&rules.policy(arch))).transpose()?;
        let bytes = program.map_or_else(Vec::new, |program| program.to_bytes());
        fs::write(out.join(format!("usual-{index}.bpf")), bytes)?;
    }
    Ok(())
}
