//! System-call rules to seccomp BPF.
//!
//! The way of the data is *parse, decide, do*, and this crate stops before the doing:
//! a [`RuleSet`] is parsed from words such as `default,multiarch,-io_uring`; it becomes a
//! [`Policy`], an ordered list of [`Rule`]s for each ABI; [`compile`] turns that into a
//! [`Program`] of classic BPF; whoever launches the payload gives its bytes to seccomp(2).
//!
//! [`simulate`] runs a program without a kernel, and [`Policy::decide`] answers from the rules
//! themselves and names the rule that decided. The tests hold the three answers (rules, our
//! program, the program of libseccomp) against each other.
#![forbid(unsafe_code)]

mod action;
mod arch;
mod compile;
mod condition;
mod error;
mod newer;
mod numbers;
mod observe;
mod opcode;
mod policy;
mod program;
mod refusal;
mod set;
mod simulate;

pub use action::Action;
pub use arch::Arch;
pub use compile::compile;
pub use condition::{Arg, Compare, Condition};
pub use error::{CompileError, ProgramError, RuleSetError};
pub use policy::{ArchRules, Decision, Policy, Rule, Syscall};
pub use program::{Instruction, MAX_INSTRUCTIONS, Program};
pub use refusal::Refusal;
pub use set::{Group, RuleSet, groups};
pub use simulate::{Call, Judgement, judge, possible_actions, simulate};
