//! What an application may do with a path of the host.

use crate::error::RunError;
use aril_flatpak::exports::{HostFacts, HostPlaces, View, base_dirs, user_dirs};
use aril_flatpak::installations::Surroundings;
use aril_flatpak::permissions::{Context, Grant};
use aril_flatpak::refs::Id;
use std::path::Path;
use std::{env, fs};

/// In the words that `flatpak info --file-access` has for it: `hidden`, `read-only`, `read-write`.
pub fn word(context: &Context, places: &HostPlaces, path: &Path) -> Result<&'static str, RunError> {
    let directory = env::current_dir();
    let directory = directory.map_err(|error| RunError::on("find the directory", path, error))?;
    let view = View::decide(context, places, &HostFacts);
    Ok(match view.access(&HostFacts, &directory.join(path)) {
        Grant::Nothing => "hidden",
        Grant::ReadOnly => "read-only",
        Grant::ReadWrite | Grant::Create => "read-write",
    })
}

/// The places that the tokens stand for here.
pub fn places(surroundings: &Surroundings, id: &Id) -> HostPlaces {
    let home = &surroundings.home;
    let mut dirs = base_dirs(home, &surroundings.variables);
    let config = dirs.get(&aril_flatpak::permissions::UserDir::Config);
    let configured = config.and_then(|config| fs::read(config.join("user-dirs.dirs")).ok());
    dirs.extend(user_dirs(&configured.unwrap_or_default(), home));
    let names = fs::read_dir("/").into_iter().flatten().flatten();
    HostPlaces {
        home: home.clone(),
        user_dirs: dirs,
        root_names: names.map(|entry| entry.file_name()).collect(),
        app_directory: Some(home.join(".var/app").join(id.as_str())),
        previous_app_directories: Vec::new(),
        user_installation: Some(surroundings.user_installation().path),
    }
}
