//! Seccomp programs for rule sets, the usual ones compiled when this was built.
//!
//! To compile a rule set takes a launcher a tenth of a millisecond, most of it to touch tables and code
//! that nothing else needs at a start. Nearly every start has one of the same three sets.
#![forbid(unsafe_code)]

use aril_seccomp::{Arch, CompileError, RuleSet, compile};
use std::error::Error;
use std::fmt::{self, Display, Formatter};

include!("usual.rs");

/// What the build script made of them, in the same order; empty on a machine without rules.
const COMPILED: [&[u8]; USUAL.len()] = [
    include_bytes!(concat!(env!("OUT_DIR"), "/usual-0.bpf")),
    include_bytes!(concat!(env!("OUT_DIR"), "/usual-1.bpf")),
    include_bytes!(concat!(env!("OUT_DIR"), "/usual-2.bpf")),
];

/// Why there is no program.
#[derive(Debug)]
pub enum FilterError {
    /// There are no rules for this machine's architecture.
    Machine,
    /// The rules cannot be compiled.
    Compile(CompileError),
}

impl Error for FilterError {}

impl Display for FilterError {
    fn fmt(&self, out: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Self::Machine => out.write_str("no rules for its architecture"),
            Self::Compile(error) => error.fmt(out),
        }
    }
}

/// The program of a rule set for this machine, as `seccomp(2)` takes it: the same as
/// [`compile`] makes of its policy.
pub fn program(rules: &RuleSet) -> Result<Vec<u8>, FilterError> {
    let is_it = |words: &str| RuleSet::parse(words).is_ok_and(|usual| usual == *rules);
    let mut usual = USUAL.iter().zip(COMPILED);
    match usual.find(|(words, _)| is_it(words)) {
        Some((_, program)) if !program.is_empty() => Ok(program.to_vec()),
        _ => compiled(rules),
    }
}

fn compiled(rules: &RuleSet) -> Result<Vec<u8>, FilterError> {
    let native = Arch::native().ok_or(FilterError::Machine)?;
    let program = compile(&rules.policy(native)).map_err(FilterError::Compile)?;
    Ok(program.to_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_compiled_beforehand_is_what_is_compiled_now() {
        for (words, beforehand) in USUAL.iter().zip(COMPILED) {
            let rules: RuleSet = words.parse().unwrap();
            assert_eq!(compiled(&rules).unwrap(), beforehand, "{words}");
            assert_eq!(program(&rules).unwrap(), beforehand, "{words}");
        }
    }

    #[test]
    fn other_sets_are_compiled() {
        let rules: RuleSet = "default,devel".parse().unwrap();
        assert_eq!(program(&rules).unwrap(), compiled(&rules).unwrap());
        assert!(!COMPILED.contains(&&*program(&rules).unwrap()));
    }
}
