use super::*;
use crate::keyfile::KeyFile;
use crate::permissions::{Context, Layer, Origin, UserDir};
use std::collections::BTreeMap;
use std::path::Path;

type Host = BTreeMap<PathBuf, PathKind>;

fn host() -> Host {
    let mut host = Host::new();
    let directories = [
        "/home",
        "/home/u",
        "/home/u/a",
        "/home/u/a/b",
        "/home/u/Music",
        "/home/u/.config",
        "/home/u/.config/kde",
        "/home/u/.var",
        "/home/u/.var/app",
        "/home/u/.var/app/org.x.Y",
        "/home/u/.local",
        "/home/u/.local/share",
        "/home/u/.local/share/flatpak",
        "/opt",
        "/srv",
        "/usr",
        "/usr/lib",
        "/var",
        "/var/mnt",
        "/tmp",
        "/sys",
        "/boot",
        "/run",
        "/run/user",
        "/run/user/1",
        "/media",
        "/mnt/real",
        "/mnt",
        "/etc",
    ];
    host.extend(directories.map(|path| (path.into(), PathKind::Directory)));
    host.insert("/home/u/file".into(), PathKind::File);
    host.insert("/run/user/1/sock".into(), PathKind::Socket);
    host.insert("/dev0".into(), PathKind::Other);
    let links = [
        ("/lib32", "usr/lib"),
        ("/data", "mnt/real"),
        ("/loop", "loop"),
        ("/evil", "etc"),
        ("/home/u/up", "../../srv"),
        ("/home/u/usr", "/usr"),
        ("/vlink", "var"),
        ("/home/u/Music/link", "../a"),
    ];
    host.extend(links.map(|(path, to)| (path.into(), PathKind::Link(to.into()))));
    host
}

fn places() -> HostPlaces {
    let dirs = [
        (UserDir::Music, "/home/u/Music"),
        (UserDir::Desktop, "/home/u"),
        (UserDir::Config, "/home/u/.config"),
        (UserDir::Run, "/run/user/1"),
    ];
    HostPlaces {
        home: "/home/u".into(),
        user_dirs: dirs.map(|(dir, path)| (dir, path.into())).into(),
        root_names: [
            "home", "opt", "srv", "usr", "var", "sys", "data", "lib32", "tmp", "dev0",
        ]
        .map(Into::into)
        .into(),
        app_directory: Some("/home/u/.var/app/org.x.Y".into()),
        previous_app_directories: Vec::new(),
        user_installation: Some("/home/u/.local/share/flatpak".into()),
    }
}

fn view(filesystems: &str) -> View {
    let text = format!("[Context]\nfilesystems={filesystems}\n");
    let file = KeyFile::parse(text.as_bytes()).unwrap();
    let context = Context::load(&file, &Origin::layer(Layer::App)).unwrap();
    View::decide(&context, &places(), &host())
}

fn written(view: &View) -> Vec<String> {
    let mark = |exposure: &Exposure| match exposure {
        Exposure::Directory => "dir".to_owned(),
        Exposure::Hidden => "hidden".to_owned(),
        Exposure::Bound(grant) => format!("{grant:?}"),
        Exposure::Link(target) => format!("-> {}", target.display()),
    };
    let own = ["/home/u/.var/app", "/home/u/.local/share/flatpak"];
    let shown = view
        .paths
        .iter()
        .filter(|(path, _)| !own.iter().any(|own| path.starts_with(own)));
    shown
        .map(|(path, shown)| format!("{} {}", path.display(), mark(&shown.exposure)))
        .collect()
}

#[test]
fn tokens_become_paths() {
    let rows: [(&str, &[&str]); 13] = [
        ("", &["/home/u dir"]),
        ("home:ro", &["/home/u ReadOnly"]),
        (
            "~/a;~/a/b:ro",
            &["/home/u dir", "/home/u/a ReadWrite", "/home/u/a/b ReadOnly"],
        ),
        ("home;!~/a", &["/home/u ReadWrite", "/home/u/a hidden"]),
        ("/home/u:ro;home", &["/home/u ReadWrite"]),
        (
            "~/absent;~/new:create",
            &["/home/u dir", "/home/u/new Create"],
        ),
        (
            "xdg-music:ro;xdg-desktop;xdg-videos",
            &["/home/u dir", "/home/u/Music ReadOnly"],
        ),
        (
            "/data",
            &["/data -> /mnt/real", "/home/u dir", "/mnt/real ReadWrite"],
        ),
        (
            "~/up",
            &["/home/u dir", "/home/u/up -> /srv", "/srv ReadWrite"],
        ),
        (
            "/home/u/Music/link/b",
            &[
                "/home/u dir",
                "/home/u/Music/link -> /home/u/a",
                "/home/u/a/b ReadWrite",
            ],
        ),
        (
            "/var/mnt;/tmp",
            &["/home/u dir", "/tmp ReadWrite", "/var/mnt ReadWrite"],
        ),
        (
            "xdg-run/sock",
            &["/home/u dir", "/run/user/1/sock ReadWrite"],
        ),
        (
            "host:ro;!home",
            &[
                "/data -> /mnt/real",
                "/home ReadOnly",
                "/home/u dir",
                "/mnt/real ReadOnly",
                "/opt ReadOnly",
                "/srv ReadOnly",
            ],
        ),
    ];
    for (filesystems, expected) in rows {
        assert_eq!(written(&view(filesystems)), expected, "{filesystems}");
    }
}

