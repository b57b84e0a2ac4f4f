//! Extensions: which of those that are installed belong to an application or runtime, and where
//! they are mounted.
//!
//! Semantics: contract, 1.8; flatpak-metadata(5), `[Extension NAME]`.

mod catalogue;
mod facts;
mod path;
mod resolve;
mod theme;

#[cfg(test)]
mod tests;

pub use catalogue::{Catalogue, Found};
pub use facts::{BY_GTK_THEME, ExtensionFacts, gl_drivers};
pub use path::PathFault;
pub use resolve::{Extensions, Merge, Mounted, Refused, resolve};
pub use theme::gtk_theme;
