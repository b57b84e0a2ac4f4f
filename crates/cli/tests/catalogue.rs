//! `aril list`, `info`, `permissions` and `override` with an installation made by hand.

use serde_json::Value;
use std::ffi::OsStr;
use std::fs;
use std::os::unix::fs::{MetadataExt, PermissionsExt, symlink};
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use tempfile::TempDir;

#[path = "support/mod.rs"]
mod support;

const ID: &str = "org.x.Y";
const METADATA: &str = "\
[Application]\nname=org.x.Y\nruntime=org.x.P/x86_64/1\ncommand=sh\n\
[Context]\nshared=network;ipc;\nsockets=x11;\nfilesystems=~/Music;\nfuture=1\n\
[Environment]\nA=\u{1b}[2K\n";

struct Home(TempDir);

impl Home {
    fn new() -> Self {
        let home = Self(tempfile::tempdir().unwrap());
        home.install("app", ID, METADATA);
        home.install(
            "runtime",
            "org.x.P",
            "[Runtime]\nname=org.x.P\n[Environment]\nR=1\n",
        );
        home.install(
            "runtime",
            "org.x.P.Locale",
            "[Runtime]\nname=org.x.P.Locale\n",
        );
        fs::create_dir(home.path().join("Music")).unwrap();
        home
    }

    fn path(&self) -> &Path {
        self.0.path()
    }

    fn user(&self) -> PathBuf {
        self.path().join("flatpak")
    }

    fn overrides(&self) -> PathBuf {
        self.user().join("overrides")
    }

    fn install(&self, kind: &str, id: &str, metadata: &str) {
        let branch = self.user().join(kind).join(id).join("x86_64/1");
        fs::create_dir_all(branch.join("abc0/files")).unwrap();
        fs::write(branch.join("abc0/metadata"), metadata).unwrap();
        symlink("abc0", branch.join("active")).unwrap();
    }

    fn aril(&self, words: &[impl AsRef<OsStr>]) -> Output {
        let mut command = Command::new(support::program());
        command
            .args(words)
            .env("HOME", self.path())
            .env("FLATPAK_USER_DIR", self.user())
            .env("FLATPAK_SYSTEM_DIR", self.path().join("system"))
            .env("FLATPAK_CONFIG_DIR", self.path().join("no"))
            .env("XDG_CONFIG_HOME", self.path().join("config"))
            .stdin(Stdio::null());
        command.output().unwrap()
    }

    fn says(&self, words: &[&str]) -> String {
        let output = self.aril(words);
        let errors = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{words:?}: {errors}");
        String::from_utf8(output.stdout).unwrap()
    }

    fn json(&self, words: &[&str]) -> Value {
        serde_json::from_str(&self.says(words)).unwrap()
    }

    fn fails(&self, words: &[&str]) -> String {
        let output = self.aril(words);
        assert_eq!(output.status.code(), Some(1), "{words:?}");
        assert!(output.stdout.is_empty(), "{words:?}");
        String::from_utf8(output.stderr).unwrap()
    }
}

#[test]
fn lists() {
    let home = Home::new();
    let columns = "--columns=application,installation,active";
    assert_eq!(
        home.says(&["list", columns]),
        "org.x.Y\tuser\tabc0\norg.x.P\tuser\tabc0\n"
    );
    let all = home.says(&["list", "--runtime", "--all", "--columns=ref"]);
    assert_eq!(
        all,
        "runtime/org.x.P/x86_64/1\nruntime/org.x.P.Locale/x86_64/1\n"
    );
    let list = home.json(&["list", "--app", "--json"]);
    assert_eq!(list.as_array().unwrap().len(), 1);
    assert_eq!(list[0]["id"], ID);
    assert_eq!(list[0]["ref"], "app/org.x.Y/x86_64/1");
    assert_eq!(home.says(&["list", "--system"]), "");
}

#[test]
fn tells_each_permission_with_its_layer() {
    let home = Home::new();
    home.says(&["override", "--unshare=ipc", "--env=B=1"]);
    home.says(&["override", "--system", "--device=dri", ID]);
    home.says(&["override", "--user", "--filesystem=~/Music:ro", ID]);
    let info = home.json(&["info", "--json", ID]);
    let rows: Vec<String> = info["permissions"]
        .as_array()
        .unwrap()
        .iter()
        .map(|row| {
            let text = |value: &Value| value.as_str().unwrap().to_owned();
            let [key, value, layer] =
                [&row["key"], &row["value"], &row["origin"]["layer"]].map(text);
            format!("{key}={value} {layer}")
        })
        .collect();
    // The override of the system does not count for what the user has installed.
    let expected = [
        "shared=network metadata",
        "sockets=x11 metadata",
        "filesystems=~/Music:ro user-app",
        "A=\u{1b}[2K metadata",
        "B=1 user-global",
        "R=1 runtime",
    ];
    assert_eq!(rows, expected);
    assert_eq!(info["runtime_installed"], true);
    let shown = home.says(&["info", ID]);
    assert!(shown.contains("environment  A=\\x1b[2K  "), "{shown}");
    assert!(!shown.contains('\u{1b}'), "{shown:?}");
    let metadata = home.says(&["info", "--show-metadata", ID]);
    assert!(metadata.contains("\nA=\\x1b[2K\n") && metadata.contains("\nfuture=1\n"));
    assert!(!home.says(&["info", "-M", ID]).contains('\u{1b}'));
}

