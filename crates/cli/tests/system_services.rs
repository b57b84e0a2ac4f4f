//! Real daemons that a system has for all: printing, smart cards, sound and pictures by PipeWire. Each
//! is run here for the test's user, and reached with its permission and not without.

#[path = "sockets/server.rs"]
mod server;
mod support;

use server::Session;
use std::fs;
use support::{Case, ID, program, text};

/// A client of few words: what the daemon answers to the bytes that an expression makes.
fn answer(socket: &str, sent: &str, tells: &str) -> String {
    let script = "use IO::Socket::UNIX; $s = IO::Socket::UNIX->new($ARGV[0]) or print(\"refused\\n\"), exit;";
    format!("perl -e '{script} syswrite $s, {sent}; {tells}' {socket}")
}

#[test]
fn a_real_printing_service() {
    let mut session = Session::new();
    let place = session.path("");
    let place = place.to_str().unwrap();
    for name in ["root", "state", "spool", "cache"] {
        fs::create_dir(session.path(name)).unwrap();
    }
    let socket = session.path("cups.sock");
    let socket = socket.to_str().unwrap();
    let listen = format!("Listen {socket}\nLogLevel info\nWebInterface No\n");
    fs::write(session.path("cupsd.conf"), listen).unwrap();
    let files = format!(
        "ServerRoot {place}root\nStateDir {place}state\nRequestRoot {place}spool\nCacheDir {place}cache\n\
         AccessLog {place}access\nPageLog {place}page\nErrorLog stderr\n"
    );
    // As root it would look for its own user otherwise.
    let user = rustix::process::geteuid().is_root();
    let files = files
        + if user {
            "User nobody\nGroup nogroup\n"
        } else {
            ""
        };
    fs::write(session.path("cups-files.conf"), files).unwrap();
    let [main, files] = ["cupsd.conf", "cups-files.conf"].map(|name| format!("{place}{name}"));
    if session
        .serve(&["cupsd", "-f", "-c", &main, "-s", &files], "Listening to")
        .is_none()
    {
        return;
    }
    let request = r#""OPTIONS / HTTP/1.1\r\nHost: localhost\r\n\r\n""#;
    let tells = r#"print <$s> =~ /^HTTP/ ? "served\n" : "silent\n""#;
    let script = answer("/run/cups/cups.sock", request, tells);
    let variables = [("CUPS_SERVER", socket)];
    assert_eq!(
        session.inside("sockets=cups;", &script, &variables),
        "served\n"
    );
    assert_eq!(session.inside("", &script, &variables), "refused\n");
    // The name that the host's socket has leads nowhere.
    let script = answer(socket, request, tells);
    assert_eq!(session.inside("", &script, &variables), "refused\n");
}

#[test]
fn a_real_service_of_smart_cards() {
    let mut session = Session::new();
    let directory = session.path("pcscd");
    fs::create_dir(&directory).unwrap();
    // It listens in /run/pcscd alone, which is root's.
    let words = [
        "bwrap",
        "--die-with-parent",
        "--dev-bind",
        "/",
        "/",
        "--tmpfs",
        "/run",
        "--bind",
        directory.to_str().unwrap(),
        "/run/pcscd",
        "pcscd",
        "--foreground",
        "--info",
    ];
    if session.serve(&words, "daemon ready").is_none() {
        return;
    }
    let socket = directory.join("pcscd.comm");
    let socket = socket.to_str().unwrap();
    // CMD_VERSION (0x11) with the version of the client; the answer has it and 0 for success.
    let request = r#"pack("LLllL", 12, 0x11, 4, 4, 0)"#;
    let tells =
        r#"sysread $s, $a, 12; print((unpack "llL", $a)[2] == 0 ? "served\n" : "denied\n")"#;
    let script = answer("/run/pcscd/pcscd.comm", request, tells);
    let variables = [("PCSCLITE_CSOCK_NAME", socket)];
    assert_eq!(
        session.inside("sockets=pcsc;", &script, &variables),
        "served\n"
    );
    let named = format!("echo $PCSCLITE_CSOCK_NAME; {script}");
    let seen = session.inside("sockets=pcsc;", &named, &variables);
    assert_eq!(seen, "/run/pcscd/pcscd.comm\nserved\n");
    assert_eq!(session.inside("", &script, &variables), "refused\n");
    let script = answer(socket, request, tells);
    assert_eq!(session.inside("", &script, &variables), "refused\n");
}

#[test]
fn a_real_pipewire() {
    let mut session = Session::new();
    let pipewire = ["env", "PIPEWIRE_DEBUG=3", "pipewire"];
    if session
        .serve(&pipewire, "Listening on 'pipewire-0'")
        .is_none()
    {
        return;
    }
    // A directory that is the home directory would not be shared by another name.
    let home = session.path("home");
    fs::create_dir(&home).unwrap();
    let variables = [("HOME", home.to_str().unwrap())];
    // What is shared of the directory of sockets has the path that it has on the host.
    let socket = session.path("pipewire-0");
    let script = answer(socket.to_str().unwrap(), "q()", r#"print "reached\n""#);
    let shared = "filesystems=xdg-run/pipewire-0;";
    assert_eq!(session.inside(shared, &script, &variables), "reached\n");
    assert_eq!(session.inside("", &script, &variables), "refused\n");
    knows_the_application(&session, shared);
    let sound = [
        "env",
        "PIPEWIRE_DEBUG=3",
        "pipewire",
        "-c",
        "pipewire-pulse.conf",
    ];
    if session.serve(&sound, "listening on unix:").is_none() {
        return;
    }
    // Whether it is let in is for the session's manager to say, and there is none.
    let client = answer("/run/flatpak/pulse/native", "q()", r#"print "reached\n""#);
    let sound = "sockets=pulseaudio;";
    assert_eq!(session.inside(sound, &client, &variables), "reached\n");
    assert_eq!(session.inside("", &client, &variables), "refused\n");
    // The permission for sound gives PulseAudio's protocol, and not the other.
    assert_eq!(session.inside(sound, &script, &variables), "refused\n");
}

/// The daemon reads `/.flatpak-info` of its client, and gives it nothing until a portal has asked the
/// user: the client waits.
fn knows_the_application(session: &Session, shared: &str) {
    let case = Case::new();
    let metadata = format!("[Application]\nname={ID}\ncommand=env\n[Context]\n{shared}\n");
    case.metadata(&metadata);
    let place = format!("PIPEWIRE_RUNTIME_DIR={}", session.path("").display());
    let mut command = session.command(program());
    command.args(["run", case.example(), &place, "pw-cli", "info", "0"]);
    let mut child = command.env("HOME", session.path("home")).spawn().unwrap();
    let known = format!("\"pipewire.access.portal.app_id\": \"{ID}\"");
    loop {
        let output = session.command("pw-dump").output().unwrap();
        if text(&output.stdout).contains(&known) {
            break;
        }
        assert_eq!(child.try_wait().unwrap(), None, "{output:?}");
    }
    child.kill().unwrap();
    child.wait().unwrap();
}
