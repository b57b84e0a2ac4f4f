//! What the tests of Aril share: starting a `bwrap`, handing it file descriptors, waiting with a
//! deadline, and reading facts from inside the sandbox.
//!
//! A test never trusts an exit status alone: it runs the `probe` program inside and asserts on the
//! [`facts::Facts`] that it reports. The program under test is chosen by the environment, see
//! [`under_test`], so that one and the same test describes the original and ours.

#![forbid(unsafe_code)]

pub mod canary;
pub mod facts;
pub mod fds;
pub mod filter;
pub mod mountinfo;
#[cfg(test)]
mod named;
pub mod random;
pub mod roots;
pub mod run;
pub mod scratch;
pub mod skip;
pub mod status;
pub mod terminal;
pub mod tree;
pub mod under_test;
pub mod wait;

pub use canary::Canary;
pub use facts::Facts;
pub use run::{Bwrap, Finished, Running};
pub use scratch::Scratch;

/// Whether the tests run with the rights of root. Much of the contract differs between the roles.
pub fn is_root() -> bool {
    rustix::process::geteuid().is_root()
}
