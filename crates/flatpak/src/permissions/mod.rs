//! Permissions: the grammar, the layers, and what is granted in the end.
//!
//! [`Context::load`] reads a layer from a file and [`options::parse`] reads changes from a command
//! line; [`Layers::effective`] lays them over each other; [`Context::granted`] evaluates conditions.
//! Each permission keeps the [`Origin`] that said it last. [`Context::save`] writes them back.

mod bus;
mod change;
mod condition;
mod context;
mod error;
mod filesystem;
mod kinds;
mod layers;
mod list;
mod load;
mod location;
pub mod options;
mod origin;
mod override_file;
mod persist;
mod policy;
mod save;
mod switch;
mod to_options;
mod usb;

#[cfg(test)]
mod tests;

pub use bus::{Bus, BusAccess, BusName};
pub use change::Change;
pub use condition::{Condition, Facts};
pub use context::{Context, Ignored};
pub use error::{Fault, PermissionError};
pub use filesystem::{FilesystemChange, Grant, ParsedFilesystem, parse as parse_filesystem};
pub use kinds::{Device, Feature, Share, Socket, Word};
pub use layers::{Granted, Layers};
pub use location::{Location, UserDir};
pub use origin::{Layer, Origin, Sourced};
pub use override_file::{OverrideError, OverrideFile};
pub use persist::PersistPath;
pub use policy::{PolicyKey, PolicyValues};
pub use save::{Form, Row};
pub use switch::{Flip, Switch, Switches};
pub use usb::{UsbQuery, UsbRule};
