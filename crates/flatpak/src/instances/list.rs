//! Which applications run, ours and flatpak's.

use super::collect::{LONGEST_INFO, is_number};
use super::directory::Directory;
use super::instance::OURS;
use super::{InstanceError, RuntimeDir};
use crate::keyfile::KeyFile;
use aril_sandbox::sys;
use rustix::fs::{AtFlags, statat};
use std::collections::BTreeMap;
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
    /// The inode numbers of its namespaces, by their names in `/proc/PID/ns`: with the process id they
    /// tell whether the process still is that one.
    pub namespaces: BTreeMap<String, u64>,
    /// Its features, of those that change which system calls it may use.
    pub features: Vec<String>,
    /// When it appeared, in seconds since 1970.
    pub started: Option<u64>,
}

impl Running {
    /// Its private directory, which nothing inside can reach; ours have one.
    pub fn private(&self, runtime: &RuntimeDir) -> Result<Directory, InstanceError> {
        let name = format!("{}-private", self.instance);
        let path = runtime.root().path().join(".flatpak").join(&name);
        let opened = runtime.root().open(OsStr::new(".flatpak"));
        let opened = opened.and_then(|instances| instances.open(OsStr::new(&name)));
        opened.map_err(InstanceError::on(
            "open the instance's private files",
            &path,
        ))
    }
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
    let first: serde_json::Map<String, serde_json::Value> = read("bwrapinfo.json")
        .and_then(|bytes| serde_json::from_slice(&bytes).ok())
        .unwrap_or_default();
    let child = first.get("child-pid").and_then(serde_json::Value::as_i64);
    let namespaces = first.iter().filter_map(|(name, id)| {
        let name = name.strip_suffix("-namespace")?;
        Some((name.to_owned(), id.as_u64()?))
    });
    let features = info.as_ref().map(features).unwrap_or_default();
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
        namespaces: namespaces.collect(),
        features,
        started: started(&directory),
    })
}

/// `devel` may come from the run as well.
fn features(info: &KeyFile) -> Vec<String> {
    let listed = info.list("Context", "features").ok().flatten();
    let mut features = listed.unwrap_or_default();
    let devel = info.string("Instance", "devel").ok().flatten();
    if devel.as_deref() == Some("true") && !features.iter().any(|feature| feature == "devel") {
        features.push("devel".to_owned());
    }
    features
}

fn started(directory: &Directory) -> Option<u64> {
    let status = statat(directory, super::per_app::REF, AtFlags::SYMLINK_NOFOLLOW).ok()?;
    u64::try_from(status.st_mtime).ok()
}

/// Whether somebody has a lock on `.ref`.
fn is_held(directory: &Directory) -> bool {
    let Ok(lock) = directory.open_file(OsStr::new(super::per_app::REF)) else {
        return false;
    };
    sys::file::is_locked((&lock).into()).unwrap_or(true)
}
