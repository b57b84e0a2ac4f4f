//! `aril exec --dbus-talk`: what is said where it cannot be had, what opens much, and what was refused.
//!
//! What is in reach is tested in tests/exec/bus.rs.

mod support;

use serde_json::Value;
use std::fs;
use std::path::Path;
use std::process::Output;
use support::program;
use support::project::Project as Case;

impl Case {
    fn new() -> Self {
        Self::with(&["home/.config/aril/profiles"])
    }

    /// Where there is no bus.
    fn alone(&self, words: &[&str], variables: &[(&str, &str)]) -> Output {
        let mut command = self.command(words);
        command.envs(variables.iter().copied()).output().unwrap()
    }

    /// With a bus of its own; `None`, with a word, where there can be none.
    fn in_session(&self, words: &[&str], variables: &[(&str, &str)]) -> Option<Output> {
        for name in ["dbus-run-session", "dbus-send", "xdg-dbus-proxy"] {
            if !Path::new("/usr/bin").join(name).exists() {
                eprintln!("skipped: there is no {name}");
                return None;
            }
        }
        let mut command = self.started("/usr/bin/dbus-run-session");
        command.arg("--").arg(program()).args(words);
        Some(command.envs(variables.iter().copied()).output().unwrap())
    }
}

/// The lines, but those of a bus that root has started.
fn text(bytes: &[u8]) -> String {
    let text = String::from_utf8(bytes.to_vec()).unwrap();
    let lines = text.split_inclusive('\n');
    lines
        .filter(|line| !line.starts_with("dbus-daemon["))
        .collect()
}

const TOUCH: [&str; 3] = ["sh", "-c", "echo ran >ran"];

fn refused(case: &Case, output: &Output, words: &str) {
    let said = text(&output.stderr);
    assert_eq!(output.status.code(), Some(125), "{said}");
    assert!(said.contains(words), "{words}: {said}");
    assert!(!case.path("home/project/ran").exists(), "it was started");
}

#[test]
fn what_is_no_name_is_refused() {
    let case = Case::new();
    let long = format!("org.{}", "a".repeat(260));
    for bad in [
        "",
        "*",
        "org",
        "org.*.a",
        "org..a",
        ".org.a",
        "org.a.",
        "org.1a",
        ":1.7",
        "org.a=@/x",
        "org.a b",
        "org.é",
        &long,
    ] {
        let words = [&["exec", "--dbus-talk", bad][..], &TOUCH].concat();
        let expected = &format!("read the option, on --dbus-talk {bad}: it is no bus name");
        refused(&case, &case.alone(&words, &[]), expected);
    }
    fs::write(
        case.path("home/project/aril.toml"),
        "dbus-talk = \"org.a.B\"\n",
    )
    .unwrap();
    let output = case.alone(&[&["exec"][..], &TOUCH].concat(), &[]);
    refused(
        &case,
        &output,
        "aril.toml:1: `dbus-talk` would give something",
    );
}

#[test]
fn without_a_bus_or_a_filter_nothing_starts() {
    let case = Case::new();
    let words = [&["exec", "--dbus-talk", "org.a.B"][..], &TOUCH].concat();
    for (address, expected) in [
        (
            "",
            "find the session bus: DBUS_SESSION_BUS_ADDRESS is not set\nhint: ",
        ),
        (
            "nonsense",
            "find the session bus: nonsense is not an address of a bus",
        ),
        (
            "unix:path=/nowhere",
            "connect to a bus, on unix:path=/nowhere: no such file or directory\nhint: ",
        ),
        (
            "tcp:host=127.0.0.1,port=1",
            "only sockets of this machine are spoken to",
        ),
    ] {
        let variables = [("DBUS_SESSION_BUS_ADDRESS", address)];
        refused(&case, &case.alone(&words, &variables), expected);
    }
    for (proxy, expected) in [
        ("/nowhere", "start the proxy of message buses: "),
        (
            "/usr/bin/true",
            "it ended before it was ready (exit status 0)",
        ),
    ] {
        let variables = [("FLATPAK_DBUSPROXY", proxy)];
        let Some(output) = case.in_session(&words, &variables) else {
            return;
        };
        refused(&case, &output, expected);
    }
    let variables = [("XDG_RUNTIME_DIR", "/tmp")];
    let output = case.in_session(&words, &variables).unwrap();
    refused(
        &case,
        &output,
        "on XDG_RUNTIME_DIR: it is not a directory of the user's alone",
    );
    let output = case.in_session(&words, &[]).unwrap();
    assert_eq!(output.status.code(), Some(0), "the control: {output:?}");
    assert!(case.path("home/project/ran").exists());
    assert_eq!(text(&output.stderr).lines().count(), 0, "{output:?}");
}

