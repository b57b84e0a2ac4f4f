//! What appears for which permissions.

use super::*;
use crate::permissions::{Context, Facts as Conditions, Layer, Origin as Said, options};
use std::os::unix::net::UnixListener;
use std::path::PathBuf;

struct Session {
    place: tempfile::TempDir,
    facts: Facts,
}

impl Session {
    fn new(variables: &[(&str, &str)]) -> Self {
        let place = tempfile::tempdir().unwrap();
        let expand = |value: &str| value.replace("RT", place.path().to_str().unwrap());
        let variables = variables.iter();
        let environment = variables.map(|(name, value)| (name.into(), expand(value).into()));
        let facts = Facts {
            uid: 1000,
            gid: 1000,
            user: b"u".to_vec(),
            group: b"u".to_vec(),
            real_name: Vec::new(),
            home: place.path().join("home"),
            runtime_dir: Some(place.path().to_owned()),
            environment: environment.collect(),
        };
        Self { place, facts }
    }

    fn listen(&self, name: &str) -> PathBuf {
        let path = self.place.path().join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        drop(UnixListener::bind(&path).unwrap());
        path
    }

    fn part(&self, asked: &[(&str, &str)]) -> Part {
        let mut context = Context::default();
        for (option, value) in asked {
            for change in options::parse(option, value).unwrap() {
                context.apply(change, &Said::layer(Layer::App));
            }
        }
        let sockets = Sockets {
            granted: &context.granted(&Conditions::default()),
            id: &"org.x.Y".parse().unwrap(),
            instance: "42",
        };
        part(&sockets, &self.facts).unwrap()
    }
}

fn entry<'a>(part: &'a Part, target: &str) -> Option<&'a Entry> {
    part.tree
        .iter()
        .find(|entry| entry.target == Path::new(target))
}

fn value(part: &Part, name: &str) -> Option<String> {
    let changes = part.environment.iter().rev();
    let mut set = changes.filter_map(|change| match change {
        EnvChange::Set(of, value) if of == name => Some(value.to_str().unwrap().to_owned()),
        _ => None,
    });
    set.next()
}

const SESSION: [(&str, &str); 4] = [
    ("DISPLAY", "RT/x:7"),
    ("SSH_AUTH_SOCK", "RT/ssh"),
    ("DBUS_SESSION_BUS_ADDRESS", "unix:path=RT/bus,guid=1"),
    ("PULSE_SERVER", "unix:RT/p"),
];

#[test]
fn nothing_is_there_that_is_not_granted() {
    let session = Session::new(&SESSION);
    for name in ["x", "ssh", "bus", "p"] {
        session.listen(name);
    }
    let part = session.part(&[]);
    let targets: Vec<_> = part.tree.iter().map(|entry| &entry.target).collect();
    assert_eq!(targets, [Path::new("/tmp/.X11-unix")]);
    assert!(part.runtime_links.is_empty() && part.passed.is_empty());
    assert_eq!(value(&part, "DISPLAY"), None);
}

#[test]
fn what_is_granted_is_there() {
    let session = Session::new(&SESSION);
    let rows = [
        ("x11", "x", "/tmp/.X11-unix/X7", ("DISPLAY", ":7")),
        (
            "ssh-auth",
            "ssh",
            "/run/flatpak/ssh-auth",
            ("SSH_AUTH_SOCK", "/run/flatpak/ssh-auth"),
        ),
        (
            "session-bus",
            "bus",
            "/run/flatpak/bus",
            ("DBUS_SESSION_BUS_ADDRESS", "unix:path=/run/flatpak/bus"),
        ),
        (
            "pulseaudio",
            "p",
            "/run/flatpak/pulse/native",
            ("PULSE_SERVER", "unix:/run/flatpak/pulse/native"),
        ),
    ];
    for (word, name, target, (variable, text)) in rows {
        let part = session.part(&[("socket", word)]);
        assert!(entry(&part, target).is_none(), "{word}");
        assert!(!part.notes.is_empty(), "{word}");
        let source = session.listen(name);
        let part = session.part(&[("socket", word)]);
        let found = entry(&part, target).unwrap();
        let expected = Entry::bind(&source, target, Access::ReadOnly);
        assert_eq!(found.node, expected.node, "{word}");
        let origin = format!("socket={word}, application");
        assert_eq!(found.origin.as_deref(), Some(&*origin));
        assert_eq!(value(&part, variable).as_deref(), Some(text), "{word}");
    }
}

#[test]
fn a_display_elsewhere_needs_the_network() {
    let session = Session::new(&[("DISPLAY", "host:3.1")]);
    let part = session.part(&[("socket", "x11")]);
    assert_eq!(value(&part, "DISPLAY"), None);
    assert!(matches!(part.notes.as_slice(), [Note::Warning(_)]));
    let part = session.part(&[("socket", "x11"), ("share", "network")]);
    assert_eq!(value(&part, "DISPLAY").as_deref(), Some("host:3.1"));
}

#[test]
fn wayland_sockets_that_are_inherited() {
    let (ours, _theirs) = std::os::unix::net::UnixStream::pair().unwrap();
    let fd = std::os::fd::AsRawFd::as_raw_fd(&ours).to_string();
    let session = Session::new(&[("WAYLAND_SOCKET", &fd)]);
    let part = session.part(&[("socket", "wayland")]);
    assert!(part.passed.is_empty() && value(&part, "WAYLAND_SOCKET").is_none());
    let part = session.part(&[("socket", "inherit-wayland-socket")]);
    assert_eq!(part.passed, [fd.parse::<i32>().unwrap()]);
    for bad in ["0", "-1", "99999", "x", ""] {
        let session = Session::new(&[("WAYLAND_SOCKET", bad)]);
        let part = session.part(&[("socket", "inherit-wayland-socket")]);
        assert!(part.passed.is_empty(), "{bad}");
    }
}
