//! Environment variables: what is forced, what is taken away, what passes from the host.
//!
//! Flatpak lets every variable of the host pass that it does not know to be harmful, secrets
//! included. Here those pass that a list names: wide enough for desktops, toolkits, graphics, sound
//! and games, and closed to what nobody has thought of.

mod names;
mod pass;
mod pattern;
mod tables;

pub use pass::{LeftOut, Passed, pass};
pub use pattern::{Pattern, PatternError};
pub use tables::{FORCED, SET_BY_SANDBOX, UNSET};
