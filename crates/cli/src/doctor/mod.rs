//! `aril doctor`: what this host allows, what that means, and what mends it.
//!
//! Facts are gathered once ([`gather()`], which also starts sandboxes that do nothing), findings are
//! decided from them without a system call ([`judge`]), and shown.

pub mod facts;
pub mod finding;
mod gather;
pub mod judge;
mod places;
pub mod remedies;
mod trials;

pub use gather::gather;
