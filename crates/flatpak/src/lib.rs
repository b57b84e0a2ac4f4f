//! Flatpak's files and permissions, read into typed data.
//!
//! Nothing here starts a sandbox. [`instances`] alone writes: the directories by which running
//! sandboxes are known. Bytes become a [`keyfile::KeyFile`]; key files become
//! [`metadata::Metadata`] and layers of [`permissions::Context`], each permission with its origin;
//! installations, deployments and extensions are found on disk; and the effective permissions
//! become decisions: which paths are exposed, which variables pass.
//!
//! The facts come from the published formats (flatpak-metadata(5), flatpak-installation(5),
//! flatpak-run(1), the Desktop Entry Specification, the D-Bus specification) and from observing
//! what released programs read and write; "contract" in these pages means the collection of them
//! in the project's notes.
#![forbid(unsafe_code)]

pub mod beneath;
pub mod bus;
pub mod compose;
pub mod deploy;
pub mod environment;
pub mod exports;
pub mod extensions;
pub mod installations;
pub mod instance_info;
pub mod instances;
pub mod keyfile;
pub mod metadata;
pub mod permissions;
pub mod refs;
mod text;

pub use text::{Shown, is_graphic, plain_words, shown, shown_path};