#[test]
fn names_that_open_much_are_told() {
    let case = Case::new();
    let profile = "dbus-talk = [\"org.a.B\", \"org.gnome.Shell\"]\n";
    fs::write(case.path("home/.config/aril/profiles/bus.toml"), profile).unwrap();
    for (options, expected) in [
        (&["--dbus-talk", "org.a.B"][..], ""),
        (&["-q", "--dbus-talk", "org.freedesktop.systemd1"], ""),
        (
            &["--dbus-talk", "org.freedesktop.systemd1"],
            "warning: --dbus-talk org.freedesktop.systemd1: who talks to it starts programs",
        ),
        (
            &["--dbus-talk", "org.freedesktop.*"],
            "warning: --dbus-talk org.freedesktop.*: org.freedesktop.systemd1 is among them: ",
        ),
        (
            &["--profile", "bus"],
            "bus.toml:1: org.gnome.Shell: who talks to it steers",
        ),
    ] {
        let words = [&["exec"], options, &["true"]].concat();
        let Some(output) = case.in_session(&words, &[]) else {
            return;
        };
        let said = text(&output.stderr);
        assert_eq!(output.status.code(), Some(0), "{said}");
        assert!(said.contains(expected), "{options:?}: {said}");
        let most = usize::from(!expected.is_empty());
        assert_eq!(said.lines().count(), most, "{options:?}: {said}");
    }
    let words = [
        "explain",
        "--json",
        "exec",
        "--profile",
        "bus",
        "--dbus-talk",
        "org.c.D",
        "true",
    ];
    let output = case.alone(&words, &[]);
    let explained: Value = serde_json::from_slice(&output.stdout).unwrap();
    let lines = explained["sockets"].as_array().unwrap();
    let origin = format!(
        "{}:1",
        case.path("home/.config/aril/profiles/bus.toml").display()
    );
    let expected = [
        ("org.a.B", origin.as_str()),
        ("org.gnome.Shell", &origin),
        ("org.c.D", "--dbus-talk org.c.D"),
    ];
    let expected = expected.map(|(name, origin)| {
        serde_json::json!({
            "what": format!("the session bus, filtered: talk to {name}"),
            "openness": "open",
            "origin": origin,
        })
    });
    assert_eq!(lines, &expected);
    for shape in [&["explain"][..], &["explain", "--html"]] {
        let words = [shape, &["exec", "--dbus-talk", "org.c.D", "true"]].concat();
        let page = text(&case.alone(&words, &[]).stdout);
        assert!(page.contains("talk to org.c.D"), "{page}");
    }
}

#[test]
fn what_the_bus_refuses_is_reported_with_what_allows_it() {
    let case = Case::new();
    let bus = "org.freedesktop.DBus";
    let ask = |name: &str, call: &str| {
        format!("dbus-send --session --print-reply --dest={name} / {call}; ")
    };
    let script = ask("org.aril.Missed", "a.b.C").repeat(3)
        + &ask("org.freedesktop.systemd1", "a.b.Start")
        + &ask(
            bus,
            &format!("{bus}.RequestName string:org.aril.Own uint32:0"),
        )
        + &ask(bus, &format!("{bus}.AddMatch string:eavesdrop=true"))
        + &ask(bus, &format!("{bus}.GetId"));
    let options = ["exec", "--report", "--dbus-talk", "org.a.B", "sh", "-c"];
    let words = [&options[..], &[&script]].concat();
    let Some(output) = case.in_session(&words, &[]) else {
        return;
    };
    let said = text(&output.stderr);
    let told = said.lines().filter(|line| line.starts_with("denied "));
    let expected = [
        "denied 3 times: on the session bus org.aril.Missed: it cannot be talked to (a.b.C); --dbus-talk \
         org.aril.Missed allows it",
        "denied once: on the session bus org.freedesktop.systemd1: it cannot be talked to (a.b.Start); \
         --dbus-talk org.freedesktop.systemd1 allows it, but who talks to it starts programs outside of the \
         sandbox",
        "denied once: on the session bus org.aril.Own: no name can be had on the session bus \
         (org.freedesktop.DBus.RequestName); no option allows it",
        "denied once: on the session bus org.freedesktop.DBus: it is refused on the session bus \
         (org.freedesktop.DBus.AddMatch); no option allows it",
    ];
    assert_eq!(told.collect::<Vec<_>>(), expected, "{said}");
    let why = case.alone(&["why", "--json"], &[]);
    let why: Value = serde_json::from_slice(&why.stdout).unwrap();
    let first = &why["denials"][0];
    assert_eq!(first["kind"], "bus-name");
    assert_eq!(
        first["allow"],
        serde_json::json!(["--dbus-talk", "org.aril.Missed"])
    );
    // With what allows it the bus itself answers, that nobody has the name.
    let missed = ask("org.aril.Missed", "a.b.C");
    for (name, expected) in [("org.a.B", false), ("org.aril.Missed", true)] {
        let options = ["exec", "--report", "--dbus-talk", name, "sh", "-c"];
        let words = [&options[..], &[&missed]].concat();
        let said = text(&case.in_session(&words, &[]).unwrap().stderr);
        assert_eq!(
            said.contains("was not provided by any .service files"),
            expected,
            "{said}"
        );
        assert_eq!(said.ends_with("denied: nothing\n"), expected, "{said}");
    }
    // Without a report nobody is told of messages.
    let words = [
        &["exec", "--dbus-talk", "org.a.B", "sh", "-c"][..],
        &[&script],
    ]
    .concat();
    let said = text(&case.in_session(&words, &[]).unwrap().stderr);
    assert!(
        !said.contains("denied") && !said.contains("HIDDEN"),
        "{said}"
    );
}