#[test]
fn reserved_paths_are_refused_whatever_leads_there() {
    let reserved = [
        "/usr",
        "/usr/lib",
        "/etc",
        "/proc",
        "/run",
        "/evil",
        "~/usr",
        "/lib32",
        "/sys",
        "/boot",
        "/var",
        "/vlink",
        "/loop",
        "/dev0",
        "/home/u/usr/lib",
    ];
    for path in reserved {
        let view = view(path);
        assert_eq!(written(&view), ["/home/u dir"], "{path}");
        assert_eq!(view.refused.len(), 1, "{path}");
        assert_eq!(view.refused[0].origin.as_ref().unwrap().layer, Layer::App);
    }
    let said = view("/evil").refused[0].why.to_string();
    assert_eq!(said, "path \"/etc\" is reserved for the sandbox");
    assert!(matches!(
        view("xdg-desktop").refused[0].why,
        Refusal::IsHome(_)
    ));
}

#[test]
fn host_implies_its_parts_and_home() {
    let view = view("host:ro;host-etc;");
    assert_eq!(view.host_os, Some(Grant::ReadOnly));
    assert_eq!(view.host_etc, Some(Grant::ReadWrite));
    assert_eq!(view.host_root, None);
    assert!(view.home_access);
    assert_eq!(
        view.access(&host(), Path::new("/home/u/file")),
        Grant::ReadOnly
    );
    let missing = Path::new("/home/u/missing");
    assert_eq!(view.access(&host(), missing), Grant::Nothing);
    let view = super::tests::view("host-os:ro");
    assert_eq!((view.host_os, view.host_etc), (Some(Grant::ReadOnly), None));
    assert!(!view.home_access);
}

#[test]
fn other_applications_are_hidden_and_the_own_one_is_not() {
    let own = Path::new("/home/u/.var/app/org.x.Y/x");
    let other = Path::new("/home/u/.var/app/org.x.Z");
    let flatpak = Path::new("/home/u/.local/share/flatpak/overrides");
    let seen = view("home");
    assert_eq!(seen.access(&host(), own), Grant::ReadWrite);
    assert_eq!(seen.access(&host(), other), Grant::Nothing);
    assert_eq!(seen.access(&host(), flatpak), Grant::Nothing);
    let seen = view("home;~/.var/app:ro");
    assert_eq!(seen.access(&host(), other), Grant::Nothing);
    assert_eq!(
        seen.access(&host(), Path::new("/home/u/.var/app")),
        Grant::ReadOnly
    );
    assert_eq!(seen.access(&host(), own), Grant::ReadWrite);
}

#[test]
fn the_nearest_path_decides() {
    let seen = view("home;~/a:ro;!~/a/b;/data");
    let rows = [
        ("/home/u/x", Grant::ReadWrite),
        ("/home/u/a", Grant::ReadOnly),
        ("/home/u/a/b/x", Grant::Nothing),
        ("/home/u/Music/link", Grant::ReadOnly),
        ("/data/x", Grant::ReadWrite),
        ("/mnt/real", Grant::ReadWrite),
        ("/mnt", Grant::Nothing),
        ("/home", Grant::Nothing),
        ("/etc/passwd", Grant::Nothing),
        ("/home/u/usr/x", Grant::Nothing),
    ];
    for (path, grant) in rows {
        assert_eq!(seen.access(&host(), Path::new(path)), grant, "{path}");
    }
    assert!(seen.parent_shows(Path::new("/home/u/a")));
    assert!(!seen.parent_shows(Path::new("/home/u/a/b/c")));
    assert!(!seen.parent_shows(Path::new("/data")));
}

#[test]
fn base_directories_also_show_in_the_own_directory() {
    let seen = view("xdg-config/kde:ro;xdg-config;xdg-music;xdg-config/absent");
    let [mirror] = seen.mirrors.as_slice() else {
        panic!("{:?}", seen.mirrors)
    };
    assert_eq!(mirror.source, Path::new("/home/u/.config/kde"));
    assert_eq!(
        (mirror.target.as_path(), mirror.grant),
        (Path::new("config/kde"), Grant::ReadOnly)
    );
    assert_eq!(
        seen.user_dirs,
        [("XDG_MUSIC_DIR", PathBuf::from("/home/u/Music"))]
    );
}

#[test]
fn nothing_is_made_where_a_link_leads_nowhere() {
    let mut host = host();
    host.insert("/home/u/gone".into(), PathKind::Link("not/there".into()));
    let text = b"[Context]\nfilesystems=~/gone:create;~/a/gone:create;\n";
    let file = KeyFile::parse(text).unwrap();
    let context = Context::load(&file, &Origin::layer(Layer::App)).unwrap();
    let view = View::decide(&context, &places(), &host);
    assert_eq!(view.refused[0].why, Refusal::Missing);
    assert!(view.paths[Path::new("/home/u/a/gone")].create);
    assert!(!view.paths.contains_key(Path::new("/home/u/not/there")));
}

#[test]
fn a_missing_directory_is_made_whoever_grants_more() {
    let seen = view("~/new:create;/home/u/new");
    let shown = &seen.paths[Path::new("/home/u/new")];
    assert!(shown.create && shown.exposure == Exposure::Bound(Grant::Create));
}
