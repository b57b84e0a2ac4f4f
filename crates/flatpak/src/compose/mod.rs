//! What an application's sandbox is put together from: each part adds to the tree and the environment.
//!
//! A [`Request`] is what was asked for; [`compose`] finds the application and its runtime, lays the
//! permissions over each other and makes one [`Spec`](aril_sandbox::Spec) of it, each entry with who
//! asked for it. The parts, a file each, do not know of one another.

mod buses;
mod composed;
mod composing;
mod data;
pub mod devices;
mod entries;
mod error;
mod etc;
mod extension_mounts;
mod facts;
pub mod filesystems;
mod filter;
pub mod host_files;
mod info;
mod loader;
mod parent;
mod part;
pub mod persist;
mod request;
mod required;
mod runtime;
mod session;
pub mod sockets;
mod subject;
mod system;
mod variables;

pub use composed::{Composed, Lives, Purpose};
pub use composing::compose;
pub use error::ComposeError;
pub use facts::{Facts, NoHome};
pub use part::{Note, Part, RuntimeLink, Transient};
pub use request::{
    BusChoice, BusRequest, FilesRequest, ParentProcesses, ParentRequest, Request, RunTarget,
    RuntimeChoice, RuntimeRequest, Scope, Variables, Version,
};
