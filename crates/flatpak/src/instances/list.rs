//! Which applications run, ours and flatpak's.

use super::collect::{LONGEST_INFO, is_number};
use super::directory::Directory;
use super::instance::OURS;
use super::{InstanceError, RuntimeDir};
use crate::keyfile::KeyFile;
use aril_sandbox::sys;
use std::ffi::OsStr;

/// Who started an instance.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Maker {
    /// Aril.
    Aril,
    /// flatpak.
    Flatpak,
}

/// An instance that somebody holds. What its files did not tell is `None`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Running {
    /// Its number.
    pub instance: String,
    /// Who started it.
    pub maker: Maker,
    /// The application, or the runtime that is run itself.
    pub app: Option<String>,
    /// The runtime: `runtime/ID/ARCH/BRANCH`.
    pub runtime: Option<String>,
    /// The architecture.
    pub arch: Option<String>,
    /// The branch.
    pub branch: Option<String>,
    /// The launcher's process id.
    pub pid: Option<i32>,
    /// The first process inside, by the user's process ids.
    pub child_pid: Option<i32>,
}

/// The instances that run, in the order of their numbers.
pub fn running(runtime: &RuntimeDir) -> Result<Vec<Running>, InstanceError> {
    let name = OsStr::new(".flatpak");
    let path = runtime.root().path().join(name);
    let failed = InstanceError::on("list instances", &path);
    let instances = match runtime.root().open(name) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
        other => other.map_err(&failed)?,
    };
    let mut names = instances.names().map_err(&failed)?;
    names.retain(|name| is_number(name));
    names.sort_by_key(|name| (name.len(), name.clone()));
    let found = names.iter().filter_map(|name| look(&instances, name));
    Ok(found.collect())
}

fn look(instances: &Directory, name: &OsStr) -> Option<Running> {
    let directory = instances.open(name).ok()?;
    let maker = if directory.has(OsStr::new(OURS)) {
        Maker::Aril
    } else {
        Maker::Flatpak
    };
    if !is_held(&directory) {
        return None;
    }
    let read = |name: &str| directory.read(OsStr::new(name), LONGEST_INFO).ok();
    let info = read("info").and_then(|bytes| KeyFile::parse(&bytes).ok());
    let said = |group: &str, key: &str| info.as_ref()?.string(group, key).ok()?;
    let child = read("bwrapinfo.json")
        .and_then(|bytes| serde_json::from_slice::<serde_json::Value>(&bytes).ok())
        .and_then(|facts| facts.get("child-pid")?.as_i64());
    let pid = read("pid").and_then(|bytes| String::from_utf8(bytes).ok()?.trim().parse().ok());
    Some(Running {
        instance: name.to_str()?.to_owned(),
        maker,
        app: said("Application", "name").or_else(|| said("Runtime", "name")),
        runtime: said("Application", "runtime"),
        arch: said("Instance", "arch"),
        branch: said("Instance", "branch"),
        pid,
        child_pid: child.and_then(|pid| i32::try_from(pid).ok()),
    })
}

/// Whether somebody has a lock on `.ref`.
fn is_held(directory: &Directory) -> bool {
    let Ok(lock) = directory.open_file(OsStr::new(super::per_app::REF)) else {
        return false;
    };
    sys::file::is_locked((&lock).into()).unwrap_or(true)
}
