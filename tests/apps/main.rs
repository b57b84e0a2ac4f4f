//! Installed applications: `aril run` beside the real `flatpak run`, with the same installation.
//!
//! The runtime and the applications are made with flatpak's own tools, see [`fixture`]. Everything is
//! skipped, with a word, where flatpak is not installed.

#![forbid(unsafe_code)]

mod case;
mod compare;
mod crowd;
mod fixture;
mod parent;
mod random;
mod replays;
mod window;
