//! Real servers of a session, and an application with and without the permission for each.

#[path = "sockets/server.rs"]
mod server;
mod support;

use server::Session;
use std::os::linux::net::SocketAddrExt;
use std::os::unix::net::{SocketAddr, UnixListener};
use support::{Case, ID, program, text};

/// What a script prints inside, with these lines of permissions and variables.
fn inside(session: &Session, lines: &str, script: &str, variables: &[(&str, &str)]) -> String {
    let case = Case::new();
    case.metadata(&format!(
        "[Application]\nname={ID}\ncommand=sh\n\n[Context]\n{lines}\n"
    ));
    let mut command = session.command(program());
    command.args(["run", case.example(), "-c", script]);
    command.envs(variables.iter().copied());
    let output = command.output().unwrap();
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    text(&output.stdout)
}

/// A script that tells whether a client is served.
fn served(client: &str) -> String {
    format!("if {client} >/dev/null 2>&1; then echo served; else echo refused; fi")
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
    // This line comes when the socket listens and the shell is loaded.
    if session.serve(&weston, "launching").is_none() {
        return;
    }
    let display = [("WAYLAND_DISPLAY", "wayland-7")];
    let script = served("wayland-info");
    let granted = inside(&session, "sockets=wayland;", &script, &display);
    assert_eq!(granted, "served\n");
    assert_eq!(inside(&session, "", &script, &display), "refused\n");
    let lines = "sockets=wayland;fallback-x11;";
    let more = "echo \"$WAYLAND_DISPLAY ${DISPLAY-none}\"; ls -A /tmp/.X11-unix";
    let display = [("WAYLAND_DISPLAY", "wayland-7"), ("DISPLAY", ":0")];
    assert_eq!(inside(&session, lines, more, &display), "wayland-7 none\n");
}

#[test]
fn a_real_sound_server() {
    let mut session = Session::new();
    let pulse = [
        "pulseaudio",
        "-n",
        "--daemonize=no",
        "--use-pid-file=no",
        "--exit-idle-time=-1",
        "--log-level=info",
        "--load=module-null-sink",
        "--load=module-native-protocol-unix",
    ];
    if session.serve(&pulse, "Daemon startup complete").is_none() {
        return;
    }
    let script = served("pactl info");
    assert_eq!(
        inside(&session, "sockets=pulseaudio;", &script, &[]),
        "served\n"
    );
    assert_eq!(inside(&session, "", &script, &[]), "refused\n");
}

#[test]
fn a_real_agent_of_keys() {
    let mut session = Session::new();
    let socket = session.path("agent");
    let socket = socket.to_str().unwrap();
    if session
        .serve(&["ssh-agent", "-D", "-a", socket], "SSH_AUTH_SOCK")
        .is_none()
    {
        return;
    }
    let variables = [("SSH_AUTH_SOCK", socket)];
    // 1: it answers that it has no keys; 2: there is none.
    let script = "ssh-add -l >/dev/null 2>&1; echo $?";
    let granted = inside(&session, "sockets=ssh-auth;", script, &variables);
    assert_eq!(granted, "1\n");
    assert_eq!(inside(&session, "", script, &variables), "2\n");
    // The name of the host's socket leads nowhere.
    let script = format!("export SSH_AUTH_SOCK={socket}; {script}");
    assert_eq!(inside(&session, "", &script, &variables), "2\n");
}

#[test]
fn real_buses_without_a_filter() {
    let mut session = Session::new();
    for name in ["bus", "system"] {
        let address = format!("--address=unix:path={}", session.path(name).display());
        let bus = ["dbus-daemon", "--session", "--nofork", "--print-address=1"];
        let bus = [&bus[..], &[&address]].concat();
        assert!(session.serve(&bus, "unix:path").is_some());
    }
    let session_bus = format!("unix:path={}", session.path("bus").display());
    let system_bus = format!("unix:path={}", session.path("system").display());
    let variables = [
        ("DBUS_SESSION_BUS_ADDRESS", &*session_bus),
        ("DBUS_SYSTEM_BUS_ADDRESS", &*system_bus),
    ];
    // The proxy answers no call about the names of others.
    let ask = |bus| {
        served(&format!(
            "dbus-send --{bus} --print-reply --dest=org.freedesktop.DBus / \
             org.freedesktop.DBus.ReloadConfig"
        ))
    };
    let script = format!("{}; {}", ask("session"), ask("system"));
    let lines = "sockets=session-bus;system-bus;";
    let granted = inside(&session, lines, &script, &variables);
    assert_eq!(granted, "served\nserved\n");
    assert_eq!(
        inside(&session, "", &script, &variables),
        "refused\nrefused\n"
    );
}

/// Abstract sockets belong to the network, and no path is in the way.
#[test]
fn abstract_sockets_of_the_session_are_apart() {
    let name = format!("aril-test-{}", std::process::id());
    let address = SocketAddr::from_abstract_name(&name).unwrap();
    let _listener = UnixListener::bind_addr(&address).unwrap();
    let script = format!(
        "perl -MSocket -e 'socket(my $s, AF_UNIX, SOCK_STREAM, 0); \
         print connect($s, pack(\"S a*\", AF_UNIX, \"\\0{name}\")) ? \"connected\" : $!{{EPERM}} \
         ? \"not permitted\" : $!{{ECONNREFUSED}} ? \"not there\" : $!'"
    );
    let session = Session::new();
    let seen = |lines| inside(&session, lines, &script, &[]);
    assert_eq!(seen(""), "not there");
    // The control: where a granted server may listen on one nothing is in the way.
    assert_eq!(seen("shared=network;\nsockets=x11;"), "connected");
    let abi = aril_sandbox::sys::landlock::abi();
    if abi.is_ok_and(|abi| abi >= 6) {
        assert_eq!(seen("shared=network;"), "not permitted");
    } else {
        eprintln!("skipped: scopes of Landlock need Linux 6.12, and there is {abi:?}");
    }
}
