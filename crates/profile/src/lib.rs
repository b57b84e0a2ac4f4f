//! Profiles and options of `aril exec`, made into a [`Spec`](aril_sandbox::Spec).
//!
//! ```text
//! profile (TOML) ─┐
//! options ────────┼─► Settings ──► compose ──► Spec
//! ./aril.toml ────┘   each with     the only place
//!                     its origin    that decides
//! ```
#![forbid(unsafe_code)]

mod amount;
mod compose;
mod danger;
mod environment;
mod error;
mod facts;
mod files;
mod host_executed;
mod layer;
mod setting;
mod settings;
mod similar;
mod system;

pub use amount::{Limit, Resource, parse_duration, parse_size};
pub use compose::{Composed, compose, kept_homes};
pub use error::ProfileError;
pub use facts::Facts;
pub use files::{Files, HostFiles, Kind};
pub use host_executed::normal;
pub use host_executed::{ROWS as HOST_EXECUTED, Row as HostExecuted, Watched};
pub use setting::{
    BadValue, Device, Home, Net, PathRule, Reach, Screen, Sourced, User, is_name, parse_bus_name,
    parse_reach,
};
pub use settings::{Settings, Variable};
