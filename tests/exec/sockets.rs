//! Sockets as doors: of services on loopback, by abstract names, and by paths.

use crate::place::{Place, SECRET, attack};
use std::io::Write;
use std::net::TcpListener;
use std::os::linux::net::SocketAddrExt;
use std::os::unix::net::{SocketAddr, UnixListener};
use std::thread;

/// Connects to ports, abstract names and paths, and says which answered.
const CONNECT: &str = "
import socket, sys
for word in sys.argv[1:]:
    kind, address = word.split('=', 1)
    family = socket.AF_INET if kind == 'port' else socket.AF_UNIX
    address = {'port': lambda: ('127.0.0.1', int(address)), 'name': lambda: '\\0' + address, 'path': lambda: address}[kind]()
    try:
        with socket.socket(family) as s:
            s.connect(address)
            if s.recv(100):
                print(word, flush=True)
    except OSError:
        pass
";

/// Tells a secret to whoever connects. It ends with the test program: nothing waits for it.
macro_rules! serve {
    ($listener:expr) => {{
        let listener = $listener.expect("listen");
        thread::spawn(move || {
            for mut stream in listener.incoming().flatten() {
                drop(stream.write_all(SECRET.as_bytes()));
            }
        });
    }};
}

/// Servers where the real ones are found: each as a word of the script.
fn servers(place: &Place) -> Vec<String> {
    let mut words = Vec::new();
    let tcp = TcpListener::bind("127.0.0.1:0").expect("listen");
    words.push(format!(
        "port={}",
        tcp.local_addr().expect("an address").port()
    ));
    serve!(Ok::<_, std::io::Error>(tcp));
    let id = place.at("x").replace('/', "-");
    for name in [format!("/tmp/.X11-unix/X{id}"), format!("dbus{id}")] {
        let address = SocketAddr::from_abstract_name(&name).expect("a name");
        serve!(UnixListener::bind_addr(&address));
        words.push(format!("name={name}"));
    }
    for (directory, name) in [
        ("run", "bus"),
        ("run", "wayland-0"),
        ("run", "pipewire-0"),
        ("run/systemd", "private"),
        ("run/gnupg", "S.gpg-agent"),
        ("run/podman", "podman.sock"),
        ("docker", "docker.sock"),
        ("ssh-agent", "agent"),
        ("X11-unix", "X0"),
        ("home/.docker", "docker.sock"),
    ] {
        place.scratch.dir(directory);
        let path = place.at(&format!("{directory}/{name}"));
        serve!(UnixListener::bind(&path));
        words.push(format!("path={path}"));
    }
    words
}

attack!(no_service_of_the_host_answers, {
    let place = Place::new();
    let words = servers(&place);
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    let all: String = words.iter().map(|word| format!("{word}\n")).collect();
    assert_eq!(place.inside(CONNECT, &words), "");
    assert_eq!(place.outside(CONNECT, &words), all, "the control");
    // What is asked for is reached, and nothing else.
    let docker = place.at("docker/docker.sock");
    let given = place.python(place.exec(&["-q", "--rw", &docker]), CONNECT, &words);
    assert_eq!(given, format!("path={docker}\n"));
    let host = place.python(place.exec(&["-q", "--net", "host"]), CONNECT, &words);
    assert!(host.starts_with("port="), "the control: {host}");
    assert!(!host.contains("path="), "{host}");
});

attack!(the_hosts_own_sockets_are_not_there, {
    let place = Place::new();
    let script = "
import os, stat
for top, directories, names in os.walk('/'):
    if top.startswith('/proc'):
        directories.clear()
        continue
    for name in names:
        try:
            mode = os.lstat(os.path.join(top, name)).st_mode
        except OSError:
            continue
        if stat.S_ISSOCK(mode) or stat.S_ISFIFO(mode):
            print(os.path.join(top, name))
";
    assert_eq!(place.inside(script, &[]), "");
    let _socket = UnixListener::bind(place.in_project("socket")).expect("listen");
    let own = format!("{}\n", place.in_project("socket"));
    assert_eq!(place.inside(script, &[]), own, "the control");
});

attack!(variables_do_not_lead_to_sockets, {
    let place = Place::new();
    let names = [
        "DISPLAY",
        "WAYLAND_DISPLAY",
        "DBUS_SESSION_BUS_ADDRESS",
        "SSH_AUTH_SOCK",
        "GPG_AGENT_INFO",
        "XAUTHORITY",
        "DOCKER_HOST",
        "LD_PRELOAD",
        "LD_LIBRARY_PATH",
        "BASH_ENV",
        "PYTHONSTARTUP",
        "AWS_SECRET_ACCESS_KEY",
    ];
    let with = |program: aril_tests::Bwrap| {
        let program = names
            .iter()
            .fold(program, |program, name| program.env(name, ""));
        program.args(["env"]).finish().success().stdout
    };
    let found = with(place.exec(&["--"]));
    let outside = with(place.bare());
    for name in names {
        let line = format!("{name}=");
        assert!(!found.contains(&line), "{found}");
        assert!(outside.contains(&line), "the control: {outside}");
    }
});

attack!(an_abstract_name_of_one_is_not_found_by_another, {
    let place = Place::new();
    let serve = "import socket, sys
s = socket.socket(socket.AF_UNIX); s.bind('\\0aril-meets'); s.listen()
print('ready', flush=True)
sys.stdin.read()";
    let (held, hold) = aril_tests::fds::pipe();
    let first = place.exec(&["--"]).stdin(std::process::Stdio::from(held));
    let mut first = first.args(["python3", "-c", serve]).spawn();
    first.says("ready");
    let call = "import socket
s = socket.socket(socket.AF_UNIX)
try: s.connect('\\0aril-meets'); print('met')
except OSError as error: print(error.errno)";
    assert_eq!(place.inside(call, &[]), "111\n");
    let both = format!(
        "import socket
l = socket.socket(socket.AF_UNIX); l.bind('\\0aril-meets'); l.listen()\n{call}"
    );
    assert_eq!(place.inside(&both, &[]), "met\n", "the control");
    drop(hold);
    first.wait().success();
});
