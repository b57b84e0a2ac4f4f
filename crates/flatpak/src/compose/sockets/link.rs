//! Links in the directory of sockets.

use super::super::RuntimeLink;
use aril_sandbox::Entry;
use rustix::fs::{AtFlags, readlinkat, symlinkat, unlinkat};
use rustix::io::Errno;
use std::ffi::OsStr;
use std::os::fd::BorrowedFd;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

/// Names that every application finds in `/run/user/UID`, beside those of granted sockets
/// (contract, 1.2).
const ALWAYS: [&str; 4] = [".flatpak", "app", "doc", "p11-kit"];

/// Puts links into the directory of sockets.
///
/// `directory` is `$XDG_RUNTIME_DIR/.flatpak/ID/xdg-run`, which all instances share and can write:
/// the links are made there, on the host. What the application has put in their place stays, since
/// it may do there what it wants; it only harms itself. Without a directory they are entries below
/// `inside`, a tmpfs.
pub fn runtime_links(
    links: &[RuntimeLink],
    directory: Option<BorrowedFd<'_>>,
    inside: &Path,
) -> Vec<Entry> {
    let always = ALWAYS.map(RuntimeLink::to_run_flatpak);
    let info = RuntimeLink {
        name: "flatpak-info".into(),
        to: PathBuf::from("../../../.flatpak-info"),
    };
    let all = always.iter().chain([&info]).chain(links);
    match directory {
        None => all
            .map(|link| Entry::symlink(&link.to, inside.join(&link.name)))
            .collect(),
        Some(directory) => {
            all.for_each(|link| make(link, directory));
            Vec::new()
        }
    }
}

/// A link to something else is replaced. A failure only means that a library finds nothing.
fn make(link: &RuntimeLink, directory: BorrowedFd<'_>) {
    let name = link.name.as_os_str();
    let is_component = !name.as_bytes().contains(&b'/') && name != OsStr::new("..");
    if !is_component || symlinkat(&link.to, directory, name) != Err(Errno::EXIST) {
        return;
    }
    let there = readlinkat(directory, name, Vec::new());
    let other = there.is_ok_and(|to| to.to_bytes() != link.to.as_os_str().as_bytes());
    if other && unlinkat(directory, name, AtFlags::empty()).is_ok() {
        match symlinkat(&link.to, directory, name) {
            Ok(()) | Err(_) => (),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;
    use std::os::fd::AsFd;

    #[test]
    fn links_are_made_where_there_is_room() {
        let place = tempfile::tempdir().unwrap();
        let path = |name: &str| place.path().join(name);
        std::os::unix::fs::symlink("/old", path("bus")).unwrap();
        fs::create_dir(path("doc")).unwrap();
        let directory = fs::File::open(place.path()).unwrap();
        let links = [
            RuntimeLink::to_run_flatpak("bus"),
            RuntimeLink::to_run_flatpak("../x"),
        ];
        for _ in 0..2 {
            let entries = runtime_links(&links, Some(directory.as_fd()), Path::new("/run/user/1"));
            assert_eq!(entries, []);
            assert_eq!(
                fs::read_link(path("bus")).unwrap(),
                Path::new("../../flatpak/bus")
            );
            let info = fs::read_link(path("flatpak-info")).unwrap();
            assert_eq!(info, Path::new("../../../.flatpak-info"));
            assert!(path("doc").is_dir() && fs::read_link(path("../x")).is_err());
        }
        let entries = runtime_links(&links[..1], None, Path::new("/run/user/1"));
        assert!(entries.contains(&Entry::symlink("../../flatpak/bus", "/run/user/1/bus")));
    }
}
