//! The directories by which running applications are known: `$XDG_RUNTIME_DIR/.flatpak`.
//!
//! ```text
//! .flatpak/INSTANCE/          .ref  info  pid  bwrapinfo.json  .aril (ours alone)
//! .flatpak/INSTANCE-private/  run-environ
//! .flatpak/APPID/             .ref  xdg-run/  tmp/  dev-shm -> /dev/shm/flatpak-APPID-XXXXXX
//! app/APPID/
//! ```
//!
//! **Locks.** Every instance holds a shared lock on `INSTANCE/.ref` and on `APPID/.ref`; whoever
//! collects what is left of dead ones needs the exclusive lock. They are locks of the open file
//! *description* (`F_OFD_SETLK`, `fcntl(2)`), so they live as long as any process holds the descriptor:
//! the launcher at first, and init inside, which gets it as a sync descriptor
//! ([`Instance::lock_fds`]). They are never given up and taken again, so there is no moment in which a
//! concurrent start could take a living instance for a dead one. Locks of a process
//! (`F_SETLK`), which flatpak takes, and ours exclude each other.
//!
//! **Birth.** An instance is made aside, with its lock held, and appears under its number by one
//! rename, complete. **Death.** [`Instance::release`] removes it; what a killed launcher left is removed
//! by the next [`Instance::allocate`]. Instances without our mark are flatpak's and stay untouched.
mod collect;
mod directory;
mod error;
mod instance;
mod list;
mod per_app;
mod runtime_dir;
#[cfg(test)]
mod tests;

pub use directory::Directory;
pub use error::InstanceError;
pub use instance::Instance;
pub use list::{Maker, Running, running};
pub use per_app::PerApp;
pub use runtime_dir::RuntimeDir;
