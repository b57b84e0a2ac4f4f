//! `/.flatpak-info`, by which portals know who asks.

use crate::app::App;
use crate::error::RunError;
use crate::permits::Permits;
use aril_flatpak::instance_info::{Flags, InstanceInfo, Origin};
use aril_flatpak::permissions::Facts;
use aril_flatpak::refs::{Arch, Kind};
use std::fs::{self, File};
use std::io::Read;
use std::os::fd::{AsFd, AsRawFd};
use std::path::Path;

/// The version whose format this text has.
const FLATPAK_VERSION: &str = "1.14.10";
/// A folder has no branch, and every instance has one.
const BRANCH: &str = "master";

/// The text. It tells the permissions that are given, not those that are asked for.
pub fn text(app: &App, permits: &Permits, data: &Path) -> Result<Vec<u8>, RunError> {
    let branch = BRANCH.parse();
    let origin = |path: &Path| Origin {
        path: Some(path.to_owned()),
        ..Origin::default()
    };
    let files = fs::read_link(format!("/proc/self/fd/{}", app.files.as_fd().as_raw_fd()));
    let files =
        files.map_err(|error| RunError::on("find the application", app.files.path(), error))?;
    let info = InstanceInfo {
        kind: Kind::App,
        id: app.metadata.id.clone(),
        runtime: None,
        instance_id: instance_id()?,
        instance_path: Some(data.to_owned()),
        app: origin(&files),
        usr: origin(Path::new("/usr")),
        branch: branch.map_err(RunError::new)?,
        arch: Arch::native(),
        flatpak_version: FLATPAK_VERSION.to_owned(),
        flags: Flags::default(),
        extra_args: Vec::new(),
        permissions: permits.given.clone(),
        facts: Facts::default(),
    };
    let file = info.to_key_file().map_err(RunError::new)?;
    Ok(file.to_string().into_bytes())
}

fn instance_id() -> Result<String, RunError> {
    let path = Path::new("/dev/urandom");
    let mut bytes = [0; 4];
    File::open(path)
        .and_then(|mut file| file.read_exact(&mut bytes))
        .map_err(|error| RunError::on("choose an instance id", path, error))?;
    Ok(u32::from_ne_bytes(bytes).to_string())
}
