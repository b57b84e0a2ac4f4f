//! Rules and policies: plain data, and what they say about one call.

use std::borrow::Cow;
use std::fmt;

use crate::arch::X32_BIT;
use crate::{Action, Arch, Condition};

/// Which system call a rule is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Syscall {
    /// By its name in the kernel's tables; its number depends on the ABI.
    Name(Cow<'static, str>),
    /// By its number in `seccomp_data.nr` (with bit 30 for x32), for calls without a name here.
    Number(u32),
}

/// What happens to one system call when all conditions hold.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rule {
    /// The call.
    pub syscall: Syscall,
    /// All of them must hold; none means always.
    pub conditions: Vec<Condition>,
    /// What then becomes of the call.
    pub action: Action,
    /// Why, for people.
    pub reason: Cow<'static, str>,
}

/// The rules for calls through one ABI. Of the rules for one call, the first whose conditions
/// hold decides.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ArchRules {
    /// The ABI.
    pub arch: Arch,
    /// Order is meaning.
    pub rules: Vec<Rule>,
}

/// Everything that a filter is to decide.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Policy {
    /// For a call of a listed ABI about which no rule speaks.
    pub default: Action,
    /// For a call through an ABI that is not listed.
    pub mismatched_arch: Action,
    /// The ABIs that may be used; the most used first.
    pub arches: Vec<ArchRules>,
}

/// What a policy says about one call, and why.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Decision<'a> {
    /// This rule spoke.
    Rule(&'a Rule),
    /// No rule spoke: the default action.
    Default(Action),
    /// The call came through an ABI that the policy does not list.
    MismatchedArch(Action),
}

impl Decision<'_> {
    /// What becomes of the call.
    pub fn action(&self) -> Action {
        match self {
            Self::Rule(rule) => rule.action,
            Self::Default(action) | Self::MismatchedArch(action) => *action,
        }
    }
}

impl Policy {
    /// Answers from the rules themselves for one call; `number` as in `seccomp_data.nr`.
    ///
    /// The number −1 is no call: it is what a tracer writes to have one skipped, and under
    /// x86_64 it does not count as x32 though bit 30 is set.
    pub fn decide(&self, arch: Arch, number: u32, args: &[u64; 6]) -> Decision<'_> {
        let arch = actual(arch, number);
        let Some(listed) = self.arches.iter().find(|listed| listed.arch == arch) else {
            return Decision::MismatchedArch(self.mismatched_arch);
        };
        let narrow = arch.reads_low_halves(number);
        listed
            .rules
            .iter()
            .filter(|rule| rule.syscall.number(arch) == Some(number))
            .find(|rule| rule.conditions.iter().all(|c| c.holds(args, narrow)))
            .map_or(Decision::Default(self.default), Decision::Rule)
    }
}

/// x86_64 and x32 share an audit value: the number tells which one a call uses.
fn actual(arch: Arch, number: u32) -> Arch {
    match arch {
        Arch::X86_64 | Arch::X32 if number >= X32_BIT && number != u32::MAX => Arch::X32,
        Arch::X86_64 | Arch::X32 => Arch::X86_64,
        other => other,
    }
}

impl Syscall {
    /// The number as it stands in `seccomp_data.nr` for a call through this ABI.
    pub fn number(&self, arch: Arch) -> Option<u32> {
        match self {
            Self::Name(name) => arch.number(name),
            Self::Number(number) => Some(*number),
        }
    }
}

impl fmt::Display for Syscall {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Name(name) => f.write_str(name),
            Self::Number(number) => write!(f, "system call {number}"),
        }
    }
}

impl fmt::Display for Rule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.syscall)?;
        for (place, condition) in self.conditions.iter().enumerate() {
            write!(
                f,
                "{}{condition}",
                if place == 0 { " with " } else { " and " }
            )?;
        }
        write!(f, ": {} ({})", self.action, self.reason)
    }
}
