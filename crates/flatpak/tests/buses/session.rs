//! A session with a bus of its own, and names on it.
#![allow(unreachable_pub, reason = "a module of a test program")]

use aril_flatpak::bus::{Buses, Proxy, ProxyError, ProxyFiles, find_program};
use aril_flatpak::compose::{Facts, Part};
use aril_flatpak::permissions::{Context, Facts as Conditions};
use aril_sandbox::Host;
use std::collections::{BTreeMap, BTreeSet};
use std::io::{BufRead, BufReader};
use std::os::unix::fs::MetadataExt;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use tempfile::TempDir;

pub const ID: &str = "org.aril.Test";
pub const INFO: &[u8] = b"[Application]\nname=org.aril.Test\n";
const PEER: &str = include_str!("peer.py");

pub struct Session {
    place: TempDir,
    children: Vec<Child>,
}

impl Session {
    /// Starts a bus, and waits until it tells its address.
    pub fn new() -> Self {
        let place = tempfile::tempdir().unwrap();
        std::fs::write(place.path().join("peer.py"), PEER).unwrap();
        let mut session = Self {
            place,
            children: Vec::new(),
        };
        let address = format!("--address={}", session.address());
        let mut bus = Command::new("dbus-daemon");
        bus.args(["--session", "--nofork", "--print-address=1", &address]);
        // Services that it starts must keep what they write here.
        for variable in ["HOME", "XDG_RUNTIME_DIR", "XDG_DATA_HOME"] {
            bus.env(variable, session.runtime_dir());
        }
        session.start(&mut bus);
        session
    }

    pub fn runtime_dir(&self) -> &Path {
        self.place.path()
    }

    fn address(&self) -> String {
        format!("unix:path={}/bus", self.runtime_dir().display())
    }

    /// Starts a program and waits for its first line.
    fn start(&mut self, command: &mut Command) {
        let mut child = command.stdout(Stdio::piped()).spawn().unwrap();
        let mut line = String::new();
        let mut output = BufReader::new(child.stdout.take().unwrap());
        output.read_line(&mut line).unwrap();
        assert_ne!(line, "", "{command:?} says nothing");
        self.children.push(child);
    }

    /// Somebody else on the bus is this name.
    pub fn own(&mut self, name: &str) {
        let mut command = Command::new("/usr/bin/python3");
        command.arg(self.place.path().join("peer.py"));
        command.args(["own", name]);
        command.env("DBUS_SESSION_BUS_ADDRESS", self.address());
        self.start(&mut command);
    }

    /// What a client outside sees.
    pub fn outside(&self, script: &str) -> String {
        let mut command = Command::new("/bin/sh");
        command.args(["-c", &with_peer(script)]);
        command.env("DBUS_SESSION_BUS_ADDRESS", self.address());
        let output = command.output().unwrap();
        String::from_utf8(output.stdout).unwrap()
    }

    pub fn facts(&self) -> Facts {
        let mut environment = BTreeMap::new();
        let mut set = |name: &str, value: &str| environment.insert(name.into(), value.into());
        set("DBUS_SESSION_BUS_ADDRESS", &self.address());
        set("DBUS_SYSTEM_BUS_ADDRESS", &self.address());
        let host = Host::gather().unwrap();
        Facts {
            uid: host.uid,
            gid: host.gid,
            user: b"u".to_vec(),
            group: b"u".to_vec(),
            real_name: Vec::new(),
            home: self.place.path().join("home"),
            runtime_dir: Some(self.runtime_dir().to_owned()),
            environment,
        }
    }

    /// Starts the proxy for these permissions, by this program or the installed one.
    pub fn proxy(&self, context: &Context, program: Option<&Path>) -> Result<Part, ProxyError> {
        let facts = self.facts();
        let installed = find_program(&facts);
        let program = program.or(installed.as_deref());
        let buses = Buses {
            id: &ID.parse().unwrap(),
            permissions: context,
            granted: &context.granted(&Conditions::default()),
            sandboxed: false,
            refused: BTreeSet::new(),
            logged: BTreeSet::new(),
        };
        let routes = buses.routes(&facts, None);
        assert_eq!(routes.notes, []);
        let files = ProxyFiles {
            info: INFO,
            instance: "42",
            program: program.expect("xdg-dbus-proxy is not installed"),
            log: None,
        };
        let host = Host::gather().unwrap();
        Proxy::start(&routes.routes, &files, &facts, &host)?.part()
    }

    /// The proxies of this session: the directory of sockets in their root is ours.
    pub fn proxy_pids(&self) -> Vec<i32> {
        let ours = inode(&self.runtime_dir().join(".dbus-proxy/42"));
        let numbers = std::fs::read_dir("/proc").unwrap().filter_map(|entry| {
            let name = entry.unwrap().file_name();
            name.to_str()?.parse::<i32>().ok()
        });
        let sockets = |pid: &i32| inode(Path::new(&format!("/proc/{pid}/root/sockets")));
        numbers
            .filter(|pid| ours.is_some() && sockets(pid) == ours)
            .collect()
    }
}

fn inode(path: &Path) -> Option<u64> {
    Some(std::fs::metadata(path).ok()?.ino())
}

/// `peer` in a script is the peer's program, whose text comes along.
pub fn with_peer(script: &str) -> String {
    format!("peer() {{ /usr/bin/python3 - \"$@\" <<'END'\n{PEER}END\n}}\n{script}")
}

impl Drop for Session {
    fn drop(&mut self) {
        for child in &mut self.children {
            child.kill().unwrap();
            child.wait().unwrap();
        }
        // The document portal's filesystem, if it was started.
        let mut unmount = Command::new("fusermount3");
        unmount
            .args(["-u", "-z"])
            .arg(self.runtime_dir().join("doc"));
        drop(unmount.stderr(Stdio::null()).status());
    }
}
