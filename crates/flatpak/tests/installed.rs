//! What the real flatpak installs is what this crate finds, and both judge it alike.
//!
//! Skipped, with a word, where flatpak is not installed.

mod support;

use aril_flatpak::exports::{HostFacts, HostPlaces, View};
use aril_flatpak::extensions::{ExtensionFacts, gl_drivers, resolve};
use aril_flatpak::installations::{Deployment, Installed, Surroundings, Wanted};
use aril_flatpak::keyfile::KeyFile;
use aril_flatpak::permissions::{Context, Form, Grant, Layers, UserDir};
use aril_flatpak::refs::{Arch, Kind};
use std::fs;
use std::path::Path;
use support::{as_sets, flatpak, flatpak_with_bus};

/// Makes a repository and installs an application, its runtime and an extension from it.
fn install(home: &Path) -> Option<()> {
    let arch = Arch::native();
    let runtime = format!("runtime=org.x.Platform/{arch}/1");
    let platform = "[Runtime]\nname=org.x.Platform\n[Extension org.x.Platform.GL]\n\
        directory=lib/GL\nsubdirectories=true\nenable-if=active-gl-driver\n";
    let gl = format!(
        "[Runtime]\nname=org.x.Platform.GL.default\n[ExtensionOf]\n\
        ref=runtime/org.x.Platform/{arch}/1\npriority=7\n"
    );
    let app = format!(
        "[Application]\nname=org.x.Y\n{runtime}\ncommand=sh\n[Context]\n\
        shared=network;ipc;\nsockets=x11;wayland;\nfilesystems=~/a;xdg-run/app:ro;/opt:ro;\n\
        [Session Bus Policy]\norg.b.*=talk\n[Environment]\nA=1\n"
    );
    let repo = home.join("repo");
    for (name, text) in [("platform", platform), ("gl", &gl), ("app", &app)] {
        let dir = home.join(name);
        fs::create_dir_all(dir.join("files/share")).unwrap();
        fs::create_dir_all(dir.join("export")).unwrap();
        fs::write(dir.join("files/share/x"), "x").unwrap();
        fs::write(dir.join("metadata"), text).unwrap();
        let kind = if name == "app" {
            "--no-update-summary"
        } else {
            "--runtime"
        };
        let [repo, dir] = [repo.to_str().unwrap(), dir.to_str().unwrap()];
        let args = [
            "build-export",
            kind,
            "--files=files",
            "--metadata=metadata",
            repo,
            dir,
            "1",
        ];
        run(home, &args)?;
    }
    let repo = repo.to_str().unwrap();
    run(home, &["build-update-repo", repo])?;
    run(
        home,
        &["--user", "remote-add", "--no-gpg-verify", "r", repo],
    )?;
    let args = ["--user", "install", "-y", "--noninteractive", "r"];
    let refs = ["org.x.Platform", "org.x.Platform.GL.default", "org.x.Y"];
    let output = flatpak_with_bus(home, &[&args[..], &refs].concat())?;
    assert!(output.status.success(), "{output:?}");
    Some(())
}

fn run(home: &Path, args: &[&str]) -> Option<String> {
    let output = flatpak(home, args)?;
    assert!(output.status.success(), "{args:?}: {output:?}");
    Some(String::from_utf8(output.stdout).unwrap())
}

fn open(home: &Path) -> Installed {
    let variables = [("FLATPAK_USER_DIR".into(), home.join("flatpak").into())].into();
    let root = home.join("no-system");
    Installed::open(&Surroundings {
        root,
        home: home.to_owned(),
        variables,
    })
    .unwrap()
}

fn find(installed: &Installed, text: &str) -> Deployment {
    installed
        .resolve(&Wanted::new(text.parse().unwrap(), None, None, None))
        .unwrap()
}

fn effective(installed: &Installed) -> Context {
    let app = find(installed, "org.x.Y");
    let overrides = installed.overrides(&app.reference.id, &app.owner).unwrap();
    let app = app.metadata().unwrap().permissions;
    Layers {
        app,
        overrides,
        ..Layers::default()
    }
    .effective()
}

