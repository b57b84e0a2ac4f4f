//! System calls that were refused, counted.

use aril_seccomp::Call;
use std::ffi::OsString;

/// One rule's refusals of one system call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Denial {
    /// The first such call: who knows the rules finds the rule by it
    /// ([`Policy::refusal`](aril_seccomp::Policy::refusal)).
    pub call: Call,
    /// What each of them failed with; 0 for calls that seemed to succeed.
    pub errno: u16,
    /// How many there were.
    pub count: u64,
    /// The thread that made the first, in the launcher's pid namespace; 0 if it is not in there.
    pub thread: u32,
    /// That thread's name (`comm` of `proc(5)`); empty if it was gone. The payload chooses it.
    pub command: OsString,
    /// Where in the program the rule is, which tells two rules for one call apart.
    pub(crate) site: usize,
}
