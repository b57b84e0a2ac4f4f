//! Where this user has what.

use crate::beneath::Beneath;
use crate::compose::Facts;
use crate::exports::{HostPlaces, base_dirs, user_dirs};
use crate::permissions::UserDir;
use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};

/// The most that is read of user-dirs.dirs, in bytes.
const MOST: u64 = 64 << 10;

/// Gathers what permissions refer to. `app_directory` is `~/.var/app/ID`, for an application that
/// keeps files, and `installation` the user's installation, which is hidden.
pub fn host_places(
    facts: &Facts,
    app_directory: Option<PathBuf>,
    installation: Option<PathBuf>,
) -> HostPlaces {
    let mut dirs = base_dirs(&facts.home, &facts.environment);
    // The one that is trusted with sockets, or none.
    dirs.remove(&UserDir::Run);
    dirs.extend(facts.runtime_dir.clone().map(|path| (UserDir::Run, path)));
    dirs.extend(configured(facts));
    HostPlaces {
        home: facts.home.clone(),
        user_dirs: dirs,
        root_names: root_names(),
        app_directory,
        previous_app_directories: Vec::new(),
        user_installation: installation,
    }
}

/// The desktop has a place though it is not configured (xdg-user-dirs, `user-dirs.defaults`).
fn configured(facts: &Facts) -> impl Iterator<Item = (UserDir, PathBuf)> {
    let directory = Beneath::open_root(&facts.config_home());
    let text = directory.and_then(|directory| directory.read(Path::new("user-dirs.dirs"), MOST));
    let dirs = user_dirs(&text.unwrap_or_default(), &facts.home);
    [(UserDir::Desktop, facts.home.join("Desktop"))]
        .into_iter()
        .chain(dirs)
}

/// A name that cannot be read is not shared by `host`.
fn root_names() -> Vec<OsString> {
    let names = fs::read_dir("/").into_iter().flatten();
    names
        .filter_map(|entry| Some(entry.ok()?.file_name()))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_of_a_user() {
        let home = tempfile::tempdir().unwrap();
        let config = home.path().join(".config");
        fs::create_dir(&config).unwrap();
        fs::write(config.join("user-dirs.dirs"), "XDG_MUSIC_DIR=\"$HOME/m\"\n").unwrap();
        let variables = [
            ("HOME".into(), home.path().into()),
            ("XDG_RUNTIME_DIR".into(), "/".into()),
        ];
        let facts = Facts::gather((4242, 4242), variables).unwrap();
        let places = host_places(&facts, None, None);
        let expected = [
            (UserDir::Desktop, home.path().join("Desktop")),
            (UserDir::Music, home.path().join("m")),
            (UserDir::Data, home.path().join(".local/share")),
            (UserDir::Cache, home.path().join(".cache")),
            (UserDir::Config, config),
        ];
        assert_eq!(places.user_dirs, expected.into());
        assert!(places.root_names.contains(&"usr".into()));
    }
}
