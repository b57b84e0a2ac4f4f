//! The sandbox engine of Aril: a declarative [`Spec`] becomes a running, confined process.
//!
//! ```text
//! Spec ─────────► Plan ──────────────► Steps, in the child ─► Outcome
//! what was said    what it means here   system calls            what became of it
//! ```
//!
//! - [`Spec`] is plain data: no system call is made for it, and two of them can be compared.
//! - [`Host`] holds the facts about this kernel and this user, gathered once.
//! - [`Plan::new`] decides everything and gives an ordered list of frozen [`Step`]s. It prints.
//! - [`Plan::launch`] runs the steps in a child that shares the caller's memory until it executes,
//!   so that the cost depends on neither the caller's size nor its threads.
//! - [`Sandbox::wait`] tells the [`Outcome`].
//!
//! # Example
//!
//! A command that sees the system read-only, with no network and no other process in sight:
//!
//! ```
//! use aril_sandbox::{Access, Entry, Host, Outcome, Plan, Spec};
//!
//! let mut spec = Spec::new("/bin/sh");
//! spec.program.args = vec!["-c".into(), "test ! -e /home && exit 7".into()];
//! for directory in ["/usr", "/bin", "/lib", "/lib64"] {
//!     spec.tree.push(Entry::bind(directory, directory, Access::ReadOnly).optional());
//! }
//! spec.tree.push(Entry::proc("/proc"));
//! spec.tree.push(Entry::dev("/dev"));
//!
//! let plan = Plan::new(&spec, &Host::gather()?)?;
//! let mut sandbox = plan.launch()?;
//! assert_eq!(sandbox.wait()?, Outcome::Exited(7));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
#![forbid(unsafe_code)]

mod capability;
mod cgroup;
mod denial;
pub mod enter;
mod escaped;
mod file_access;
mod hints;
mod host;
mod launch;
mod observation;
mod observe;
mod outcome;
pub mod plan;
pub mod spec;

pub use capability::{Capabilities, CapabilityError};
pub use cgroup::{Controller, Delegation};
pub use denial::Denial;
pub use escaped::{Escaped, is_graphic};
pub use file_access::{FileAccess, FileAccessError};
pub use host::{Host, OLDEST_KERNEL};
pub use launch::{Created, Event, Hooks, Instance, Launch, LaunchError, Sandbox};
pub use observation::{Missed, Observation, Wanted};
pub use outcome::{Cause, Ended, Failure, Outcome, Part, Stage};
pub use plan::{Plan, PlanError, PlannedStep, Step};
pub use spec::{Access, Entry, Node, Spec};

/// The system layer, for programs that need a raw call beside the engine.
pub use aril_sys as sys;
