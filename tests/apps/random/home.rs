//! What the user has: directories that say their names, files, links, sockets; and what was drawn.

use super::sample::Sample;
use crate::case::Case;
use crate::fixture::SMALL;
use std::fs;
use std::os::unix::fs::symlink;
use std::os::unix::net::UnixListener;
use std::path::Path;

const DIRECTORIES: &[&str] = &[
    "home/shared/deep/er",
    "home/readonly",
    "home/Documents/sub",
    "home/.config/other",
    "home/with space",
    "home/back\\slash",
    "home/co:lon",
    "home/.local/share/x",
    "home/.local/share/flatpak",
    "home/.cache/y",
    "home/.cache/flatpak/system-cache",
    "home/.var/app/org.other.App",
    "home/Pictures",
    "elsewhere/in",
    "run/thing",
];

const LINKS: &[(&str, &str)] = &[
    ("home/link", "shared/deep"),
    ("home/link-out", "../elsewhere"),
    ("home/dangling", "not/there"),
    ("home/link-up", "shared/../"),
    ("way", "elsewhere"),
];

const SOCKETS: &[&str] = &["run/agent", "run/pcscd", "run/cups", "run/pulse/native"];

/// Makes it all, in the way of one that nobody has used.
pub(super) fn furnish(case: &Case, sample: &Sample) {
    let place = case.place();
    for name in DIRECTORIES {
        let path = place.join(name);
        fs::create_dir_all(&path).expect("make a directory");
    }
    mark(place, place);
    for (name, to) in LINKS {
        symlink(to, place.join(name)).expect("make a link");
    }
    fs::create_dir(place.join("run/pulse")).expect("make a directory");
    for name in SOCKETS {
        // The name of it stays when nobody listens any more.
        drop(UnixListener::bind(place.join(name)).expect("make a socket"));
    }
    for name in ["home/a-file", "run/file"] {
        fs::write(place.join(name), name).expect("write a file");
    }
    fs::write(place.join("xauthority"), cookie()).expect("write a file");
    let text = "XDG_DOCUMENTS_DIR=\"$HOME/Documents\"\nXDG_PICTURES_DIR=\"$HOME/Pictures\"\n\
                XDG_DESKTOP_DIR=\"$HOME\"\nXDG_MUSIC_DIR=\"$HOME/Music\"\n";
    fs::write(place.join("home/.config/user-dirs.dirs"), text).expect("write a file");
    lay(case, sample);
    extensions(case);
}

/// Directories for extensions, and two extensions that no flatpak manages.
fn extensions(case: &Case) {
    let files = case.deployment(&format!("app/{SMALL}")).join("files");
    for name in ["plug0", "plug1", "plug2"] {
        fs::create_dir(files.join(name)).expect("make a directory");
    }
    let all = case.installation().join("extension");
    for name in ["org.local.Theme.Adwaita", "org.local.Theme.Other"] {
        let one = all
            .join(name)
            .join(std::env::consts::ARCH)
            .join(crate::fixture::BRANCH);
        for directory in ["share/things", "lib"] {
            fs::create_dir_all(one.join(directory)).expect("make a directory");
        }
        fs::write(one.join("share/things/both"), name).expect("write a file");
        fs::write(one.join("share/things").join(name), name).expect("write a file");
    }
}

/// A key for the display `:0` of this machine, as xauth(1) writes it.
fn cookie() -> Vec<u8> {
    let name = rustix::system::uname();
    let fields: [&[u8]; 4] = [
        name.nodename().to_bytes(),
        b"0",
        b"MIT-MAGIC-COOKIE-1",
        &[7; 16],
    ];
    let mut bytes = 256u16.to_be_bytes().to_vec();
    for field in fields {
        let length = u16::try_from(field.len()).expect("a short field");
        bytes.extend(length.to_be_bytes());
        bytes.extend(field);
    }
    bytes
}

/// Each directory has a file with its name.
fn mark(directory: &Path, place: &Path) {
    for name in ["home", "elsewhere", "run"] {
        let path = directory.join(name);
        if directory == place && path.is_dir() {
            mark_below(&path, place);
        }
    }
}

fn mark_below(directory: &Path, place: &Path) {
    let name = directory.strip_prefix(place).expect("below it");
    let name = name.to_str().expect("text");
    fs::write(directory.join(".mark"), name).expect("write a file");
    for entry in fs::read_dir(directory).expect("list a directory") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            mark_below(&path, place);
        }
    }
}

/// The metadata and the overrides.
fn lay(case: &Case, sample: &Sample) {
    let metadata = case.deployment(&format!("app/{SMALL}")).join("metadata");
    // It is a hard link to the one of all cases.
    fs::remove_file(&metadata).expect("remove the metadata");
    fs::write(metadata, case.here(&sample.metadata)).expect("write the metadata");
    let [for_all, for_one, for_all_of_user, for_one_of_user] = &sample.overrides;
    for (directory, rows) in [
        (case.system(), [("global", for_all), (SMALL, for_one)]),
        (
            case.installation(),
            [("global", for_all_of_user), (SMALL, for_one_of_user)],
        ),
    ] {
        let overrides = directory.join("overrides");
        fs::create_dir_all(&overrides).expect("make a directory");
        for (name, text) in rows.into_iter().filter(|(_, text)| !text.is_empty()) {
            fs::write(overrides.join(name), case.here(text)).expect("write overrides");
        }
    }
}
