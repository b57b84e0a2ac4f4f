//! What an application's sandbox is put together from: each part adds to the tree and the environment.

pub mod devices;
mod facts;
pub mod filesystems;
pub mod host_files;
mod part;
pub mod persist;
pub mod sockets;

pub use facts::{Facts, NoHome};
pub use part::{Note, Part, RuntimeLink, Transient};
