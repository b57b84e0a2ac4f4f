//! Sockets as doors: abstract ones with the host's network namespace (H11, bwrap #330), bound ones
//! with a directory, and descriptors that are passed through them.

use crate::control::{escape, ours};
use aril_tests::{Bwrap, Canary, Scratch, roots};
use std::io::{Read, Write};
use std::net::TcpListener;
use std::os::linux::net::SocketAddrExt;
use std::os::unix::net::{SocketAddr, UnixListener};
use std::thread;

/// Connects to an abstract name, a port and a path, and says which answered.
const CONNECT: &str = "
import socket, sys
def reach(name, family, address):
    try:
        with socket.socket(family) as s:
            s.connect(address)
            print(name, s.recv(100).decode(), flush=True)
    except OSError as error:
        print(name, error.errno, flush=True)
reach('abstract', socket.AF_UNIX, '\\0' + sys.argv[1])
reach('port', socket.AF_INET, ('127.0.0.1', int(sys.argv[2])))
reach('path', socket.AF_UNIX, sys.argv[3])
";

/// Three servers of the host which tell a secret to whoever connects.
struct Servers {
    name: String,
    port: String,
    path: String,
}

impl Servers {
    fn start(scratch: &Scratch) -> Self {
        let path = scratch.at("socket");
        let name = path.replace('/', "-");
        let address = SocketAddr::from_abstract_name(&name).expect("a name");
        let hidden = UnixListener::bind_addr(&address).expect("listen");
        let named = UnixListener::bind(&path).expect("listen");
        let tcp = TcpListener::bind("127.0.0.1:0").expect("listen");
        let port = tcp.local_addr().expect("an address").port().to_string();
        // They end with the test program: nothing waits for them.
        for listener in [hidden, named] {
            thread::spawn(move || {
                for mut stream in listener.incoming().flatten() {
                    drop(stream.write_all(Canary::SECRET.as_bytes()));
                }
            });
        }
        thread::spawn(move || {
            for mut stream in tcp.incoming().flatten() {
                drop(stream.write_all(Canary::SECRET.as_bytes()));
            }
        });
        Self { name, port, path }
    }

    fn reached(&self, bwrap: Bwrap) -> Vec<String> {
        let bwrap = bwrap.args(["python3", "-c", CONNECT, &self.name, &self.port, &self.path]);
        let out = bwrap.finish().success().stdout;
        let reached = out.lines().filter(|line| line.contains(Canary::SECRET));
        reached
            .map(|line| line.split(' ').next().expect("a word").to_owned())
            .collect()
    }
}

escape!(a_network_namespace_closes_abstract_names_and_ports, {
    let scratch = Scratch::new();
    let servers = Servers::start(&scratch);
    let none: [&str; 0] = [];
    for args in [&["--unshare-net"][..], &["--unshare-all"]] {
        assert_eq!(
            servers.reached(roots::bare(ours()).args(args)),
            none,
            "{args:?}"
        );
        // With a directory its sockets come along: the user's choice.
        assert_eq!(
            servers.reached(roots::host(ours()).args(args)),
            ["path"],
            "{args:?}"
        );
    }
    // The controls: what is shared is reached, and so is what is bound.
    assert_eq!(servers.reached(roots::bare(ours())), ["abstract", "port"]);
    assert_eq!(
        servers.reached(Bwrap::of("env")),
        ["abstract", "port", "path"]
    );
});

escape!(sandboxes_do_not_meet_by_abstract_names, {
    // nix CVE-2024-27297: descriptors are passed from one to the other.
    let serve = "
import os, socket, sys
s = socket.socket(socket.AF_UNIX)
s.bind('\\0' + sys.argv[1]); s.listen(); s.settimeout(20)
print('ready', flush=True)
c = s.accept()[0]
socket.send_fds(c, [b'x'], [os.open('/usr', os.O_RDONLY)])
";
    let take = "
import os, socket, sys
s = socket.socket(socket.AF_UNIX)
try:
    s.connect('\\0' + sys.argv[1])
    print('GOT', os.listdir(socket.recv_fds(s, 10, 1)[1][0]) != [])
except OSError as error:
    print(error.errno)
";
    let scratch = Scratch::new();
    let meet = |args: &[&str]| {
        let name = scratch.at("meet");
        let server = roots::bare(ours())
            .args(args)
            .args(["python3", "-c", serve, &name]);
        let mut server = server.spawn();
        server.says("ready");
        let bwrap = roots::bare(ours()).args(args);
        bwrap
            .args(["python3", "-c", take, &name])
            .finish()
            .success()
            .stdout
    };
    assert_eq!(meet(&["--unshare-net"]), "111\n");
    assert_eq!(meet(&[]), "GOT True\n", "the control");
});

escape!(usual_sockets_are_not_in_a_root_of_its_own, {
    let script = "ls -d /run/user/* /run/dbus /run/systemd /var/run/docker.sock /run/podman \
         /tmp/.X11-unix /tmp/ssh-* 2>/dev/null; env | grep -E 'SSH_AUTH_SOCK|DBUS'; true";
    let bwrap = roots::bare(ours()).args(["--unshare-all", "--tmpfs", "/tmp", "--dir", "/run"]);
    let bwrap = bwrap.args(["--clearenv", "--setenv", "PATH", "/usr/bin"]);
    let bwrap = bwrap.env("SSH_AUTH_SOCK", "/tmp/ssh-1/agent");
    assert_eq!(bwrap.shell(script), "");
    let bwrap = roots::bare(ours()).env("SSH_AUTH_SOCK", "/tmp/ssh-1/agent");
    assert_eq!(
        bwrap.shell("echo $SSH_AUTH_SOCK"),
        "/tmp/ssh-1/agent",
        "the control"
    );
});

escape!(ipc_objects_are_not_shared, {
    // System V queues and POSIX ones, and shared memory.
    let make = Bwrap::of("ipcmk")
        .args(["-M", "4096"])
        .finish()
        .success()
        .stdout;
    let id = make.split_whitespace().last().expect("an id").to_owned();
    let inside = |args: &[&str]| {
        let bwrap = roots::bare(ours()).args(["--proc", "/proc"]).args(args);
        bwrap.args(["ipcs", "-m"]).finish().success().stdout
    };
    let (apart, shared) = (inside(&["--unshare-ipc"]), inside(&[]));
    Bwrap::of("ipcrm").args(["-m", &id]).finish().success();
    let lists = |out: &str| {
        out.lines()
            .any(|line| line.split_whitespace().nth(1) == Some(&id))
    };
    assert!(!lists(&apart), "{apart}");
    assert!(lists(&shared), "the control: {shared}");
});

escape!(processes_outside_are_not_seen_or_signalled, {
    let mut sleeper = Bwrap::of("sleep").args(["60"]).spawn();
    let pid = sleeper.pid().as_raw_nonzero().to_string();
    let script = format!("kill -0 {pid} && echo REACHED; ls -d /proc/{pid}; true");
    let bwrap = roots::bare(ours()).args(["--unshare-pid", "--proc", "/proc"]);
    let done = bwrap.args(["sh", "-c", &script]).finish().success();
    assert_eq!(done.stdout, "", "{done:?}");
    assert!(!sleeper.has_ended());
    let done = roots::bare(ours())
        .args(["sh", "-c", &script])
        .finish()
        .success();
    assert_eq!(done.stdout, "REACHED\n", "the control: {done:?}");
    let mut nothing = String::new();
    std::io::empty()
        .read_to_string(&mut nothing)
        .expect("read nothing");
});
