//! Entering a sandbox that runs: another program, confined as its payload is.
//!
//! [`Inside::open`] pins the sandbox's first process; [`Plan::enter`](crate::Plan::enter) plans how a program is put beside
//! the payload. Namespaces are joined; what cannot be joined is made anew, from the same spec: seccomp
//! programs, a Landlock domain, capability sets, `no_new_privs`.
//!
//! The payload must not use the moments before the exec, in which the entering process still has what
//! the launcher has:
//! - Its memory is made undumpable before it joins anything, so no process inside can trace it or use
//!   its `/proc/PID/fd`, `exe`, `cwd` and `mem` (CVE-2016-9962).
//! - Every descriptor but the sandbox's and the standard streams is closed before the joins.
//! - It appears in the pid namespace only after it has the sandbox's root and working directory.
//! - A process id can have been given to another process, so a pidfd is opened first, and
//!   everything else is looked up while that shows that the process still lives.
//!
//! Sandboxes of other makers can be entered as well, bubblewrap's for one: the namespaces say all.

mod error;
mod inside;
mod plan;

pub use error::EnterError;
pub use inside::Inside;
