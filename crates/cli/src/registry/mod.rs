//! The sandboxes of `aril exec` that run, each with a name: `$XDG_RUNTIME_DIR/aril/NAME`.
//!
//! ```text
//! NAME/  .ref  facts.json  confinement.json  log, log.1 (if it was asked for)
//! ```
//!
//! Whoever lives as long as the sandbox holds a shared lock on `.ref`, a lock of the open file
//! description as with [instances](aril_flatpak::instances): the launcher, and init if it gets
//! [`Registration::lock_fd`]. A name whose lock nobody holds is free.

mod confinement;
mod list;
mod log;
mod name;
mod registration;
mod running;
#[cfg(test)]
mod tests;

pub use confinement::{CONFINEMENT, Confinement};
pub use list::{Named, find, named};
pub use log::{Line, Log, LogReader, Printed};
pub use name::Name;
pub use registration::{Facts, Registration};
pub use running::{By, Sandbox, find as find_running, running};
