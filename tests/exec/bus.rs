//! The session bus, of which only the names that were asked for are in reach.

use crate::place::{Place, attack};
use aril_tests::run::Running;
use aril_tests::{Bwrap, fds, skip, wait};
use rustix::process::{Pid, Signal, test_kill_process};
use std::fs;
use std::path::Path;
use std::process::Stdio;

/// A client that sends what it likes, and a service.
const SCRIPT: &str = include_str!("bus.py");
const OPEN: &str = "org.aril.Open";
const HIDDEN: &str = "org.aril.Hidden";

/// A session bus with two services; each ends with this.
struct Session {
    place: Place,
    address: String,
    /// The name of the connection that has the name `HIDDEN`.
    hidden: String,
    _running: Vec<Running>,
}

impl Session {
    fn new(address: impl Fn(&Place) -> String) -> Self {
        for program in ["dbus-daemon", "xdg-dbus-proxy"] {
            if !Path::new("/usr/bin").join(program).exists() {
                skip::skip(format!("there is no {program}"));
            }
        }
        let place = Place::new();
        fs::set_permissions(
            place.at("run"),
            std::os::unix::fs::PermissionsExt::from_mode(0o700),
        )
        .expect("a private directory");
        let address = address(&place);
        let listen = format!("--address={address}");
        let daemon = Bwrap::of("dbus-daemon").env("XDG_RUNTIME_DIR", &place.at("run"));
        let daemon = daemon.args(["--session", "--nofork", "--nosyslog", "--print-address=1"]);
        let mut running = vec![daemon.args([listen]).spawn()];
        running[0].says("guid=");
        let mut session = Self {
            place,
            address,
            hidden: String::new(),
            _running: Vec::new(),
        };
        for name in [OPEN, HIDDEN] {
            let service = session.bare(&["serve", name]);
            let mut service = service.spawn();
            service.says("\n");
            session.hidden = service.stdout().trim().trim_start_matches("1 ").to_owned();
            running.push(service);
        }
        session._running = running;
        session
    }

    fn by_path() -> Self {
        Self::new(|place| format!("unix:path={}", place.at("run/bus")))
    }

    /// The client outside.
    fn bare(&self, words: &[&str]) -> Bwrap {
        let client = self.place.bare();
        let client = client.env("DBUS_SESSION_BUS_ADDRESS", &self.address);
        client.args(["python3", "-c", SCRIPT]).args(words)
    }

    /// The client inside.
    fn exec(&self, options: &[&str], words: &[&str]) -> Bwrap {
        let exec = self.place.exec(options);
        let exec = exec.env("DBUS_SESSION_BUS_ADDRESS", &self.address);
        exec.args(["--", "python3", "-c", SCRIPT]).args(words)
    }
}

const TALK: [&str; 3] = ["-q", "--dbus-talk", OPEN];

attack!(only_the_name_that_was_asked_for_answers, {
    let session = Session::by_path();
    let unique = format!("call={}", session.hidden);
    let words = [
        "ask",
        "call=org.aril.Open",
        "call=org.aril.Hidden",
        &unique,
        "own=org.aril.Mine",
        "own=org.aril.Open.Mine",
        "start=org.aril.Hidden",
        "GetNameOwner=org.aril.Hidden",
        "GetConnectionUnixProcessID=org.aril.Hidden",
        "ListNames",
        "match=eavesdrop='true'",
        "environment",
        "monitor",
        "call=org.aril.Open",
    ];
    let said = |program: Bwrap| program.finish().success().stdout;
    let inside = said(session.exec(&TALK, &words));
    let refused = format!(
        "call=org.aril.Open answered
call=org.aril.Hidden ServiceUnknown
{unique} NameHasNoOwner
own=org.aril.Mine ServiceUnknown
own=org.aril.Open.Mine ServiceUnknown
start=org.aril.Hidden ServiceUnknown
GetNameOwner=org.aril.Hidden NameHasNoOwner
GetConnectionUnixProcessID=org.aril.Hidden ServiceUnknown
ListNames org.freedesktop.DBus org.aril.Open
match=eavesdrop='true' AccessDenied
environment AccessDenied
monitor AccessDenied
call=org.aril.Open answered
"
    );
    assert_eq!(inside, refused);
    let outside = said(session.bare(&words[..words.len() - 1]));
    for line in [
        "call=org.aril.Hidden answered",
        &format!("{unique} answered"),
        "own=org.aril.Mine 1",
        "GetNameOwner=org.aril.Hidden told",
        "GetConnectionUnixProcessID=org.aril.Hidden told",
        "match=eavesdrop='true' done",
        "environment done",
        "monitor done",
    ] {
        assert!(outside.contains(line), "the control: {line}: {outside}");
    }
    // What is asked for is reached, by a pattern too.
    let all = ["-q", "--dbus-talk", "org.aril.*"];
    let all = said(session.exec(&all, &["ask", "call=org.aril.Hidden"]));
    assert_eq!(all, "call=org.aril.Hidden answered\n");
});

