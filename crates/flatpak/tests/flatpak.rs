//! What the real flatpak writes is what this crate reads and writes.
//!
//! Skipped, with a word, where flatpak is not installed.

use aril_flatpak::keyfile::KeyFile;
use aril_flatpak::metadata::Metadata;
use aril_flatpak::permissions::{Context, Form, Layer, Origin, options};
mod support;

use support::{as_sets, flatpak};

fn ours(args: &[&str]) -> Result<Context, String> {
    let mut context = Context::default();
    for arg in args {
        let (name, value) = arg.trim_start_matches('-').split_once('=').unwrap();
        for change in options::parse(name, value).map_err(|error| error.to_string())? {
            context.apply(change, &Origin::COMMAND_LINE);
        }
    }
    Ok(context)
}

fn written(context: &Context) -> KeyFile {
    let mut file = KeyFile::new();
    context.save(&mut file, Form::Layer).unwrap();
    file
}

/// Options that the oldest flatpak in use knows.
const ACCEPTED: &[&[&str]] = &[
    &[
        "--share=network",
        "--unshare=ipc",
        "--socket=x11",
        "--nosocket=wayland",
        "--device=dri",
    ],
    &[
        "--nodevice=all",
        "--allow=devel",
        "--disallow=bluetooth",
        "--share=ipc",
        "--unshare=ipc",
    ],
    &[
        "--filesystem=home:ro",
        "--nofilesystem=host",
        "--filesystem=~/a//b/./c/:create",
    ],
    &[
        "--nofilesystem=host:reset",
        "--filesystem=xdg-run/app:ro",
        "--filesystem=home/x",
    ],
    &[
        "--filesystem=/a\\:b\\\\c:ro",
        "--filesystem=/x;y z",
        "--filesystem=xdg-config/k.d",
    ],
    &[
        "--persist=.cfg",
        "--env=A=b c",
        "--env=Q= lead\\back;x\ny",
        "--unset-env=X",
        "--env=E=",
    ],
    &[
        "--own-name=org.a.*",
        "--talk-name=org.b",
        "--no-talk-name=org.c",
        "--talk-name=org.d-e",
    ],
    &[
        "--system-own-name=org.a.B",
        "--system-talk-name=org.b.*",
        "--system-no-talk-name=o.c",
    ],
    &[
        "--add-policy=a.b=c",
        "--remove-policy=a.b=d",
        "--add-policy=a.b=e",
        "--add-policy=x.y=;",
    ],
];

#[test]
fn overrides_are_the_same() {
    for args in ACCEPTED {
        let home = tempfile::tempdir().unwrap();
        let mut line = vec!["override", "--user"];
        line.extend(*args);
        line.push("org.x.Y");
        let Some(output) = flatpak(home.path(), &line) else {
            return;
        };
        assert!(output.status.success(), "{args:?}: {output:?}");
        let bytes = std::fs::read(home.path().join("flatpak/overrides/org.x.Y")).unwrap();
        let theirs = KeyFile::parse(&bytes).unwrap();
        let context = ours(args).unwrap();
        assert_eq!(as_sets(&theirs), as_sets(&written(&context)), "{args:?}");
        let read = Context::load(&theirs, &Origin::layer(Layer::UserApp)).unwrap();
        assert!(read.ignored.is_empty());
        assert_eq!(as_sets(&theirs), as_sets(&written(&read)), "{args:?}");
    }
}

#[test]
fn refusals_are_the_same() {
    let refused = [
        "--share=x",
        "--socket=",
        "--device=DRI",
        "--allow=x",
        "--filesystem=foo",
        "--filesystem=/",
        "--filesystem=/a/../b",
        "--filesystem=xdg-run",
        "--filesystem=xdg-foo",
        "--filesystem=host:reset",
        "--nofilesystem=home:reset",
        "--filesystem=/a\u{1b}",
        "--filesystem=/a\u{a0}",
        "--filesystem=/a\u{200b}",
        "--env=A",
        "--env==b",
        "--unset-env=A=b",
        "--own-name=org",
        "--own-name=:1.2",
        "--talk-name=a..b",
        "--talk-name=*",
        "--add-policy=a",
        "--add-policy=a=b",
        "--add-policy=a.b=!c",
        "--filesystem=",
        "--filesystem=host/x",
        "--system-talk-name=-x",
    ];
    for arg in refused {
        let home = tempfile::tempdir().unwrap();
        let Some(output) = flatpak(home.path(), &["override", "--user", arg, "org.x.Y"]) else {
            return;
        };
        assert!(!output.status.success(), "flatpak accepts {arg}");
        assert!(ours(&[arg]).is_err(), "{arg}");
    }
}

