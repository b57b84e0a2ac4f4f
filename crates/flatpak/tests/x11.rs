//! An X11 server that asks for a cookie, and applications with and without the socket.

#[path = "launched/mod.rs"]
mod launched;

use aril_flatpak::compose::sockets::{self, Sockets};
use aril_flatpak::compose::{Facts, Part};
use aril_flatpak::permissions::Facts as Conditions;
use aril_sandbox::Host;
use aril_sandbox::spec::{EnvChange, Stream};
use launched::{spec, start};
use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};

const ASK: &str = "xdpyinfo >/dev/null 2>&1 && echo connected || echo refused";

struct Server {
    place: tempfile::TempDir,
    child: Child,
    display: String,
}

impl Server {
    fn start() -> Self {
        let place = tempfile::tempdir().unwrap();
        let cookies = place.path().join("cookies");
        // A server with an empty list lets every local user in.
        let add = |display: &str, cookie: &str| {
            let mut command = Command::new("xauth");
            command.arg("-f").arg(&cookies);
            command
                .args(["add", display, ".", cookie])
                .stderr(Stdio::null());
            assert!(command.status().unwrap().success());
        };
        add(":9999", "00112233445566778899aabbccddeeff");
        let mut server = Command::new("Xvfb");
        server
            .args(["-displayfd", "1", "-nolisten", "tcp", "-auth"])
            .arg(&cookies);
        let server = server.stdout(Stdio::piped()).stderr(Stdio::null());
        let mut child = server.spawn().unwrap();
        let mut line = String::new();
        let mut output = BufReader::new(child.stdout.take().unwrap());
        output.read_line(&mut line).unwrap();
        let display = format!(":{}", line.trim());
        add(&display, "00112233445566778899aabbccddeeff");
        Self {
            place,
            child,
            display,
        }
    }

    fn part(&self, lines: &str) -> Part {
        let host = Host::gather().unwrap();
        let cookies = self.place.path().join("cookies").into_os_string();
        let facts = Facts {
            uid: host.uid,
            gid: host.gid,
            user: b"u".to_vec(),
            group: b"u".to_vec(),
            real_name: Vec::new(),
            home: self.place.path().into(),
            runtime_dir: None,
            environment: [
                ("DISPLAY".into(), self.display.clone().into()),
                ("XAUTHORITY".into(), cookies),
            ]
            .into(),
        };
        let granted = launched::context(lines).granted(&Conditions::default());
        let sockets = Sockets {
            granted: &granted,
            id: &"org.x.Y".parse().unwrap(),
            instance: "42",
        };
        sockets::part(&sockets, &facts).unwrap()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }
}

fn inside(script: &str, part: &Part) -> String {
    let mut spec = spec(script, part);
    spec.program
        .environment
        .extend(part.environment.iter().cloned());
    start(&spec, Stream::Null).unwrap().end()
}

#[test]
fn a_display_is_reached_with_the_socket_and_its_cookie_alone() {
    let server = Server::start();
    let mut part = server.part("sockets=x11;");
    assert_eq!(inside(ASK, &part), "connected\n");
    let listed = inside(
        "xauth -i -n list 2>/dev/null | wc -l; ls /tmp/.X11-unix",
        &part,
    );
    assert_eq!(listed, format!("1\nX{}\n", &server.display[1..]));
    // The control of the cookie: without it the server refuses.
    part.environment.push(EnvChange::Unset("XAUTHORITY".into()));
    assert_eq!(inside(ASK, &part), "refused\n");
}

#[test]
fn without_the_socket_there_is_no_display() {
    let server = Server::start();
    let part = server.part("shared=ipc;");
    let cookies = server.part("sockets=x11;");
    let mut knows = Part::default();
    knows.tree.extend(part.tree);
    knows.environment = cookies.environment;
    let file = |entry: &&aril_sandbox::Entry| entry.target.ends_with("Xauthority");
    knows.tree.extend(cookies.tree.iter().find(file).cloned());
    // It knows the cookie and the name; neither the path nor the abstract socket leads there.
    assert_eq!(inside(ASK, &knows), "refused\n");
}
