//! `aril exec`: any command in a sandbox.

pub mod launch;
pub mod settings;
pub mod words;

pub use words::{Command, Options};
