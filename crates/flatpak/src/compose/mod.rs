//! What an application's sandbox is put together from: each part adds to the tree and the environment.

pub mod filesystems;
mod part;

pub use part::{Note, Part};