#[test]
fn what_is_installed_is_found() {
    let home = tempfile::tempdir().unwrap();
    let home = home.path();
    if install(home).is_none() {
        return;
    }
    let installed = open(home);
    let app = find(&installed, "org.x.Y");
    let commit = run(home, &["--user", "info", "-c", "org.x.Y"]).unwrap();
    assert_eq!(app.commit, commit.trim());
    let location = run(home, &["--user", "info", "-l", "org.x.Y"]).unwrap();
    assert_eq!(
        fs::canonicalize(app.directory().path()).unwrap(),
        Path::new(location.trim())
    );
    let deploy = app.deploy().unwrap();
    assert_eq!(
        (deploy.origin.as_str(), deploy.commit.as_str()),
        ("r", commit.trim())
    );
    let metadata = app.metadata().unwrap();
    let runtime = metadata.runtime.unwrap();
    assert_eq!(deploy.runtime.unwrap(), runtime.to_string());
    let size = run(home, &["--user", "info", "-s", "org.x.Y"]).unwrap();
    assert_eq!(
        deploy.installed_size.to_string(),
        size.split_whitespace().last().unwrap()
    );

    let runtime = installed
        .deployment(&runtime.with_kind(Kind::Runtime), None)
        .unwrap();
    let points = runtime.metadata().unwrap().extensions;
    let facts = ExtensionFacts {
        gl_drivers: gl_drivers(None, None),
        ..Default::default()
    };
    let extensions = resolve(&points, &runtime.reference, &facts, &installed).unwrap();
    let [gl] = extensions.mounted.as_slice() else {
        panic!("{extensions:?}")
    };
    assert_eq!(
        (gl.target.as_path(), gl.found.priority),
        (Path::new("lib/GL/default"), 7)
    );
    let listed = run(home, &["--user", "info", "-e", "org.x.Platform"]).unwrap();
    assert!(listed.contains(&gl.reference.to_string()));
    assert!(listed.contains(gl.found.commit.as_ref().unwrap()));
    let refs: Vec<_> = installed.refs(Kind::Runtime).unwrap();
    assert_eq!(refs.len(), 2);

    judged_alike(home);
}

/// One installation serves both: making it takes most of the time.
fn judged_alike(home: &Path) {
    fs::create_dir_all(home.join("a/b")).unwrap();
    fs::create_dir_all(home.join("Music")).unwrap();
    fs::create_dir_all(home.join(".var/app/org.x.Z")).unwrap();
    std::os::unix::fs::symlink("a", home.join("link")).unwrap();
    let layers: [&[&str]; 6] = [
        &[
            "--unshare=ipc",
            "--nosocket=x11",
            "--nofilesystem=~/a",
            "--filesystem=~/link:ro",
        ],
        &[
            "--filesystem=home:ro",
            "--no-talk-name=org.b.*",
            "--talk-name=org.c",
            "--env=B=2",
        ],
        &[
            "--filesystem=~/a/b",
            "--unset-env=A",
            "--persist=.p",
            "--filesystem=~/.var/app:ro",
        ],
        &[
            "--nofilesystem=host:reset",
            "--filesystem=host:ro",
            "--add-policy=a.b=c",
        ],
        &[
            "--filesystem=/usr",
            "--filesystem=/etc",
            "--nofilesystem=~/a/b",
            "--allow=devel",
        ],
        &[
            "--nofilesystem=host",
            "--nofilesystem=home",
            "--filesystem=~/a",
        ],
    ];
    for args in layers {
        let line = [&["override", "--user"][..], args, &["org.x.Y"]].concat();
        run(home, &line).unwrap();
        let shown = run(home, &["--user", "info", "--show-permissions", "org.x.Y"]).unwrap();
        let theirs = KeyFile::parse(shown.as_bytes()).unwrap();
        let context = effective(&open(home));
        let mut ours = KeyFile::new();
        context.save(&mut ours, Form::Flattened).unwrap();
        assert_eq!(as_sets(&theirs), as_sets(&ours), "{args:?}");
        same_access(home, &context);
    }
}

fn same_access(home: &Path, context: &Context) {
    let root_names = fs::read_dir("/")
        .unwrap()
        .map(|entry| entry.unwrap().file_name())
        .collect();
    let places = HostPlaces {
        home: home.to_owned(),
        user_dirs: [(UserDir::Config, home.join(".config"))].into(),
        root_names,
        app_directory: Some(home.join(".var/app/org.x.Y")),
        ..HostPlaces::default()
    };
    let view = View::decide(context, &places, &HostFacts);
    let in_home = [
        "",
        "a",
        "a/b",
        "a/b/c",
        "link",
        "link/b",
        "Music",
        ".var/app/org.x.Z",
        "none",
    ];
    let paths = in_home.iter().map(|path| home.join(path));
    let paths = paths.chain(["/opt", "/usr/bin", "/etc/passwd", "/srv", "/proc"].map(Into::into));
    for path in paths {
        let said = format!("--file-access={}", path.display());
        let theirs = run(home, &["--user", "info", &said, "org.x.Y"]).unwrap();
        let ours = match view.access(&HostFacts, &path) {
            Grant::Nothing => "hidden",
            Grant::ReadOnly => "read-only",
            Grant::Create | Grant::ReadWrite => "read-write",
        };
        assert_eq!(
            theirs.trim(),
            ours,
            "{} {:?}",
            path.display(),
            context.filesystems
        );
    }
}
