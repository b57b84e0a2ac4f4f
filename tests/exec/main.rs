//! Attacks on the default confinement of `aril exec`, each with a control that succeeds.
//!
//! An attack runs inside, with no option, and reports what it reached; the control is the same attack
//! outside, or with the option that lifts the protection. Files of the host are compared afterwards.
#![forbid(unsafe_code)]

mod bus;
mod files;
mod host_executed;
mod kernel;
mod lifetime;
mod limits;
mod ownership;
mod peers;
mod place;
mod sockets;
mod terminal;
