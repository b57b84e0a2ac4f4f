//! Metadata becomes a spec.

use super::*;
use crate::app::parse;
use aril_sandbox::spec::{Descriptors, EnvChange, Namespaces, Nesting, NewUserNs, PidNs, UserNs};

const DATA: &str = "/home/u/.var/app/org.x.Y";

fn facts() -> Facts {
    let environment = [("LANG", "C"), ("SECRET_TOKEN", "s"), ("PATH", "/evil")];
    Facts {
        uid: 1000,
        user: b"u".to_vec(),
        gid: 100,
        group: b"g".to_vec(),
        home: "/home/u".into(),
        environment: environment
            .map(|(name, value)| (name.into(), value.into()))
            .into(),
        usr_names: vec!["bin", "lib64"],
    }
}

fn of(permissions: &str) -> Spec {
    let text = format!("[Application]\nname=org.x.Y\n{permissions}");
    let metadata = parse(text.as_bytes(), Path::new("metadata")).unwrap();
    let permits = Permits::decide(&metadata.permissions);
    let wanted = Wanted {
        id: "org.x.Y",
        command: "y".into(),
        arguments: vec!["-a".into()],
        permits: &permits,
        info: b"info".to_vec(),
        app: Source::Fd(7),
        data: Source::Fd(8),
        data_path: DATA.into(),
    };
    spec(wanted, &facts()).unwrap()
}

/// What can be written, by target.
fn writable(spec: &Spec) -> Vec<&str> {
    let entries = spec.tree.iter().filter(|entry| match &entry.node {
        Node::Bind(bind) => bind.access == Access::ReadWrite,
        Node::Tmpfs { .. } => true,
        Node::Data { access, .. } => *access == Access::ReadWrite,
        _ => false,
    });
    entries
        .map(|entry| entry.target.to_str().unwrap())
        .collect()
}

fn value(spec: &Spec, name: &str) -> Option<OsString> {
    let mut found = None;
    for change in &spec.program.environment {
        match change {
            EnvChange::Set(known, value) if known == name => found = Some(value.clone()),
            EnvChange::Unset(known) if known == name => found = None,
            _ => {}
        }
    }
    found
}

fn has(spec: &Spec, target: &str) -> bool {
    spec.tree
        .iter()
        .any(|entry| entry.target == Path::new(target))
}

#[test]
fn without_permissions_nothing_is_shared() {
    let spec = of("");
    assert_eq!(spec.namespaces, Namespaces::default());
    assert_eq!(spec.namespaces.pid, PidNs::New);
    let UserNs::New(NewUserNs { nesting, .. }) = spec.namespaces.user else {
        panic!("the host's user namespace");
    };
    assert_eq!(nesting, Nesting::Forbidden);
    assert_eq!(spec.credentials, aril_sandbox::spec::Credentials::default());
    assert_eq!(spec.root.access, Access::ReadOnly);
    assert_eq!(spec.program.descriptors, Descriptors::Only(vec![]));
    assert!(spec.supervision.die_with_launcher);
    assert_eq!(spec.seccomp.len(), 1);
    assert_eq!(
        writable(&spec),
        ["/dev/shm", "/tmp", "/var/tmp", "/run/user/1000", DATA]
    );
    assert!(has(&spec, "/bin") && has(&spec, "/lib64") && !has(&spec, "/sbin"));
    assert!(!has(&spec, "/etc/resolv.conf"));
}

#[test]
fn the_environment() {
    let spec =
        of("[Environment]\nA=1\nFLATPAK_ID=org.other.App\n[Context]\nunset-environment=LANG;\n");
    let rows = [
        ("PATH", Some("/app/bin:/usr/bin")),
        ("A", Some("1")),
        ("LANG", None),
        ("SECRET_TOKEN", None),
        ("HOME", Some("/home/u")),
        ("FLATPAK_ID", Some("org.x.Y")),
        ("container", Some("flatpak")),
        ("XDG_DATA_HOME", Some("/home/u/.var/app/org.x.Y/data")),
        (
            "XDG_STATE_HOME",
            Some("/home/u/.var/app/org.x.Y/.local/state"),
        ),
        ("XDG_RUNTIME_DIR", Some("/run/user/1000")),
    ];
    for (name, expected) in rows {
        assert_eq!(value(&spec, name), expected.map(OsString::from), "{name}");
    }
}

#[test]
fn the_network_is_given_when_asked_for() {
    let spec = of("[Context]\nshared=network;\n");
    assert_eq!(spec.namespaces.network, Network::Host);
    assert_eq!(spec.namespaces.ipc, Share::New);
    assert!(has(&spec, "/etc/resolv.conf"));
}

#[test]
fn what_is_not_supported_changes_nothing() {
    let asked = of(
        "[Context]\nsockets=x11;session-bus;\ndevices=all;\nfilesystems=host;\n\
         [Session Bus Policy]\norg.a.B=own\n",
    );
    assert_eq!(asked, of(""));
}
