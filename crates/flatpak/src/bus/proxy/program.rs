//! Where the proxy's program is.

use crate::compose::Facts;
use std::env;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

const NAME: &str = "xdg-dbus-proxy";
const PLACES: [&str; 3] = ["/usr/bin", "/usr/libexec", "/usr/local/bin"];

/// `FLATPAK_DBUSPROXY` as flatpak has it, the usual places, `PATH`.
pub fn find(facts: &Facts) -> Option<PathBuf> {
    let named = facts.path_variable("FLATPAK_DBUSPROXY");
    if named.is_some() {
        return named;
    }
    let path = facts.variable("PATH").map(env::split_paths);
    let usual = PLACES.map(PathBuf::from).into_iter();
    let mut places = usual.chain(path.into_iter().flatten());
    places.find_map(|place| {
        let program = place.join(NAME);
        (place.is_absolute() && is_executable(&program)).then_some(program)
    })
}

fn is_executable(path: &Path) -> bool {
    path.metadata()
        .is_ok_and(|metadata| metadata.is_file() && metadata.permissions().mode() & 0o111 != 0)
}