attack!(what_hidden_services_say_is_not_heard, {
    let session = Session::by_path();
    let heard = |program: &dyn Fn(&[&str]) -> Bwrap| {
        let (held, hold) = fds::pipe();
        let words = ["ask", "match=type='signal'", "wait", "call=org.aril.Open"];
        let mut client = program(&words).stdin(Stdio::from(held)).spawn();
        client.says("ready");
        let called = session.bare(&["ask", "call=org.aril.Hidden"]);
        let called = called.finish().success().stdout;
        assert!(called.ends_with("answered\n"), "{called}");
        drop(hold);
        let said = client.wait().success().stdout;
        let said = said.lines().filter_map(|line| line.strip_prefix("heard "));
        said.map(str::to_owned).collect::<Vec<_>>()
    };
    assert_eq!(heard(&|words| session.exec(&TALK, words)), ["Open"]);
    let outside = heard(&|words| session.bare(words));
    assert_eq!(outside, ["Hidden", "Open"], "the control");
});

/// Tries the addresses of the bus itself, and of the proxy's sockets.
const RAW: &str = "
import glob, os, socket, sys
found = glob.glob(os.path.join(sys.argv[2], '.dbus-proxy/*/*')) + glob.glob('/run/user/*/*')
for address in [sys.argv[1].split('=')[1]] + found:
    for name in [address, '\\0' + address]:
        try:
            with socket.socket(socket.AF_UNIX) as s:
                s.connect(name)
                print('reached', repr(name))
        except OSError: pass
";

attack!(the_bus_itself_is_not_reached, {
    let by_name = Session::new(|place| {
        let id = place.at("x").replace('/', "-");
        format!("unix:abstract=aril{id}")
    });
    for session in [Session::by_path(), by_name] {
        let call = ["ask", "call=org.aril.Open", "call=org.aril.Hidden"];
        let run = session.place.at("run");
        let tried = |program: Bwrap| {
            let program = program.env("DBUS_SESSION_BUS_ADDRESS", &session.address);
            let program = program.args(["python3", "-c", RAW, &session.address, &run]);
            program.finish().success().stdout
        };
        for net in ["none", "host"] {
            let options = [&TALK[..], &["--net", net]].concat();
            let said = session.exec(&options, &call).finish();
            let is_kept_away = "it is reached past the filter";
            if said.stderr.contains(is_kept_away) && session.address.contains("abstract") {
                assert_eq!((said.code(), net), (125, "host"));
                continue;
            }
            let said = said.success().stdout;
            let expected = "call=org.aril.Open answered\ncall=org.aril.Hidden ServiceUnknown\n";
            assert_eq!(said, expected, "{net}");
            assert_eq!(tried(session.place.exec(&options)), "", "{net}");
        }
        if session.address.contains("abstract") {
            // With the X server's all abstract names are in reach.
            let options = [&TALK[..], &["--net", "host", "--display", "x11"]].concat();
            let refused = session.exec(&options, &call).finish();
            assert_eq!(refused.code(), 125, "{refused:?}");
            assert!(
                refused.stderr.contains("reached past the filter"),
                "{refused:?}"
            );
        }
        let outside = tried(session.place.bare());
        assert!(outside.starts_with("reached"), "the control: {outside}");
    }
});

attack!(the_proxy_is_confined_and_ends_with_the_launcher, {
    let session = Session::by_path();
    let (held, hold) = fds::pipe();
    let client = session.exec(&TALK, &["ask", "call=org.aril.Open", "wait"]);
    let mut client = client.stdin(Stdio::from(held)).spawn();
    client.says("ready");
    let directory = session.place.at("run/.dbus-proxy");
    assert_eq!(fs::read_dir(directory).expect("a directory").count(), 0);
    let launcher = client.pid().as_raw_nonzero();
    let children = fs::read_to_string(format!("/proc/{launcher}/task/{launcher}/children"));
    let children = children.expect("the children of the launcher");
    let name = |pid: &&str| fs::read_to_string(format!("/proc/{pid}/comm")).expect("a name");
    let mut proxies = children.split_whitespace();
    let proxy = proxies.find(|pid| name(pid) == "xdg-dbus-proxy\n");
    let proxy = proxy.unwrap_or_else(|| panic!("no proxy among {children}"));
    let status = fs::read_to_string(format!("/proc/{proxy}/status")).expect("its status");
    for line in ["NoNewPrivs:\t1", "Seccomp:\t2", "CapEff:\t0000000000000000"] {
        assert!(status.contains(line), "{status}");
    }
    for kind in ["mnt", "net", "pid", "user", "ipc"] {
        let link = |pid: &str| fs::read_link(format!("/proc/{pid}/ns/{kind}")).ok();
        assert_ne!(link(proxy), link("self"), "{kind}");
    }
    let proxy = proxy
        .parse()
        .ok()
        .and_then(Pid::from_raw)
        .expect("a number");
    client.signal(Signal::KILL);
    wait::until("the proxy has ended", || test_kill_process(proxy).is_err());
    drop(hold);
    client.wait_detached();
});
