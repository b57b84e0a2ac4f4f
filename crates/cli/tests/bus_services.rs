//! The services of a session's bus that have a place of their own inside: the accessibility bus, and the
//! document portal.

#[path = "sockets/server.rs"]
mod server;
mod support;

use server::Session;
use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::Stdio;
use support::{Case, ID, program};

/// A session with a bus that starts services, and the variable that tells of it.
fn session() -> (Session, String) {
    let mut session = Session::new();
    let address = bus(&mut session, &[]);
    (session, address)
}

/// Starts a bus by these words, and tells where it is.
fn bus(session: &mut Session, by: &[&str]) -> String {
    let address = format!("unix:path={}", session.path("bus").display());
    let option = format!("--address={address}");
    let bus = [
        "dbus-daemon",
        "--session",
        "--nofork",
        "--print-address=1",
        &option,
    ];
    let words = [by, &bus].concat();
    assert!(session.serve(&words, "unix:path").is_some());
    address
}

#[test]
fn the_real_accessibility_bus() {
    let (session, address) = session();
    let variables = [("DBUS_SESSION_BUS_ADDRESS", &*address)];
    let script = "echo \"${AT_SPI_BUS_ADDRESS-none}\"; [ -S /run/flatpak/at-spi-bus ] || exit 0
        ask() { dbus-send --bus=unix:path=/run/flatpak/at-spi-bus --print-reply --dest=$1 $2 $3 \
            >/dev/null 2>&1 && echo $3 || echo no ${3##*.}; }
        ask org.a11y.atspi.Registry /org/a11y/atspi/registry \
            org.a11y.atspi.Registry.GetRegisteredEvents
        ask org.freedesktop.DBus / org.freedesktop.DBus.ReloadConfig";
    let seen = session.inside("", script, &variables);
    if seen == "none\n" {
        return eprintln!("skipped: there is no accessibility bus here");
    }
    let expected = "unix:path=/run/flatpak/at-spi-bus\n\
                    org.a11y.atspi.Registry.GetRegisteredEvents\nno ReloadConfig\n";
    assert_eq!(seen, expected);
    let refused = session.inside_with([&["--no-a11y-bus"], &[]], ("", script), &variables);
    assert_eq!(refused, "none\n");
}

#[test]
fn a_file_is_handed_in_by_the_real_portal() {
    let (session, address) = session();
    let variables = [("DBUS_SESSION_BUS_ADDRESS", &*address)];
    let file = session.path("a b");
    fs::write(&file, "contents").unwrap();
    fs::write(session.path("other"), "not handed in").unwrap();
    let path = file.to_str().unwrap();
    let script =
        "[ -r \"$1\" ] || { echo none; exit; }; cat \"$1\"; printf ' and more' >>\"$1\"; echo
        ls \"${1%/*}\"; cat \"${1%/*}/other\" \"$2/other\" 2>/dev/null || echo no other";
    let place = session.path("");
    let arguments = ["@@", path, "@@", place.to_str().unwrap()];
    let options = ["--file-forwarding"];
    let seen = session.inside_with([&options, &arguments], ("", script), &variables);
    let mut unmount = session.command("fusermount3");
    unmount.args(["-u", "-z"]).arg(session.path("doc"));
    drop(unmount.stderr(Stdio::null()).status());
    if seen == "none\n" {
        return eprintln!("skipped: there is no document portal here");
    }
    assert_eq!(seen, "contents\na b\nno other\n");
    assert_eq!(fs::read_to_string(&file).unwrap(), "contents and more");
    let shown = "[ -e /run/flatpak/doc ] && echo documents || echo none";
    assert_eq!(session.inside("", shown, &variables), "documents\n");
    let refused = session.inside_with([&["--no-documents-portal"], &[]], ("", shown), &variables);
    assert_eq!(refused, "none\n");
    // The control of the handing in: without the option the file is out of sight.
    let seen = session.inside_with([&[], &arguments[1..2]], ("", script), &variables);
    assert_eq!(seen, "none\n");
}

/// The files by which names are resolved, as an administrator replaces them while an application runs:
/// the application sees the new ones where the session helper runs.
#[test]
fn the_resolver_follows_the_host_by_the_real_session_helper() {
    if !Path::new("/usr/libexec/flatpak-session-helper").exists() {
        return eprintln!("skipped: there is no session helper here");
    }
    let mut session = Session::new();
    let etc = session.path("etc");
    fs::create_dir(&etc).unwrap();
    let public = fs::Permissions::from_mode(0o755);
    fs::set_permissions(&etc, public).unwrap();
    for name in ["passwd", "group", "nsswitch.conf"] {
        fs::copy(Path::new("/etc").join(name), etc.join(name)).unwrap();
    }
    for name in ["hosts", "resolv.conf"] {
        fs::write(etc.join(name), "first\n").unwrap();
    }
    // Whoever sees this directory as /etc has a host whose files the test may replace.
    let elsewhere = [
        "bwrap",
        "--die-with-parent",
        "--dev-bind",
        "/",
        "/",
        "--bind",
        etc.to_str().unwrap(),
        "/etc",
    ];
    let address = bus(&mut session, &elsewhere);
    let case = Case::new();
    case.metadata(&format!("[Application]\nname={ID}\ncommand=sh\n"));
    let run = |variables: &[(&str, &str)]| {
        let mut command = session.command(elsewhere[0]);
        command
            .args(&elsewhere[1..])
            .arg(program())
            .arg("run")
            .arg(case.example());
        command.args([
            "-c",
            "cat /etc/hosts; while read x; do cat /etc/hosts; done",
        ]);
        command
            .envs(variables.iter().copied())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped());
        let mut child = command.spawn().unwrap();
        let lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let input = child.stdin.take().unwrap();
        (child, input, lines.map_while(Result::ok))
    };
    let mut live = run(&[("DBUS_SESSION_BUS_ADDRESS", &address)]);
    let mut control = run(&[]);
    for (_, _, lines) in [&mut live, &mut control] {
        assert_eq!(lines.next().as_deref(), Some("first"));
    }
    fs::write(etc.join("new"), "second\n").unwrap();
    fs::rename(etc.join("new"), etc.join("hosts")).unwrap();
    // The helper copies when the kernel tells it; the application is asked until it has.
    let ask = |(_, input, lines): &mut (_, _, _)| -> Option<String> {
        let input: &mut std::process::ChildStdin = input;
        writeln!(input, "again").unwrap();
        Iterator::next(lines)
    };
    while ask(&mut live).as_deref() == Some("first") {}
    assert_eq!(ask(&mut live).as_deref(), Some("second"));
    assert_eq!(
        ask(&mut control).as_deref(),
        Some("first"),
        "without a helper"
    );
    for (mut child, input, _) in [live, control] {
        drop(input);
        assert!(child.wait().unwrap().success());
    }
}
