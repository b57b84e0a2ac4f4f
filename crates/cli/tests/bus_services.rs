//! The services of a session's bus that have a place of their own inside: the accessibility bus, and the
//! document portal.

#[path = "sockets/server.rs"]
mod server;
mod support;

use server::Session;
use std::fs;
use std::process::Stdio;

/// A session with a bus that starts services, and the variable that tells of it.
fn session() -> (Session, String) {
    let mut session = Session::new();
    let address = format!("unix:path={}", session.path("bus").display());
    let option = format!("--address={address}");
    let bus = [
        "dbus-daemon",
        "--session",
        "--nofork",
        "--print-address=1",
        &option,
    ];
    assert!(session.serve(&bus, "unix:path").is_some());
    (session, address)
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
    // The control of the handing in: without the option the file is out of sight.
    let seen = session.inside_with([&[], &arguments[1..2]], ("", script), &variables);
    assert_eq!(seen, "none\n");
}
