//! The directories of an instance, and those that all instances of an application share
//! (contract, 1.5).

use super::entries::{bind_fd, from_origin, tmpfs};
use super::error::ComposeError;
use super::facts::Facts;
use super::filesystems::WritableDirectory;
use super::system;
use crate::instances::{Directory, Instance, RuntimeDir};
use crate::refs::Id;
use aril_sandbox::{Access, Entry};
use rustix::io::fcntl_dupfd_cloexec;
use std::os::fd::{AsFd, AsRawFd};
use std::path::{Path, PathBuf};

/// The most that the directory of sockets can hold, where it is in memory.
const RUNTIME_SIZE: u64 = 64 << 20;

/// Makes an instance.
pub(crate) fn allocate(facts: &Facts, id: &Id) -> Result<Instance, ComposeError> {
    Ok(Instance::allocate(&runtime_dir(facts)?, id)?)
}

/// The directory in which instances are.
pub(crate) fn runtime_dir(facts: &Facts) -> Result<RuntimeDir, ComposeError> {
    let named = facts.variable("XDG_RUNTIME_DIR");
    Ok(RuntimeDir::open(named, &facts.cache_home())?)
}

/// What shows of them. Without an instance, and for one that keeps nothing, `/tmp` and the directory
/// of sockets are in memory.
pub(crate) fn tree(
    instance: Option<&Instance>,
    sandboxed: bool,
    (facts, id): (&Facts, &Id),
) -> Vec<Entry> {
    let mut tree = Vec::new();
    match instance.filter(|_| !sandboxed) {
        Some(instance) => {
            let per_app = instance.per_app();
            tree.push(writable(&per_app.tmp, "/tmp"));
            tree.push(writable(&per_app.xdg_run, facts.runtime_dir_inside()));
            let target = format!("/run/flatpak/app/{id}");
            tree.push(writable(&per_app.app, target));
        }
        None => {
            tree.push(system::temporary("/tmp"));
            let target = facts.runtime_dir_inside();
            tree.push(tmpfs(target, RUNTIME_SIZE, 0o700));
        }
    }
    tree.push(tmpfs("/tmp/.X11-unix", RUNTIME_SIZE, 0o1777));
    if let Some(instance) = instance {
        let target = format!("/run/flatpak/.flatpak/{}", instance.id());
        let fd = instance.directory().as_fd().as_raw_fd();
        tree.push(bind_fd(fd, target, Access::ReadOnly));
        let lock = instance.per_app().directory.path().join(".ref");
        let target = "/run/flatpak/per-app-dirs-ref";
        tree.push(Entry::bind(lock, target, Access::ReadOnly));
    }
    from_origin(tree, "every application")
}

fn writable(directory: &Directory, target: impl Into<PathBuf>) -> Entry {
    bind_fd(directory.as_fd().as_raw_fd(), target, Access::ReadWrite)
}

/// The directories of the host that the application can write, with where they show.
pub(crate) fn writable_directories(
    instance: &Instance,
    facts: &Facts,
) -> Result<Vec<WritableDirectory>, ComposeError> {
    let per_app = instance.per_app();
    let rows = [
        (&per_app.tmp, PathBuf::from("/tmp")),
        (&per_app.xdg_run, facts.runtime_dir_inside()),
    ];
    let rows = rows.map(|(directory, at)| {
        let fd = fcntl_dupfd_cloexec(directory, 3);
        let fd = fd.map_err(ComposeError::on("keep a directory open", directory.path()))?;
        Ok(WritableDirectory { at, fd })
    });
    rows.into_iter().collect()
}

/// The socket directory of X11 needs a place in a `/tmp` of the host.
pub(crate) fn make_places(instance: &Instance) -> Result<(), ComposeError> {
    let tmp = &instance.per_app().tmp;
    let made = super::filesystems::mount_point::directories(tmp.as_fd(), Path::new(".X11-unix"));
    made.map(drop).map_err(ComposeError::on(
        "make a directory",
        &tmp.path().join(".X11-unix"),
    ))
}