#[test]
fn tells_file_access() {
    let home = Home::new();
    let access = |path: &str| {
        let path = home.path().join(path);
        home.says(&["info", &format!("--file-access={}", path.display()), ID])
    };
    assert_eq!(access("Music"), "read-write\n");
    assert_eq!(access("Other"), "hidden\n");
    home.says(&["override", "--filesystem=~/Music:ro", ID]);
    assert_eq!(access("Music"), "read-only\n");
    home.says(&["override", "--nofilesystem=~/Music", ID]);
    assert_eq!(access("Music"), "hidden\n");
}

#[test]
fn tells_what_overrides_change() {
    let home = Home::new();
    assert_eq!(
        home.says(&["permissions", "--diff", ID]),
        "the same as declared\n"
    );
    let options = [
        "--unshare=network",
        "--socket=wayland",
        "--filesystem=~/Music:ro",
    ];
    home.says(&[&["override"][..], &options, &[ID]].concat());
    let file = home.overrides().join(ID);
    let from = format!("  user-app ({})", file.display());
    assert_eq!(
        home.says(&["permissions", "--diff", ID]),
        format!(
            "+ sockets wayland{from}\n- shared network{from}\n\
             ~ filesystems ~/Music:ro, declared ~/Music{from}\n"
        )
    );
    let json = home.json(&["permissions", "--diff", "--json", ID]);
    assert_eq!(json["added"][0]["value"], "wayland");
    assert_eq!(json["removed"][0]["origin"]["layer"], "user-app");
    assert_eq!(json["changed"][0]["declared"], "~/Music");
}

#[test]
fn an_override_keeps_what_it_does_not_know() {
    let home = Home::new();
    fs::create_dir(home.overrides()).unwrap();
    let file = home.overrides().join(ID);
    fs::write(
        &file,
        "# mine\n[Context]\nshared=network;\nlater=1\n\n[Later]\nk=v\n",
    )
    .unwrap();
    fs::set_permissions(&file, fs::Permissions::from_mode(0o600)).unwrap();
    home.says(&["override", "--unshare=network", "--persist=.x", ID]);
    let text = fs::read_to_string(&file).unwrap();
    let expected = "# mine\n[Context]\nshared=!network;\nlater=1\npersistent=.x;\n\n[Later]\nk=v\n";
    assert_eq!(text, expected);
    assert_eq!(fs::metadata(&file).unwrap().mode() & 0o777, 0o600);
    assert_eq!(home.says(&["override", "--show", ID]), expected);
    home.says(&["override", "--reset", ID]);
    assert!(!file.exists());
    home.says(&["override", "--reset", ID]);
    assert_eq!(fs::read_dir(home.overrides()).unwrap().count(), 0);
}

#[test]
fn refused_overrides_change_nothing() {
    let home = Home::new();
    home.says(&["override", "--share=network", ID]);
    let file = home.overrides().join(ID);
    let before = fs::read(&file).unwrap();
    for words in [
        &["override", "--share=ipc", "--share=nonsense", ID][..],
        &["override", ID],
        &["override", "--share=ipc", "../escape"],
        &["override", "--installation=none", "--share=ipc", ID],
    ] {
        let error = home.fails(words);
        assert!(error.starts_with("aril: "), "{words:?}: {error}");
        assert_eq!(fs::read(&file).unwrap(), before, "{words:?}");
    }
    assert_eq!(fs::read_dir(home.overrides()).unwrap().count(), 1);
}

/// A link in the place of the file or its directory leads an override of the system astray.
#[test]
fn links_are_not_followed() {
    for name in [ID, "."] {
        let home = Home::new();
        let victim = home.path().join("victim");
        match name {
            "." => {
                fs::create_dir(&victim).unwrap();
                symlink(&victim, home.overrides()).unwrap();
            }
            name => {
                fs::write(&victim, "precious").unwrap();
                fs::create_dir(home.overrides()).unwrap();
                symlink(&victim, home.overrides().join(name)).unwrap();
            }
        }
        let error = home.fails(&["override", "--share=network", ID]);
        assert!(error.contains("symbolic link"), "{error}");
        match name {
            "." => assert_eq!(fs::read_dir(&victim).unwrap().count(), 0),
            _ => assert_eq!(fs::read(&victim).unwrap(), b"precious"),
        }
        // The control: without the link the same words write.
        let path = match name {
            "." => home.overrides(),
            name => home.overrides().join(name),
        };
        fs::remove_file(path).unwrap();
        home.says(&["override", "--share=network", ID]);
        assert!(home.overrides().join(ID).exists());
    }
}

#[test]
fn two_at_a_time_lose_nothing() {
    let home = Home::new();
    std::thread::scope(|scope| {
        for number in 0..8 {
            let home = &home;
            scope.spawn(move || home.says(&["override", &format!("--env=V{number}=1"), ID]));
        }
    });
    let text = fs::read_to_string(home.overrides().join(ID)).unwrap();
    assert_eq!(text.matches("=1\n").count(), 8, "{text}");
}

#[test]
fn what_is_not_installed_is_told() {
    let home = Home::new();
    let error = home.fails(&["info", "org.x.None"]);
    assert_eq!(error, "aril: find, on org.x.None: not installed\n");
    assert!(home.fails(&["permissions", "bad"]).contains("bad"));
}
