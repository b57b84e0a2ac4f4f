//! The options of `aril run` about message buses, with a real bus and a real proxy.
//!
//! Skipped, with a word, where one of them is not installed.

#[path = "support/mod.rs"]
mod support;

use std::path::Path;
use std::process::{Command, Output, Stdio};
use support::{Case, program, text};

/// Asks the bus at an address for its id, and says which variables there are.
const ASK: &str = "for bus in \"$DBUS_SESSION_BUS_ADDRESS\" \"$DBUS_SYSTEM_BUS_ADDRESS\" \
    \"$AT_SPI_BUS_ADDRESS\"; do echo \"[$bus]\"; [ -z \"$bus\" ] || dbus-send --bus=\"$bus\" \
    --print-reply --dest=org.freedesktop.DBus / org.freedesktop.DBus.GetId >/dev/null || echo no answer; \
    done";

const SESSION: &str = "[unix:path=/run/flatpak/bus]";
const SYSTEM: &str = "[unix:path=/run/dbus/system_bus_socket]";
const ACCESSIBILITY: &str = "[unix:path=/run/flatpak/at-spi-bus]";

fn is_there() -> bool {
    let programs = ["dbus-run-session", "dbus-send", "xdg-dbus-proxy"];
    let missing = programs
        .into_iter()
        .find(|name| !Path::new("/usr/bin").join(name).exists());
    if let Some(name) = missing {
        eprintln!("skipped: there is no {name}");
    }
    missing.is_none()
}

/// Runs the question inside, with one bus that stands for all.
fn run(case: &Case, options: &str) -> Output {
    let runtime = case.home().join("runtime");
    let script = format!(
        "mkdir -p -m 700 {0}; export XDG_RUNTIME_DIR={0} \
         DBUS_SYSTEM_BUS_ADDRESS=$DBUS_SESSION_BUS_ADDRESS \
         AT_SPI_BUS_ADDRESS=$DBUS_SESSION_BUS_ADDRESS; \
         exec \"$ARIL\" run --no-documents-portal {options} --command=sh \"$APP\" -c '{ASK}'",
        runtime.display()
    );
    let mut command = Command::new("dbus-run-session");
    command.args(["--", "/bin/sh", "-c", &script]);
    command.env("ARIL", program()).env("APP", case.example());
    command.env("HOME", case.home()).stdin(Stdio::null());
    command.output().unwrap()
}

fn lines(output: &Output) -> Vec<String> {
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    text(&output.stdout).lines().map(str::to_owned).collect()
}

#[test]
fn buses_are_there_by_choice() {
    if !is_there() {
        return;
    }
    let case = Case::new();
    let none = "[]";
    for (options, expected) in [
        ("", [SESSION, none, ACCESSIBILITY]),
        (
            "--system-talk-name=org.x.Y",
            [SESSION, SYSTEM, ACCESSIBILITY],
        ),
        ("--no-session-bus", [none, none, ACCESSIBILITY]),
        ("--no-a11y-bus", [SESSION, none, none]),
        (
            "--no-session-bus --session-bus",
            [SESSION, none, ACCESSIBILITY],
        ),
        (
            "--session-bus --no-session-bus",
            [none, none, ACCESSIBILITY],
        ),
        ("--sandbox", [none, none, none]),
        ("--sandbox --session-bus", [SESSION, none, none]),
        ("--sandbox --a11y-bus", [none, none, ACCESSIBILITY]),
    ] {
        assert_eq!(lines(&run(&case, options)), expected, "{options}");
    }
}

#[test]
fn what_goes_over_a_bus_is_logged() {
    if !is_there() {
        return;
    }
    let case = Case::new();
    let logged = |options: &str| {
        let output = run(&case, options);
        assert_eq!(output.status.code(), Some(0), "{output:?}");
        text(&output.stdout) + &text(&output.stderr)
    };
    let call = "org.freedesktop.DBus.GetId";
    assert!(!logged("").contains(call), "the control");
    let only = "--no-session-bus --no-a11y-bus";
    for options in [
        "--log-session-bus --no-a11y-bus".to_owned(),
        "--log-a11y-bus --no-session-bus".to_owned(),
        format!("--log-system-bus --system-talk-name=org.x.Y {only}"),
    ] {
        let said = logged(&options);
        assert!(said.contains(call), "{options}: {said}");
    }
}
