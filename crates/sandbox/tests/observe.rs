//! What is not found because of the sandbox is told, and nothing else; and it costs others nothing.

mod support;

use aril_sandbox::spec::{Landlock, Network, Scopes, SeccompProgram, Stream};
use aril_sandbox::{Access, Entry, Host, Missed, Observation, Outcome, Plan, Spec, Wanted};
use aril_seccomp::{Arch, Policy, RuleSet, compile};
use std::fs;
use std::io::Read;
use std::net::TcpListener;
use std::os::fd::AsRawFd;
use std::os::linux::net::SocketAddrExt;
use std::os::unix::net::{SocketAddr, UnixListener};
use std::path::Path;
use support::shell;

fn policy(words: &str) -> Policy {
    let native = Arch::native().expect("an ABI with rules");
    RuleSet::parse(words).expect("words").policy(native)
}

fn observed(mut spec: Spec) -> (String, Outcome, Vec<Observation>) {
    let program = compile(&policy("default").observing()).expect("a program");
    spec.seccomp = vec![SeccompProgram::Observed(program.to_bytes())];
    let (mut reader, writer) = std::io::pipe().expect("a pipe");
    let fd = Stream::Fd(writer.as_raw_fd());
    spec.program.streams = [Stream::Null, fd, fd];
    let plan = Plan::new(&spec, &Host::gather().expect("facts")).expect("a plan");
    let mut sandbox = plan.launch().expect("a start");
    drop(writer);
    let outcome = sandbox.wait().expect("an outcome");
    let found = sandbox.observations().to_vec();
    drop(sandbox);
    let mut text = String::new();
    reader.read_to_string(&mut text).expect("text");
    (text, outcome, found)
}

/// A script that sees the host's programs, and of `place` the directory `shown`, read-only.
fn beside(place: &Path, script: &str) -> Spec {
    let mut spec = shell(script);
    let shown = place.join("shown");
    spec.tree
        .push(Entry::bind("/etc", "/etc", Access::ReadOnly));
    spec.tree
        .push(Entry::bind(&shown, &shown, Access::ReadOnly));
    spec.program.args.push("sh".into());
    spec.program.args.push(place.as_os_str().to_owned());
    spec
}

fn place() -> tempfile::TempDir {
    let place = tempfile::tempdir().expect("a directory");
    for directory in ["shown", "hidden"] {
        fs::create_dir(place.path().join(directory)).expect("a directory");
        fs::write(place.path().join(directory).join("file"), "text\n").expect("a file");
    }
    place
}

#[test]
fn hidden_and_read_only_paths_are_told_once_with_their_count() {
    let place = place();
    let script = "cat $1/hidden/file $1/hidden/file; cat $1/hidden/file
        cat $1/shown/file $1/shown/none $1/none
        cd $1/shown; (: > file); (: > new); mkdir new; rm -f file
        (: > ../hidden/new)";
    let (text, outcome, found) = observed(beside(place.path(), script));
    assert_eq!(outcome, Outcome::Exited(2), "{text}");
    let path = |name: &str| place.path().join(name);
    let expected = [
        (
            Missed::Hidden {
                path: path("hidden/file"),
                wanted: Wanted::Read,
            },
            3,
        ),
        (
            Missed::ReadOnly {
                path: path("shown/file"),
            },
            1,
        ),
        (
            Missed::ReadOnly {
                path: path("shown"),
            },
            3,
        ),
        (
            Missed::Hidden {
                path: path("hidden"),
                wanted: Wanted::Write,
            },
            1,
        ),
    ];
    let found_counts: Vec<_> = found
        .iter()
        .map(|one| (one.missed.clone(), one.count))
        .collect();
    assert_eq!(found_counts, expected, "{text}");
    assert_eq!(found[0].command, "cat");
}

#[test]
fn nothing_is_told_of_a_program_that_misses_nothing() {
    let place = place();
    let script = "ls -l / /usr/bin /proc $1/shown >/dev/null; cat $1/shown/file; test -e /nowhere
        : > /dev/null; true";
    let (text, _, found) = observed(beside(place.path(), script));
    assert_eq!(found, [], "{text}");
    assert!(text.ends_with("text\n"), "{text}");
}

