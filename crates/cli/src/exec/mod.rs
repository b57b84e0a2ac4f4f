//! `aril exec`: any command in a sandbox.

pub mod beside;
pub mod bus;
pub mod bus_log;
pub mod display;
pub mod doors;
pub mod guard;
pub mod home;
pub mod keeper;
pub mod launch;
pub mod name;
pub mod nested;
pub mod not_found;
pub mod printed;
pub mod settings;
pub mod status;
pub mod words;

pub use words::{Command, Options};
