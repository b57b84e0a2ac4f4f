//! Files of the host that every application sees, in a running sandbox.

mod launched;

use aril_flatpak::beneath::Beneath;
use aril_flatpak::bus::SessionHelper;
use aril_flatpak::compose::filesystems::Missing;
use aril_flatpak::compose::host_files::{HostFiles, part};
use aril_flatpak::compose::{Facts, Part};
use aril_flatpak::exports::View;
use launched::{inside, outside};
use std::ffi::OsString;
use std::fs::{self, File};
use std::os::fd::AsFd;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::{Path, PathBuf};
use tempfile::TempDir;

struct Home {
    _place: TempDir,
    path: PathBuf,
}

impl Home {
    fn new() -> Self {
        let place = tempfile::tempdir().unwrap();
        let path = place.path().canonicalize().unwrap();
        for directory in [".var/app/org.x.Y", ".ssh", ".local/share", "sockets"] {
            fs::create_dir_all(path.join(directory)).unwrap();
        }
        let private = fs::Permissions::from_mode(0o700);
        fs::set_permissions(path.join("sockets"), private).unwrap();
        fs::write(path.join(".ssh/key"), "secret").unwrap();
        Self {
            _place: place,
            path,
        }
    }

    fn part(&self) -> Part {
        let variable = |name: &str, path: PathBuf| (OsString::from(name), path.into_os_string());
        let environment = [
            variable("HOME", self.path.clone()),
            variable("XDG_RUNTIME_DIR", self.path.join("sockets")),
        ];
        let user = (
            rustix::process::geteuid().as_raw(),
            rustix::process::getegid().as_raw(),
        );
        let own = self.path.join(".var/app/org.x.Y");
        let directory = File::open(&own).unwrap();
        part(&HostFiles {
            root: Path::new("/"),
            facts: &Facts::gather(user, environment).unwrap(),
            runtime: &Beneath::open_root(Path::new("/usr")).unwrap(),
            network: true,
            view: &View::default(),
            helper: &SessionHelper::default(),
            app_directory: Some((directory.as_fd(), &own)),
            missing: Missing::Make,
        })
    }
}

#[test]
fn a_program_finds_what_it_needs_and_cannot_change_it() {
    let home = Home::new();
    fs::create_dir(home.path.join(".fonts")).unwrap();
    fs::write(home.path.join(".fonts/own.ttf"), "font").unwrap();
    let part = home.part();
    let same = "cat /etc/resolv.conf /etc/hosts; date -d @0 +%Z";
    assert_eq!(inside(same, &part), outside(same));
    let script = "cat /run/host/container-manager /run/host/user-fonts/own.ttf; echo; \
        grep -c '<remap-dir as-path=' /run/host/font-dirs.xml; ls /run/host/user-fonts-cache; \
        cmp /run/host/os-release /etc/os-release 2>/dev/null || grep -c ^ID= /run/host/os-release";
    let seen = inside(script, &part);
    assert!(
        seen.starts_with("flatpak\nfont\n") && seen.ends_with("\n1\n"),
        "{seen}"
    );
    let written = "for at in $(find /run/host /etc 2>/dev/null); do \
        if test -d $at; then touch $at/new 2>/dev/null && echo $at; \
        else (: >> $at) 2>/dev/null && echo $at; fi; done; true";
    assert_eq!(inside(written, &part), "");
}

/// An application that may write to the user's data leaves a link for the next one.
#[test]
fn a_link_among_the_fonts_brings_nothing_in() {
    let home = Home::new();
    let link = home.path.join(".local/share/fonts");
    symlink(home.path.join(".ssh"), &link).unwrap();
    let read = "cat /run/host/user-fonts/key 2>/dev/null || echo none";
    assert_eq!(inside(read, &home.part()), "none\n");
    // The control: what the link leads to would be read.
    fs::remove_file(&link).unwrap();
    fs::rename(home.path.join(".ssh"), &link).unwrap();
    assert_eq!(inside(read, &home.part()), "secret");
}