#[test]
fn override_layers_on_disk_add_up_as_in_flatpak() {
    let home = tempfile::tempdir().unwrap();
    let mut merged = Context::default();
    for args in ACCEPTED {
        let mut line = vec!["override", "--user"];
        line.extend(*args);
        line.push("org.x.Y");
        let Some(output) = flatpak(home.path(), &line) else {
            return;
        };
        assert!(output.status.success());
        merged.merge(&ours(args).unwrap());
    }
    let bytes = std::fs::read(home.path().join("flatpak/overrides/org.x.Y")).unwrap();
    let theirs = KeyFile::parse(&bytes).unwrap();
    let theirs = Context::load(&theirs, &Origin::COMMAND_LINE).unwrap();
    assert_eq!(theirs.filesystems, merged.filesystems);
    assert_eq!(theirs.filesystem_reset, merged.filesystem_reset);
    assert_eq!(theirs.environment, merged.environment);
    assert_eq!(theirs.buses, merged.buses);
    assert_eq!(theirs.policies, merged.policies);
}

/// Where we refuse and flatpak 1.14.10 does not: the parent of the home directory, USB and
/// conditionals being newer than it, and suffixes that it passes over.
#[test]
fn known_differences() {
    for arg in [
        "--filesystem=~/..",
        "--filesystem=home:ro0",
        "--persist=../x",
    ] {
        let home = tempfile::tempdir().unwrap();
        let Some(output) = flatpak(home.path(), &["override", "--user", arg, "org.x.Y"]) else {
            return;
        };
        assert!(output.status.success(), "flatpak refuses {arg} now as well");
        assert!(ours(&[arg]).is_err(), "{arg}");
    }
}

#[test]
fn metadata_of_build_finish() {
    let home = tempfile::tempdir().unwrap();
    let dir = home.path().join("build");
    let build = dir.to_str().unwrap();
    let init = [
        "build-init",
        build,
        "org.x.Y",
        "org.x.Sdk",
        "org.x.Platform",
        "1",
    ];
    let Some(output) = flatpak(home.path(), &init) else {
        return;
    };
    if !output.status.success() {
        // Without its runtime installed, build-init refuses: write what it writes.
        std::fs::create_dir_all(dir.join("files")).unwrap();
        std::fs::create_dir_all(dir.join("var")).unwrap();
        let text = "[Application]\nname=org.x.Y\nruntime=org.x.Platform/x86_64/1\n\
                    sdk=org.x.Sdk/x86_64/1\n";
        std::fs::write(dir.join("metadata"), text).unwrap();
    }
    let finish = [
        "build-finish",
        "--command=run",
        "--share=network",
        "--socket=x11",
        "--filesystem=home:ro",
        "--extension=org.x.Y.Plug=directory=plug",
        "--extension=org.x.Y.Plug=subdirectories=true",
        "--metadata=X-DConf=paths=/org/x/;",
        "--persist=.cfg",
        "--env=A=1",
        build,
    ];
    let output = flatpak(home.path(), &finish).unwrap();
    assert!(output.status.success(), "{output:?}");
    let file = KeyFile::parse(&std::fs::read(dir.join("metadata")).unwrap()).unwrap();
    let metadata = Metadata::load(&file, &Origin::layer(Layer::App)).unwrap();
    assert_eq!(metadata.id.as_str(), "org.x.Y");
    assert_eq!(metadata.command.as_deref(), Some("run"));
    assert_eq!(metadata.runtime.unwrap().id.as_str(), "org.x.Platform");
    assert_eq!(metadata.extensions[0].directory.as_deref(), Some("plug"));
    assert!(metadata.extensions[0].subdirectories && metadata.dconf.is_some());
    assert_eq!(metadata.permissions.persistent.len(), 1);
    assert_eq!(metadata.permissions.environment.len(), 1);
    assert_eq!(metadata.permissions.filesystems.len(), 1);
}
