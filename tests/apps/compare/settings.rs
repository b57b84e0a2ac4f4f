//! With what the applications are run: permissions, options, and what the user's home directory has.

use super::observation::Setting;
use crate::case::Case;
use crate::fixture::{EXTENDED, MANY, MULTIARCH, SMALL};
use std::fs;

const fn small(options: &'static [&'static str]) -> Setting {
    of(SMALL, options)
}

const fn of(id: &'static str, options: &'static [&'static str]) -> Setting {
    let environment = &[];
    Setting {
        id,
        options,
        environment,
    }
}

/// What is set in somebody's session.
const SESSION: &[(&str, &str)] = &[
    ("LANG", "C.UTF-8"),
    ("LC_TIME", "C"),
    ("TERM", "xterm"),
    ("XDG_CURRENT_DESKTOP", "test"),
    ("XDG_DATA_HOME", "/somewhere/data"),
    ("GTK_THEME", "Adwaita"),
    ("QT_SCALE_FACTOR", "2"),
    ("SDL_VIDEODRIVER", "x11"),
    ("WINEDEBUG", "-all"),
    ("MANGOHUD", "1"),
    ("LD_PRELOAD", "/nothing.so"),
    ("PYTHONPATH", "/nothing"),
    ("TMPDIR", "/somewhere"),
    ("SECRET_TOKEN", "hunter2"),
    ("GITHUB_TOKEN", "hunter2"),
    ("AWS_SECRET_ACCESS_KEY", "hunter2"),
];

/// Each setting, by its name.
pub(crate) const SETTINGS: &[(&str, Setting)] = &[
    ("nothing", small(&[])),
    ("much", of(MANY, &[])),
    ("extensions", of(EXTENDED, &[])),
    ("multiarch", of(MULTIARCH, &[])),
    ("home", small(&["--filesystem=home"])),
    ("home, read-only", small(&["--filesystem=home:ro"])),
    (
        "home with a hole",
        small(&["--filesystem=home", "--nofilesystem=~/shared"]),
    ),
    ("host", small(&["--filesystem=host"])),
    ("host, read-only", small(&["--filesystem=host:ro"])),
    (
        "host-os and host-etc",
        small(&["--filesystem=host-os", "--filesystem=host-etc"]),
    ),
    (
        "directories",
        small(&[
            "--filesystem=~/shared/deep:ro",
            "--filesystem=~/shared",
            "--filesystem=xdg-documents:ro",
            "--filesystem=xdg-config/kept:create",
            "--filesystem=~/link",
            "--filesystem=~/a-file",
        ]),
    ),
    ("its /tmp", small(&["--filesystem=/tmp"])),
    (
        "reserved places",
        small(&[
            "--filesystem=/usr",
            "--filesystem=/etc",
            "--filesystem=/proc",
            "--filesystem=/app/x",
        ]),
    ),
    (
        "persistent",
        small(&["--persist=.old", "--persist=deep/er"]),
    ),
    ("every device", small(&["--device=all"])),
    (
        "devices",
        small(&["--device=dri", "--device=shm", "--device=kvm"]),
    ),
    ("network", small(&["--share=network"])),
    ("ipc", small(&["--share=ipc"])),
    ("developing", small(&["--devel"])),
    (
        "features",
        small(&[
            "--allow=devel",
            "--allow=bluetooth",
            "--allow=canbus",
            "--allow=multiarch",
        ]),
    ),
    (
        "variables",
        small(&[
            "--env=A=b c",
            "--env=PATH=/app/bin:/usr/bin:/x",
            "--unset-env=LANG",
        ]),
    ),
    ("sub-sandbox", small(&["--sandbox"])),
    ("working directory", small(&["--cwd=/app/share"])),
    ("with its parent", small(&["--die-with-parent"])),
    (
        "policies",
        small(&[
            "--add-policy=a.b=c",
            "--talk-name=org.x.Y",
            "--system-talk-name=org.x.Z",
        ]),
    ),
    (
        "a session",
        Setting {
            id: SMALL,
            options: &[],
            environment: SESSION,
        },
    ),
];

/// Furnishes the home directory.
pub(crate) fn furnish(case: &Case) {
    for name in [
        "shared/deep",
        "readonly",
        "Documents",
        ".config/other",
        ".var/app/org.other.App",
    ] {
        case.home_dir(name);
    }
    let home = case.home();
    fs::write(home.join("a-file"), "content").expect("write a file");
    let text = "XDG_DOCUMENTS_DIR=\"$HOME/Documents\"\n";
    fs::write(home.join(".config/user-dirs.dirs"), text).expect("write a file");
    std::os::unix::fs::symlink("shared/deep", home.join("link")).expect("make a link");
}
