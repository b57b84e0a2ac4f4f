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
mod builtin;
mod compose;
mod danger;
mod document;
mod environment;
mod error;
mod facts;
mod files;
mod find;
mod host_executed;
mod layer;
mod narrow;
mod remembered;
mod rows;
mod setting;
mod settings;
mod similar;
mod system;
pub mod systemd;

pub use amount::{Limit, Resource, parse_duration, parse_size};
pub use builtin::BUILT_IN;
pub use compose::{Composed, compose, kept_homes};
pub use danger::{of_bus_name as danger_of_bus_name, of_path as danger_of};
pub use document::{Document, KEYS, Key, Shape, Surroundings, Text, parse as parse_profile};
pub use error::ProfileError;
pub use facts::Facts;
pub use files::{Files, HostFiles, Kind};
pub use find::read as read_text;
pub use find::{Found, directories, find, load, narrowed_by_project, parse as parse_found};
pub use host_executed::{Pointer, names_programs, normal, pointer_of};
pub use host_executed::{ROWS as HOST_EXECUTED, Row as HostExecuted, Watched};
pub use rows::Row;
pub use setting::{
    BadValue, Device, Home, Net, PathRule, Reach, Screen, Sourced, Stance, User, is_name,
    parse_bus_name, parse_reach,
};
pub use settings::{Settings, Variable};
