//! Specs as data: written, read again, and started.

use aril_sandbox::spec::{
    CapabilityChange, EnvChange, Landlock, Limits, Network, Node, ResourceLimit, SeccompProgram,
    Stream,
};
use aril_sandbox::{Access, Capabilities, Entry, Host, Outcome, Plan, Spec};

/// A spec that says something in each of its parts.
fn spec() -> Spec {
    let mut spec = Spec::new("/bin/sh");
    spec.program.args = vec!["-c".into(), "exit 7".into()];
    spec.program.environment = vec![EnvChange::Set("LANG".into(), "C".into())];
    for directory in ["/usr", "/bin", "/lib", "/lib64"] {
        let entry = Entry::bind(directory, directory, Access::ReadOnly);
        spec.tree.push(entry.optional());
    }
    spec.tree.push(Entry::new(
        "/tmp",
        Node::Tmpfs {
            mode: 0o1777,
            size: Some(1 << 20),
        },
    ));
    spec.namespaces.network = Network::None;
    spec.credentials.limits = vec![ResourceLimit {
        resource: 7,
        soft: 64,
        hard: 64,
    }];
    spec.limits = Limits {
        processes: Some(20),
        ..Limits::default()
    };
    spec
}

#[test]
fn what_is_written_is_read_again() {
    let mut spec = spec();
    spec.landlock = Some(Landlock::default());
    spec.credentials.capabilities = vec![CapabilityChange::Add(Capabilities::ALL)];
    spec.seccomp = vec![SeccompProgram::Bytes(vec![6, 0, 0, 0, 0, 0, 0xff, 0x7f])];
    spec.program.streams = [Stream::Null, Stream::Inherit, Stream::Inherit];
    let text = serde_json::to_string(&spec).expect("a spec of text");
    assert_eq!(
        serde_json::from_str::<Spec>(&text).expect("what was written"),
        spec
    );
}

#[test]
fn what_was_read_runs() {
    let text = serde_json::to_string(&spec()).expect("a spec of text");
    let mut spec: Spec = serde_json::from_str(&text).expect("what was written");
    spec.limits = Limits::default(); // Root's processes cannot be counted everywhere.
    let host = Host::gather().expect("facts");
    let plan = Plan::new(&spec, &host).expect("a plan");
    let outcome = plan.launch().expect("a start").wait();
    assert_eq!(outcome.expect("an end"), Outcome::Exited(7));
}

#[test]
fn a_word_that_is_not_known_is_an_error() {
    let text = serde_json::to_string(&spec()).expect("a spec of text");
    let text = text.replacen("\"ReadOnly\"", "\"ReadAlmostOnly\"", 1);
    let error = serde_json::from_str::<Spec>(&text).expect_err("no such access");
    assert!(error.to_string().contains("ReadAlmostOnly"), "{error}");
}
