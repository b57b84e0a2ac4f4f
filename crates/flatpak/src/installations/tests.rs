use super::*;
use crate::extensions::Catalogue;
use crate::permissions::{Layer, Location};
use crate::refs::{Arch, Id, Kind, PartialRef, Ref};
use std::collections::BTreeMap;
use std::ffi::OsString;
use std::fs;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};

struct System {
    root: tempfile::TempDir,
    variables: BTreeMap<OsString, OsString>,
}

impl System {
    fn new() -> Self {
        Self {
            root: tempfile::tempdir().unwrap(),
            variables: BTreeMap::new(),
        }
    }

    fn path(&self, relative: &str) -> PathBuf {
        self.root.path().join(relative)
    }

    fn surroundings(&self) -> Surroundings {
        let root = self.root.path().to_owned();
        Surroundings {
            home: root.join("home"),
            root,
            variables: self.variables.clone(),
        }
    }

    fn open(&self) -> Installed {
        Installed::open(&self.surroundings()).unwrap()
    }

    fn write(&self, relative: &str, text: &str) {
        let path = self.path(relative);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    fn install(&self, installation: &str, reference: &str, commit: &str) {
        let reference: Ref = reference.parse().unwrap();
        let group = if reference.kind == Kind::App {
            "Application"
        } else {
            "Runtime"
        };
        let directory = format!("{installation}/{reference}");
        let text = format!("[{group}]\nname={}\n", reference.id);
        self.write(&format!("{directory}/{commit}/metadata"), &text);
        let active = self.path(&directory).join("active");
        drop(fs::remove_file(&active));
        symlink(commit, active).unwrap();
    }

    fn current(&self, installation: &str, id: &str, target: &str) {
        symlink(
            target,
            self.path(&format!("{installation}/app/{id}/current")),
        )
        .unwrap();
    }
}

const USER: &str = "home/.local/share/flatpak";
const SYSTEM: &str = "var/lib/flatpak";

fn wanted(text: &str) -> Wanted {
    Wanted::new(text.parse::<PartialRef>().unwrap(), None, None, None)
}

#[test]
fn installations_in_their_order() {
    let mut system = System::new();
    let conf = "[Installation \"extra\"]\nPath=/srv/a\nPriority=5\nDisplayName=A\n\
                [Installation \"low\"]\nPath=/srv/b\nPriority=-1\n[Installation \"none\"]\n";
    system.write("etc/flatpak/installations.d/a.conf", conf);
    system.write("etc/flatpak/installations.d/b.txt", "not a key file");
    let found = system.surroundings().installations().unwrap();
    let names: Vec<String> = found.iter().map(|one| format!("{:?}", one.owner)).collect();
    let expected = [
        "User",
        "System(\"extra\")",
        "System(\"default\")",
        "System(\"low\")",
    ];
    assert_eq!(names, expected);
    assert_eq!(found[0].path, system.path(USER));
    assert_eq!(found[1].path, system.path("srv/a"));
    assert_eq!(found[2].path, system.path(SYSTEM));
    let set = [
        ("FLATPAK_USER_DIR", "/u"),
        ("FLATPAK_SYSTEM_DIR", "/s"),
        ("FLATPAK_CONFIG_DIR", "/c"),
    ];
    system.variables = set.into_iter().map(|(k, v)| (k.into(), v.into())).collect();
    let found = system.surroundings().installations().unwrap();
    assert_eq!(found.len(), 2);
    assert_eq!(
        (found[0].path.as_path(), found[1].path.as_path()),
        (Path::new("/u"), Path::new("/s"))
    );
    system.variables = [("XDG_DATA_HOME".into(), "/d".into())].into();
    assert_eq!(
        system.surroundings().user_installation().path,
        Path::new("/d/flatpak")
    );
    system.variables = [("XDG_DATA_HOME".into(), "d".into())].into();
    assert_eq!(
        system.surroundings().user_installation().path,
        system.path(USER)
    );
}

#[test]
fn the_user_comes_before_the_system_and_current_decides() {
    let system = System::new();
    let native = Arch::native();
    system.install(SYSTEM, &format!("app/org.x.Y/{native}/1"), "aa");
    system.install(SYSTEM, &format!("app/org.x.Y/{native}/2"), "bb");
    let only_system = system.open();
    let error = only_system.resolve(&wanted("org.x.Y")).unwrap_err();
    assert!(
        matches!(&error, InstallationError::Ambiguous(_, found) if found.len() == 2),
        "{error}"
    );
    system.current(SYSTEM, "org.x.Y", &format!("{native}/2"));
    assert_eq!(
        system.open().resolve(&wanted("org.x.Y")).unwrap().commit,
        "bb"
    );
    assert_eq!(
        system.open().resolve(&wanted("org.x.Y//1")).unwrap().commit,
        "aa"
    );
    system.install(USER, &format!("app/org.x.Y/{native}/2"), "cc");
    let both = system.open();
    let found = both.resolve(&wanted("org.x.Y")).unwrap();
    assert_eq!(
        (found.owner.clone(), found.commit.as_str()),
        (Owner::User, "cc")
    );
    assert_eq!(found.metadata().unwrap().id.as_str(), "org.x.Y");
    let mut by_commit = wanted("org.x.Y");
    by_commit.commit = Some("bb".to_owned());
    assert_eq!(
        both.resolve(&by_commit).unwrap().owner,
        Owner::System("default".to_owned())
    );
    for absent in ["ff", "../2/cc", "", "."] {
        by_commit.commit = Some(absent.to_owned());
        let error = both.resolve(&by_commit).unwrap_err();
        assert!(
            matches!(error, InstallationError::NotInstalled(_)),
            "{absent}: {error}"
        );
    }
    assert_eq!(both.refs(Kind::App).unwrap().len(), 3);
    for absent in ["org.x.Z", "org.x.Y//3", "org.x.Y/m68k", "runtime/org.x.Y"] {
        let error = both.resolve(&wanted(absent)).unwrap_err();
        assert!(
            matches!(error, InstallationError::NotInstalled(_)),
            "{absent}: {error}"
        );
    }
}

#[test]
fn a_runtime_is_found_when_there_is_no_application() {
    let system = System::new();
    system.install(SYSTEM, "runtime/org.x.P/x86_64/1", "aa");
    let found = system.open().resolve(&wanted("org.x.P")).unwrap();
    assert_eq!(found.reference.kind, Kind::Runtime);
    assert_eq!(
        found.files(),
        system
            .path(SYSTEM)
            .join("runtime/org.x.P/x86_64/1/aa/files")
    );
}

#[test]
fn links_that_lead_elsewhere_are_refused() {
    let system = System::new();
    system.install(SYSTEM, "app/org.x.Y/x86_64/1", "aa");
    system.write("secret/metadata", "[Application]\nname=org.x.Y\n");
    let active = system.path(SYSTEM).join("app/org.x.Y/x86_64/1/active");
    for target in [
        "../../../../../../../secret",
        "/etc",
        "..",
        "aa/../aa",
        "aa\u{1b}",
    ] {
        fs::remove_file(&active).unwrap();
        symlink(target, &active).unwrap();
        let error = system.open().resolve(&wanted("org.x.Y")).unwrap_err();
        assert!(
            matches!(error, InstallationError::Link(_)),
            "{target}: {error}"
        );
    }
    system.current(SYSTEM, "org.x.Y", "../../x");
    let error = system.open().resolve(&wanted("org.x.Y")).unwrap_err();
    assert!(matches!(error, InstallationError::Link(_)), "{error}");
}

#[test]
fn metadata_cannot_lie_outside_or_name_another() {
    let system = System::new();
    system.install(SYSTEM, "app/org.x.Y/x86_64/1", "aa");
    let metadata = system.path(SYSTEM).join("app/org.x.Y/x86_64/1/aa/metadata");
    fs::write(&metadata, "[Application]\nname=org.x.Z\n").unwrap();
    let found = system.open().resolve(&wanted("org.x.Y")).unwrap();
    assert!(matches!(
        found.metadata(),
        Err(InstallationError::WrongName(_))
    ));
    fs::remove_file(&metadata).unwrap();
    system.write("secret", "[Application]\nname=org.x.Y\n");
    symlink(system.path("secret"), &metadata).unwrap();
    assert!(matches!(found.metadata(), Err(InstallationError::Read(..))));
    assert!(matches!(found.deploy(), Err(InstallationError::Read(..))));
}

#[test]
fn overrides_with_their_layers() {
    let system = System::new();
    let id: Id = "org.x.Y".parse().unwrap();
    let places = [
        (SYSTEM, "global"),
        (SYSTEM, "org.x.Y"),
        (USER, "global"),
        (USER, "org.x.Y"),
    ];
    for (index, (installation, name)) in places.into_iter().enumerate() {
        let text = format!("[Context]\nfilesystems=/{index};/same;\n");
        system.write(&format!("{installation}/overrides/{name}"), &text);
    }
    let installed = system.open();
    let of = |owner: &Owner| -> Vec<Layer> {
        let layers = installed.overrides(&id, owner).unwrap();
        let same = Location::Absolute("/same".to_owned());
        layers
            .iter()
            .map(|layer| layer.filesystems[&same].origin.layer)
            .collect()
    };
    let user = [Layer::UserGlobal, Layer::UserApp];
    assert_eq!(of(&Owner::User), user);
    let all = [Layer::SystemGlobal, Layer::SystemApp, user[0], user[1]];
    assert_eq!(of(&Owner::System("extra".to_owned())), all);
    system.write(
        &format!("{USER}/overrides/global"),
        "[Context]\nfilesystems=/\x1b;\n",
    );
    let error = installed.overrides(&id, &Owner::User).unwrap_err();
    assert!(
        matches!(error, InstallationError::Permission(..)),
        "{error}"
    );
}

#[test]
fn extensions_on_disk() {
    let system = System::new();
    let directory = format!("{SYSTEM}/runtime/org.x.P.L/x86_64/1/aa");
    let text = "[Runtime]\nname=org.x.P.L\n[ExtensionOf]\npriority=3\n";
    system.install(SYSTEM, "runtime/org.x.P.L/x86_64/1", "aa");
    system.write(&format!("{directory}/metadata"), text);
    fs::create_dir(system.path(&directory).join("files")).unwrap();
    system.write("var/lib/flatpak/extension/org.x.P.M/x86_64/1/x", "");
    system.install(SYSTEM, "runtime/org.x.P.N/x86_64/1", "bb");
    let evil = format!("{SYSTEM}/runtime/org.x.P.N/x86_64/1/bb/files");
    symlink("../../../../../../../../etc", system.path(&evil)).unwrap();
    let installed = system.open();
    let find = |text: &str| installed.find(&text.parse::<Ref>().unwrap());
    let managed = find("runtime/org.x.P.L/x86_64/1").unwrap().unwrap();
    assert_eq!(
        (managed.commit.as_deref(), managed.priority),
        (Some("aa"), 3)
    );
    let unmanaged = find("runtime/org.x.P.M/x86_64/1").unwrap().unwrap();
    assert_eq!((unmanaged.commit, unmanaged.priority), (None, 1000));
    assert!(matches!(
        find("runtime/org.x.P.N/x86_64/1"),
        Err(InstallationError::Link(_))
    ));
    assert_eq!(find("runtime/org.x.P.O/x86_64/1").unwrap(), None);
    let names: Vec<String> = installed
        .names("org.x.P.")
        .unwrap()
        .iter()
        .map(ToString::to_string)
        .collect();
    assert_eq!(names, ["org.x.P.L", "org.x.P.M", "org.x.P.N"]);
    let found = installed.resolve(&wanted("org.x.P.N")).unwrap();
    assert!(found.open_files().is_err());
    let found = installed.resolve(&wanted("org.x.P.L")).unwrap();
    assert!(found.open_files().unwrap().names().unwrap().is_empty());
}
