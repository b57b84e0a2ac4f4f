//! Which paths of the host an application sees, and how.
//!
//! Semantics: contract, 1.12. Nothing is opened here: [`PathFacts`] answers what lies where, and
//! whoever mounts resolves each path again by descriptor.

mod automount;
mod decide;
mod facts;
mod reserved;
mod user_dirs;
mod view;

#[cfg(test)]
mod tests;

pub use facts::{HostFacts, HostPlaces, PathFacts, PathKind};
pub use reserved::Refusal;
pub use user_dirs::{base_dirs, user_dirs};
pub use view::{Exposed, Mirror, Refused, View};

use crate::permissions::Grant;
use std::path::PathBuf;

/// What is at a path in the sandbox; the later one wins when two are said of one path.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Exposure {
    /// A directory that is there, whatever else: nothing is to be done when what is around it shows
    /// ([`View::parent_shows`]) and has it.
    Directory,
    /// What lies there on the host does not show.
    Hidden,
    /// What lies there on the host shows.
    Bound(Grant),
    /// A symbolic link, to a path that is exposed as well.
    Link(PathBuf),
}
