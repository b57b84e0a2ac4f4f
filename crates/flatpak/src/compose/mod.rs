//! What an application's sandbox is put together from: each part adds to the tree and the environment.

mod facts;
pub mod filesystems;
mod part;

pub use facts::{Facts, NoHome};
pub use part::{Note, Part};
