//! `aril override` beside the real `flatpak override`: the same options make the same file, and each
//! reads what the other wrote.
//!
//! Skipped, with a word, where flatpak is not installed.

use aril_flatpak::keyfile::KeyFile;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

#[path = "../../flatpak/tests/support/mod.rs"]
mod peer;
#[path = "support/mod.rs"]
mod support;

use peer::{as_sets, flatpak};

const ID: &str = "org.x.Y";

/// Lines of options, given one after the other to the same file.
const LINES: &[&[&[&str]]] = &[
    &[&[
        "--share=network",
        "--unshare=ipc",
        "--socket=x11",
        "--nosocket=wayland",
    ]],
    &[
        &[
            "--share=network",
            "--filesystem=home",
            "--env=A=1",
            "--talk-name=org.a.B",
        ],
        &["--unshare=network", "--nofilesystem=home", "--unset-env=A"],
        &["--no-talk-name=org.a.B", "--own-name=org.a.C"],
    ],
    &[
        &[
            "--filesystem=/a\\:b:ro",
            "--filesystem=~/x;y",
            "--nofilesystem=host:reset",
        ],
        &["--filesystem=/a\\:b", "--filesystem=xdg-config/k.d:create"],
    ],
    &[
        &[
            "--env=Q= lead\\back;x\ny",
            "--env=E=",
            "--persist=.cfg",
            "--persist=x",
        ],
        &["--unset-env=Q", "--env=E=2"],
    ],
    &[
        &[
            "--add-policy=a.b=c",
            "--remove-policy=a.b=d",
            "--system-talk-name=org.b.*",
        ],
        &[
            "--remove-policy=a.b=c",
            "--add-policy=a.b=d",
            "--system-no-talk-name=org.b.*",
        ],
    ],
    &[
        &["--device=dri", "--allow=devel"],
        &["--nodevice=dri", "--disallow=devel"],
    ],
];

fn aril(home: &Path, words: &[&str]) -> Output {
    let mut command = Command::new(support::program());
    let command = command.args(words).env("HOME", home);
    command
        .env("FLATPAK_USER_DIR", home.join("flatpak"))
        .output()
        .unwrap()
}

fn file(home: &Path) -> PathBuf {
    home.join("flatpak/overrides").join(ID)
}

fn key_file(bytes: &[u8]) -> KeyFile {
    KeyFile::parse(bytes).unwrap()
}

#[test]
fn the_same_options_make_the_same_file() {
    for lines in LINES {
        let [ours, theirs] = [(); 2].map(|()| tempfile::tempdir().unwrap());
        for options in *lines {
            let words = [&["override", "--user"][..], options, &[ID]].concat();
            let Some(output) = flatpak(theirs.path(), &words) else {
                return;
            };
            assert!(output.status.success(), "{options:?}: {output:?}");
            let output = aril(ours.path(), &words);
            assert!(output.status.success(), "{options:?}: {output:?}");
        }
        let [written, expected] = [&ours, &theirs].map(|home| fs::read(file(home.path())).unwrap());
        let sets = as_sets(&key_file(&expected));
        assert_eq!(as_sets(&key_file(&written)), sets, "{lines:?}");
        assert_each_reads_the_other(ours.path(), theirs.path());
    }
}

fn assert_each_reads_the_other(ours: &Path, theirs: &Path) {
    for home in [ours, theirs] {
        let by_flatpak = flatpak(home, &["override", "--user", "--show", ID]).unwrap();
        let by_aril = aril(home, &["override", "--show", ID]);
        assert!(by_aril.status.success() && by_flatpak.status.success());
        let [by_flatpak, by_aril] = [by_flatpak, by_aril].map(|output| key_file(&output.stdout));
        assert_eq!(
            as_sets(&by_aril),
            as_sets(&by_flatpak),
            "{}",
            home.display()
        );
    }
}

#[test]
fn an_override_of_theirs_is_changed_and_read_by_them() {
    let home = tempfile::tempdir().unwrap();
    let home = home.path();
    let theirs = ["override", "--user", "--share=network", "--env=A=1", ID];
    if flatpak(home, &theirs).is_none() {
        return;
    }
    assert!(
        aril(home, &["override", "--socket=x11", "--env=B=2", ID])
            .status
            .success()
    );
    flatpak(home, &["override", "--user", "--nosocket=cups", ID]);
    let text = fs::read(file(home)).unwrap();
    let sets = as_sets(&key_file(&text));
    let value = |group: &str, key: &str| sets[&(group.to_owned(), key.to_owned())].join(" ");
    assert_eq!(value("Context", "shared"), "network");
    assert_eq!(value("Context", "sockets"), "!cups x11");
    assert_eq!(value("Environment", "A") + &value("Environment", "B"), "12");
    assert!(aril(home, &["override", "--reset", ID]).status.success());
    let shown = flatpak(home, &["override", "--user", "--show", ID]).unwrap();
    assert_eq!(shown.stdout, b"");
}
