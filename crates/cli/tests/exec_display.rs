//! `aril exec --display` with a real compositor and a real X server.

#[path = "sockets/server.rs"]
mod server;
mod support;

use server::{Session, served};
use std::fs;
use support::{program, text};

/// What a script prints in a sandbox of `aril exec`.
fn inside(session: &Session, options: &[&str], script: &str, variables: &[(&str, &str)]) -> String {
    fs::create_dir_all(session.path("home/project")).unwrap();
    let mut command = session.command(program());
    command.args(["exec", "-q"]).args(options);
    command
        .args(["sh", "-c", script])
        .envs(variables.iter().copied());
    command.env("HOME", session.path("home"));
    let output = command
        .current_dir(session.path("home/project"))
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    text(&output.stdout)
}

#[test]
fn a_real_compositor() {
    let mut session = Session::new();
    let weston = [
        "weston",
        "--backend=headless-backend.so",
        "--socket=wayland-7",
        "--idle-time=0",
    ];
    if session.serve(&weston, "launching").is_none() {
        return;
    }
    let display = [("WAYLAND_DISPLAY", "wayland-7")];
    let script = served("wayland-info");
    let shown = ["--display", "wayland"];
    assert_eq!(inside(&session, &shown, &script, &display), "served\n");
    // Where the directory of sockets is the host's too, and nothing is made in it.
    let names = || fs::read_dir(session.path("")).unwrap().count();
    let before = names();
    let runtime = session.path("");
    let host = ["--display", "wayland", "--rw", runtime.to_str().unwrap()];
    assert_eq!(inside(&session, &host, &script, &display), "served\n");
    assert_eq!(names(), before);
    let control = format!("export WAYLAND_DISPLAY=wayland-7; {script}");
    assert_eq!(inside(&session, &[], &control, &display), "refused\n");
}

#[test]
fn a_real_x_server() {
    let mut session = Session::new();
    let script = "exec Xvfb -displayfd 1 -nolisten tcp 2>/dev/null";
    let Some(number) = session.serve(&["sh", "-c", script], "") else {
        return;
    };
    let display = format!(":{}", number.trim());
    let variables = [("DISPLAY", &*display)];
    let script = format!("export DISPLAY={display}; {}", served("xdpyinfo"));
    for options in [
        &["--display", "x11"][..],
        &["--display", "x11", "--net", "host"],
    ] {
        assert_eq!(
            inside(&session, options, &script, &variables),
            "served\n",
            "{options:?}"
        );
    }
    for options in [&[][..], &["--net", "host"]] {
        let said = inside(&session, options, &script, &variables);
        // Where Landlock has no scopes the host's network leads there.
        let is_apart = aril_sandbox::Host::gather().unwrap().landlock >= Some(6);
        if is_apart || options.is_empty() {
            assert_eq!(said, "refused\n", "{options:?}");
        }
    }
}
