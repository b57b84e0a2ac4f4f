use super::*;
use crate::compose::Note;
use std::collections::BTreeMap;
use std::fs::{self, File};
use std::os::fd::AsFd;
use std::os::unix::fs::symlink;
use tempfile::TempDir;

/// A host written by hand: a root, a home directory, a directory of sockets, a runtime.
struct Host {
    place: TempDir,
    view: View,
    network: bool,
    helper: SessionHelper,
}

impl Host {
    fn new(files: &[&str]) -> Self {
        let place = tempfile::tempdir().unwrap();
        for directory in ["root", "home/.var/app/org.x.Y", "sockets", "runtime"] {
            fs::create_dir_all(place.path().join(directory)).unwrap();
        }
        let host = Self {
            place,
            view: View::default(),
            network: false,
            helper: SessionHelper::default(),
        };
        for file in files {
            host.write(file, file);
        }
        host
    }

    fn at(&self, path: &str) -> PathBuf {
        self.place.path().join(path)
    }

    fn write(&self, path: &str, text: &str) {
        let path = self.at(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    fn part(&self) -> Part {
        let facts = Facts {
            uid: 1000,
            gid: 1000,
            user: b"u".to_vec(),
            group: b"u".to_vec(),
            real_name: Vec::new(),
            home: self.at("home"),
            runtime_dir: Some(self.at("sockets")),
            environment: BTreeMap::new(),
        };
        let own = self.at("home/.var/app/org.x.Y");
        let directory = File::open(&own).unwrap();
        part(&HostFiles {
            root: &self.at("root"),
            facts: &facts,
            runtime: &Beneath::open_root(&self.at("runtime")).unwrap(),
            network: self.network,
            view: &self.view,
            helper: &self.helper,
            app_directory: Some((directory.as_fd(), &own)),
            missing: Missing::Make,
        })
    }

    fn written(&self) -> Vec<String> {
        let part = self.part();
        let entries = part.tree.iter();
        entries.map(|entry| self.word(entry)).collect()
    }

    fn word(&self, entry: &Entry) -> String {
        let place = self.place.path().to_str().unwrap();
        let node = match &entry.node {
            Node::Bind(bind) => {
                assert_eq!(bind.access, Access::ReadOnly);
                match &bind.source {
                    Source::Path(path) => format!("< {}", path.display()),
                    Source::Fd(_) => "< fd".into(),
                }
            }
            Node::Data { data, access, .. } => {
                assert_eq!(*access, Access::ReadOnly);
                match data {
                    Data::Bytes(bytes) if bytes.len() < 99 => {
                        format!("= {}", String::from_utf8(bytes.clone()).unwrap().trim_end())
                    }
                    _ => "= ...".into(),
                }
            }
            Node::Symlink { to } => format!("-> {}", to.to_str().unwrap()),
            Node::Tmpfs { .. } => "empty".into(),
            Node::ReadOnly => "sealed".into(),
            other => panic!("{other:?}"),
        };
        format!("{} {node}", entry.target.display()).replace(place, "")
    }
}

/// What a host without anything gives.
const NOTHING: &[&str] = &[
    "/run/host/container-manager = flatpak",
    "/run/host/fonts-cache empty",
    "/run/host/fonts-cache sealed",
    "/run/host/user-fonts-cache empty",
    "/run/host/user-fonts-cache sealed",
    "/run/host/font-dirs.xml = ...",
];

#[test]
fn what_the_host_has_not_is_not_missed() {
    assert_eq!(Host::new(&[]).written(), NOTHING);
}

#[test]
fn what_the_host_has_is_shown() {
    let rows: [(&[&str], &[&str]); 12] = [
        (
            &["root/etc/os-release", "root/usr/lib/os-release"],
            &["/run/host/os-release < /root/etc/os-release"],
        ),
        (
            &["root/usr/lib/os-release"],
            &["/run/host/os-release < /root/usr/lib/os-release"],
        ),
        (
            &["root/usr/share/fonts/f", "root/usr/local/share/fonts/f"],
            &[
                "/run/host/fonts < /root/usr/share/fonts",
                "/run/host/local-fonts < /root/usr/local/share/fonts",
            ],
        ),
        (
            &["root/usr/lib/fontconfig/cache/c"],
            &["/run/host/fonts-cache < /root/usr/lib/fontconfig/cache"],
        ),
        (&["home/.fonts/f"], &["/run/host/user-fonts < fd"]),
        (
            &["home/.cache/fontconfig/c"],
            &["/run/host/user-fonts-cache < fd"],
        ),
        (
            &["root/usr/share/icons/i", "home/.local/share/icons/i"],
            &[
                "/run/host/share/icons < /root/usr/share/icons",
                "/run/host/user-share/icons < fd",
            ],
        ),
        (
            &["root/etc/resolv.conf", "root/etc/hosts"],
            &[
                "/etc/resolv.conf < /root/etc/resolv.conf",
                "/etc/hosts < /root/etc/hosts",
            ],
        ),
        (
            &["root/run/systemd/journal/socket"],
            &["/run/systemd/journal/socket < /root/run/systemd/journal/socket"],
        ),
        (&["root/run/systemd/resolve/io.systemd.Resolve"], &[]),
        (&["sockets/gssproxy/s"], &[]),
        (
            &["root/etc/localtime"],
            &["/etc/localtime < /root/etc/localtime"],
        ),
    ];
    for (files, expected) in rows {
        let written = Host::new(files).written();
        for entry in expected {
            assert!(
                written.contains(&(*entry).to_owned()),
                "{entry}: {written:?}"
            );
        }
        let more = written
            .iter()
            .filter(|entry| !NOTHING.contains(&entry.as_str()));
        assert_eq!(more.count(), expected.len(), "{files:?}: {written:?}");
    }
}

#[test]
fn with_the_network_come_its_services() {
    let mut host = Host::new(&[
        "root/run/systemd/resolve/io.systemd.Resolve",
        "sockets/gssproxy/s",
    ]);
    host.network = true;
    let written = host.written();
    let socket = "/run/systemd/resolve/io.systemd.Resolve";
    assert!(
        written.contains(&format!("{socket} < /root{socket}")),
        "{written:?}"
    );
    assert!(
        written.contains(&"/run/flatpak/gssproxy < fd".to_owned()),
        "{written:?}"
    );
}

#[test]
fn the_zone_is_a_link_into_the_database() {
    let zone = "root/usr/share/zoneinfo/Europe/Berlin";
    let link = "/etc/localtime -> ../usr/share/zoneinfo/Europe/Berlin";
    let host = Host::new(&[zone, "runtime/share/zoneinfo/UTC"]);
    fs::create_dir_all(host.at("root/etc")).unwrap();
    symlink(
        "/usr/share/zoneinfo/Europe/Berlin",
        host.at("root/etc/localtime"),
    )
    .unwrap();
    let written = host.written();
    for expected in [
        "/usr/share/zoneinfo < /root/usr/share/zoneinfo",
        link,
        "/etc/timezone = Europe/Berlin",
    ] {
        assert!(
            written.contains(&expected.to_owned()),
            "{expected}: {written:?}"
        );
    }
    // A runtime that is the host's own `/usr` has it already.
    fs::remove_dir_all(host.at("runtime")).unwrap();
    symlink("root/usr", host.at("runtime")).unwrap();
    let written = host.written();
    assert!(written.contains(&link.to_owned()), "{written:?}");
    assert!(
        !written.iter().any(|entry| entry.starts_with("/usr")),
        "{written:?}"
    );
}

#[test]
fn what_the_session_helper_has_is_used() {
    let mut host = Host::new(&[
        "root/etc/resolv.conf",
        "sockets/monitor/hosts",
        "sockets/pkcs11",
    ]);
    host.helper = SessionHelper {
        monitor: Some(host.at("sockets/monitor")),
        certificates: Some(host.at("sockets/pkcs11")),
    };
    let written = host.written();
    for expected in [
        "/etc/resolv.conf -> /run/host/monitor/resolv.conf",
        "/run/host/monitor < fd",
        "/run/flatpak/p11-kit/pkcs11 < /sockets/pkcs11",
    ] {
        let expected = expected.to_owned();
        assert!(written.contains(&expected), "{expected}: {written:?}");
    }
    host.helper.monitor = Some(host.at("sockets/gone"));
    host.helper.certificates = Some(host.at("sockets/gone"));
    let written = host.written();
    let direct = "/etc/resolv.conf < /root/etc/resolv.conf";
    assert!(written.contains(&direct.to_owned()), "{written:?}");
    assert!(!written.iter().any(|entry| entry.contains("p11-kit")));
}

#[test]
fn a_link_in_the_home_directory_is_not_followed() {
    let host = Host::new(&["home/.ssh/key"]);
    fs::create_dir_all(host.at("home/.local/share")).unwrap();
    for link in [
        "home/.local/share/fonts",
        "home/.local/share/icons",
        "home/.fonts",
    ] {
        symlink(host.at("home/.ssh"), host.at(link)).unwrap();
    }
    assert_eq!(host.written(), NOTHING);
    let notes = host.part().notes;
    assert_eq!(notes.len(), 3);
    assert!(
        notes.iter().all(|note| matches!(note, Note::Detail(_))),
        "{notes:?}"
    );
}

#[test]
fn shared_directories_are_named() {
    let mut host = Host::new(&["home/.config/user-dirs.dirs"]);
    assert_eq!(host.written(), NOTHING);
    let target = "/home/.var/app/org.x.Y/config/user-dirs.dirs";
    host.view.user_dirs = vec![("XDG_MUSIC_DIR", "/m".into())];
    let generated = format!("{target} = XDG_MUSIC_DIR=\"/m\"");
    assert!(host.written().contains(&generated));
    host.view.home_access = true;
    let own = format!("{target} = home/.config/user-dirs.dirs");
    assert!(host.written().contains(&own));
    // The application's own links are not followed.
    let config = host.at("home/.var/app/org.x.Y/config");
    fs::remove_dir_all(&config).unwrap();
    symlink("/etc", &config).unwrap();
    assert_eq!(host.written(), NOTHING);
}