#[test]
fn sockets_and_addresses_out_of_reach_are_told() {
    let place = place();
    let socket = place.path().join("hidden/socket");
    let _listens = UnixListener::bind(&socket).expect("a socket");
    let served = TcpListener::bind("127.0.0.1:0").expect("a port");
    let served = served.local_addr().expect("its address");
    let script = format!(
        "import socket
def attempt(family, address):
    try: socket.socket(family, socket.SOCK_STREAM).connect(address)
    except OSError as error: print(error.errno)
attempt(socket.AF_UNIX, {socket:?})
attempt(socket.AF_UNIX, '/nowhere')
attempt(socket.AF_INET, ('192.0.2.1', 80))
attempt(socket.AF_INET, ('192.0.2.1', 80))
attempt(socket.AF_INET, ('127.0.0.1', 9))
server = socket.create_server(('127.0.0.1', 0))
attempt(socket.AF_INET, server.getsockname())
attempt(socket.AF_INET, ('127.0.0.1', {}))",
        served.port()
    );
    let mut spec = beside(place.path(), "");
    spec.program.path = "/usr/bin/python3".into();
    spec.program.args = ["-c", &script].map(Into::into).to_vec();
    let (text, outcome, found) = observed(spec);
    assert_eq!(outcome, Outcome::Exited(0), "{text}");
    let about: Vec<_> = found
        .iter()
        .filter(|one| !matches!(one.missed, Missed::Hidden { .. } | Missed::ReadOnly { .. }))
        .map(|one| (one.missed.clone(), one.count))
        .collect();
    let expected = [
        (Missed::Socket { path: socket }, 1),
        (Missed::Address("192.0.2.1:80".parse().expect("one")), 2),
        (Missed::Address(served), 1),
    ];
    assert_eq!(about, expected, "{text}");
}

/// Listens on an abstract name until it is dropped.
fn listening(name: &str) -> UnixListener {
    let address = SocketAddr::from_abstract_name(name).expect("a name");
    UnixListener::bind_addr(&address).expect("a socket")
}

#[test]
fn abstract_sockets_out_of_reach_are_told() {
    let place = place();
    let name = format!("aril-observe-{}", std::process::id());
    let _listens = listening(&name);
    let script = format!(
        "import socket
def attempt(name):
    try: socket.socket(socket.AF_UNIX).connect('\\0' + name); print('met')
    except OSError as error: print(error.errno)
attempt('{name}')
attempt('{name}')
attempt('{name}-none')
own = socket.socket(socket.AF_UNIX); own.bind('\\0{name}-own'); own.listen()
attempt('{name}-own')"
    );
    let spec = |network, landlock| {
        let mut spec = beside(place.path(), "");
        spec.program.path = "/usr/bin/python3".into();
        spec.program.args = ["-c", &script].map(Into::into).to_vec();
        spec.namespaces.network = network;
        spec.landlock = landlock;
        spec
    };
    let scopes = Scopes {
        abstract_sockets: true,
        signals: false,
    };
    let parts = Landlock {
        scopes,
        ..Landlock::default()
    };
    let has_scopes = Host::gather().expect("facts").landlock >= Some(6);
    let rows = [
        (Network::None, None, "111\n111\n111\nmet\n", true),
        (Network::Host, Some(parts), "1\n1\n111\nmet\n", true),
        // The control: what is reached is not told.
        (Network::Host, None, "met\nmet\n111\nmet\n", false),
    ];
    for (network, landlock, said, is_told) in rows {
        if landlock.is_some() && !has_scopes {
            eprintln!("skipped: this kernel's Landlock has no scopes");
            continue;
        }
        let (text, _, found) = observed(spec(network, landlock));
        assert_eq!(text, said);
        let told = found.iter().filter_map(|one| match &one.missed {
            Missed::AbstractSocket { name } => Some((name.clone(), one.count)),
            _ => None,
        });
        let expected = is_told.then(|| (name.clone().into(), 2));
        assert_eq!(told.collect::<Vec<_>>(), Vec::from_iter(expected), "{said}");
    }
}

/// A pipe that nobody writes: opening it for reading would wait for ever.
#[test]
fn the_launcher_waits_for_no_pipe() {
    let place = place();
    let pipe = place.path().join("shown/pipe");
    let made = std::process::Command::new("mkfifo").arg(&pipe).status();
    assert!(made.expect("mkfifo").success());
    let script = "test -e $1/shown/pipe && (: <> $1/shown/pipe) 2>/dev/null; echo on";
    let (text, outcome, _) = observed(beside(place.path(), script));
    assert_eq!((text.as_str(), outcome), ("on\n", Outcome::Exited(0)));
}

#[test]
fn what_is_refused_stays_refused_and_is_told_as_such() {
    let mut spec = shell("unshare -U true; echo $?");
    let program = compile(&policy("default").observing()).expect("a program");
    spec.seccomp = vec![SeccompProgram::Observed(program.to_bytes())];
    let plan = Plan::new(&spec, &Host::gather().expect("facts")).expect("a plan");
    let mut sandbox = plan.launch().expect("a start");
    assert_eq!(sandbox.wait(), Ok(Outcome::Exited(0)));
    let refused: Vec<_> = sandbox
        .denials()
        .iter()
        .filter_map(|denial| policy("default").refusal(&denial.call)?.syscall())
        .collect();
    assert_eq!(refused, ["unshare"]);
}

#[test]
fn rules_that_let_a_program_stop_the_launcher_are_refused() {
    let program = compile(&policy("default,-userfaultfd").observing()).expect("a program");
    let mut spec = shell("true");
    spec.seccomp = vec![SeccompProgram::Observed(program.to_bytes())];
    let refused = Plan::new(&spec, &Host::gather().expect("facts")).expect_err("no plan");
    assert!(refused.to_string().contains("userfaultfd"), "{refused}");
}
