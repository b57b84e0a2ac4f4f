//! Why a policy refused a call, in words, for reports.

use std::fmt;

use crate::simulate::Call;
use crate::{Arch, Decision, Policy, Rule, set};

/// A call that a policy refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Refusal<'a> {
    /// The ABI that it came through.
    pub arch: Arch,
    /// Its number, with bit 30 for x32.
    pub number: u32,
    /// The rule that spoke; `None` if it was the policy's default.
    pub rule: Option<&'a Rule>,
}

impl Policy {
    /// Finds what refused a call; `None` for one of an ABI that is not known here.
    pub fn refusal(&self, call: &Call) -> Option<Refusal<'_>> {
        let arch = Arch::of_call(call.audit, call.number)?;
        let rule = match self.decide(arch, call.number, &call.args) {
            Decision::Rule(rule) => Some(rule),
            Decision::Default(_) | Decision::MismatchedArch(_) => None,
        };
        let number = call.number;
        Some(Refusal { arch, number, rule })
    }
}

impl Refusal<'_> {
    /// The system call's name, if it has one here.
    pub fn syscall(&self) -> Option<&'static str> {
        self.arch.name(self.number)
    }

    /// The group of the named rule sets that the rule belongs to: `-GROUP` in the words of a
    /// [`RuleSet`](crate::RuleSet) would allow the call.
    pub fn group(&self) -> Option<&'static str> {
        self.rule.and_then(set::group_of)
    }
}

impl fmt::Display for Refusal<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.syscall() {
            Some(name) => f.write_str(name)?,
            None => write!(f, "system call {}", self.number)?,
        }
        if Arch::native() != Some(self.arch) {
            write!(f, " ({})", self.arch)?;
        }
        match self.rule {
            Some(rule) => write!(f, ": {}", rule.reason),
            None => Ok(()),
        }
    }
}
