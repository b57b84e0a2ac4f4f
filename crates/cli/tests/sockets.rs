//! Real servers of a session, and an application with and without the permission for each.

#[path = "sockets/server.rs"]
mod server;
mod support;

use server::{Session, served};
use std::fs;
use std::os::linux::net::SocketAddrExt;
use std::os::unix::net::{SocketAddr, UnixListener};
use std::path::Path;
use std::process::Stdio;
use support::{ID, text};

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
    let granted = session.inside("sockets=wayland;", &script, &display);
    assert_eq!(granted, "served\n");
    assert_eq!(session.inside("", &script, &display), "refused\n");
    let lines = "sockets=wayland;fallback-x11;";
    let more = "echo \"$WAYLAND_DISPLAY ${DISPLAY-none}\"; ls -A /tmp/.X11-unix";
    let display = [("WAYLAND_DISPLAY", "wayland-7"), ("DISPLAY", ":0")];
    assert_eq!(session.inside(lines, more, &display), "wayland-7 none\n");
}

/// The compositor in `tests/compositor`, which has security contexts: it tells who calls.
#[test]
fn a_compositor_that_knows_whom_it_serves() {
    let Some(compositor) = std::env::var_os("ARIL_COMPOSITOR") else {
        return eprintln!("skipped: ARIL_COMPOSITOR is not set: `./test` builds tests/compositor");
    };
    let mut session = Session::new();
    let log = session.path("log");
    let words = [
        compositor.to_str().unwrap(),
        "wayland-7",
        log.to_str().unwrap(),
    ];
    assert!(session.serve(&words, "listening").is_some());
    let display = [("WAYLAND_DISPLAY", "wayland-7")];
    let globals = "wayland-info -i wp_security_context_manager_v1 | grep -c ^interface; :";
    // The control: whoever is outside could make contexts.
    let mut outside = session.command("sh");
    let outside = outside
        .args(["-c", globals])
        .envs(display)
        .output()
        .unwrap();
    assert_eq!(text(&outside.stdout), "1\n");
    let inside = session.inside("sockets=wayland;", globals, &display);
    assert_eq!(inside, "0\n", "who is in a context makes no other");
    assert_eq!(
        session.inside("", &served("wayland-info"), &display),
        "refused\n"
    );
    let told = fs::read_to_string(&log).unwrap();
    let told: Vec<&str> = told
        .lines()
        .filter(|line| !line.ends_with("nobody"))
        .collect();
    let who = format!("engine=org.flatpak app={ID} instance=a number");
    assert_eq!(told, [format!("context {who}"), format!("client {who}")]);
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
        session.inside("sockets=pulseaudio;", &script, &[]),
        "served\n"
    );
    assert_eq!(session.inside("", &script, &[]), "refused\n");
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
    let granted = session.inside("sockets=ssh-auth;", script, &variables);
    assert_eq!(granted, "1\n");
    assert_eq!(session.inside("", script, &variables), "2\n");
    // The name of the host's socket leads nowhere.
    let script = format!("export SSH_AUTH_SOCK={socket}; {script}");
    assert_eq!(session.inside("", &script, &variables), "2\n");
}

fn add_cookie(session: &Session, file: &Path, display: &str) {
    let mut command = session.command("xauth");
    command.arg("-f").arg(file).args(["add", display, "."]);
    command.arg("00112233445566778899aabbccddeeff");
    assert!(command.stderr(Stdio::null()).status().unwrap().success());
}

#[test]
fn a_real_display() {
    let mut session = Session::new();
    let cookies = session.path("cookies");
    // A server with an empty list lets every local user in.
    add_cookie(&session, &cookies, ":9999");
    let script = "exec Xvfb -displayfd 1 -nolisten tcp -auth \"$0\" 2>/dev/null";
    let words = ["sh", "-c", script, cookies.to_str().unwrap()];
    let Some(number) = session.serve(&words, "") else {
        return;
    };
    let display = format!(":{}", number.trim());
    add_cookie(&session, &cookies, &display);
    let variables = [
        ("DISPLAY", &*display),
        ("XAUTHORITY", cookies.to_str().unwrap()),
    ];
    let script = format!("export DISPLAY={display}; {}", served("xdpyinfo"));
    for lines in ["sockets=x11;", "sockets=wayland;fallback-x11;"] {
        let granted = session.inside(&format!("{lines}shared=ipc;"), &script, &variables);
        assert_eq!(granted, "served\n", "{lines}");
    }
    for lines in ["", "shared=network;ipc;"] {
        assert_eq!(session.inside(lines, &script, &variables), "refused\n");
    }
}

#[test]
fn a_real_agent_of_gnupg() {
    let mut session = Session::new();
    let daemon = [
        "gpg-agent",
        "--daemon",
        "--",
        "sh",
        "-c",
        "echo ready; exec sleep infinity",
    ];
    if session.serve(&daemon, "ready").is_none() {
        return;
    }
    let script = "test -S /run/flatpak/gnupg/S.gpg-agent && gpg-connect-agent --no-autostart \
                  -S /run/flatpak/gnupg/S.gpg-agent 'getinfo pid' /bye 2>&1 | grep -q '^OK' \
                  && echo served || echo refused";
    assert_eq!(
        session.inside("sockets=gpg-agent;", script, &[]),
        "served\n"
    );
    assert_eq!(session.inside("", script, &[]), "refused\n");
}

/// Daemons of the system, which a test cannot start: their sockets are named by variables.
#[test]
fn sockets_at_named_places() {
    let session = Session::new();
    let rows = [
        ("cups", "CUPS_SERVER", "/run/cups/cups.sock"),
        ("pcsc", "PCSCLITE_CSOCK_NAME", "/run/pcscd/pcscd.comm"),
    ];
    for (word, variable, target) in rows {
        let path = session.path(word);
        let _listener = UnixListener::bind(&path).unwrap();
        let variables = [(variable, path.to_str().unwrap())];
        let connect = |to: &Path| {
            format!(
                "perl -MIO::Socket::UNIX -e 'exit !IO::Socket::UNIX->new(Peer => \"{}\")'",
                to.display()
            )
        };
        let script = served(&connect(Path::new(target)));
        let lines = format!("sockets={word};");
        let granted = session.inside(&lines, &script, &variables);
        assert_eq!(granted, "served\n", "{word}");
        assert_eq!(session.inside("", &script, &variables), "refused\n");
        let script = served(&connect(&path));
        let other = session.inside(&lines, &script, &variables);
        assert_eq!(other, "refused\n", "by the name that it has outside");
    }
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
    let granted = session.inside(lines, &script, &variables);
    assert_eq!(granted, "served\nserved\n");
    assert_eq!(
        session.inside("", &script, &variables),
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
    let seen = |lines| session.inside(lines, &script, &[]);
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
