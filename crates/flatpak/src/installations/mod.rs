//! Where flatpak's installations lie, and what is installed in them.
//!
//! Source: flatpak-installation(5), flatpak(1) ("Environment"); contract, section 2.

mod error;
mod overrides;
mod places;
mod resolve;
mod tree;

#[cfg(test)]
mod tests;

pub use error::InstallationError;
pub use places::{Installation, Owner, Surroundings};
pub use resolve::{Installed, Wanted};
pub use tree::{Deployment, Tree};
