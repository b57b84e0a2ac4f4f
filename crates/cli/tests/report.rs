//! What was denied is told once, with its count and with what allows it; and that does allow it.

mod support;

use serde_json::Value;
use std::fs;
use std::net::TcpListener;
use std::os::linux::net::SocketAddrExt;
use std::os::unix::fs::PermissionsExt;
use std::os::unix::net::{SocketAddr, UnixListener};
use std::path::Path;
use support::project::Project as Case;
use support::text;

impl Case {
    /// With a directory beside the home.
    fn new() -> Self {
        Self::with(&["beside"])
    }

    fn write(&self, name: &str, text: &str) -> String {
        fs::write(self.path(name), text).unwrap();
        word(&self.path(name))
    }

    /// The lines that a command's report has, and its standard error.
    fn report(&self, options: &[&str], command: &[&str]) -> (Vec<String>, String) {
        let output = self.aril(&[&["exec", "--report"], options, command].concat());
        let text = text(&output.stderr);
        let lines = text.lines().filter(|line| line.starts_with("denied "));
        (lines.map(ToOwned::to_owned).collect(), text)
    }

    /// Runs a command that is denied one thing, and then with the options that are to allow it.
    fn one_denial(&self, command: &[&str], expected: &str) {
        let denied = self.aril(&[&["exec", "--report"], command].concat());
        let told = text(&denied.stderr);
        let lines: Vec<_> = told
            .lines()
            .filter(|line| line.starts_with("denied"))
            .collect();
        assert_eq!(lines, [expected], "{told}");
        assert_ne!(denied.status.code(), Some(0), "{told}");
        let why: Value = serde_json::from_slice(&self.aril(&["why", "--json"]).stdout).unwrap();
        let allow = why["denials"][0]["allow"].as_array().unwrap();
        let allow: Vec<_> = allow.iter().map(|word| word.as_str().unwrap()).collect();
        let allowed = self.aril(&[&["exec", "--report"], &allow[..], command].concat());
        let told = text(&allowed.stderr);
        assert_eq!(allowed.status.code(), Some(0), "{allow:?}: {told}");
        assert!(told.ends_with("denied: nothing\n"), "{told}");
    }
}

fn word(path: &Path) -> String {
    path.to_str().unwrap().to_owned()
}

#[test]
fn a_hidden_file() {
    let case = Case::new();
    let path = case.write("home/secret", "text\n");
    case.one_denial(
        &["sh", "-c", &format!("cat {path}; cat {path}")],
        &format!("denied twice: {path}: it is hidden; --ro {path} allows it"),
    );
}

#[test]
fn a_directory_that_cannot_be_written() {
    let case = Case::new();
    let beside = word(&case.path("beside"));
    let options = ["exec", "--report", "--ro", &beside];
    let command = ["touch", &format!("{beside}/new")];
    let denied = case.aril(&[&options[..], &command].concat());
    let expected =
        format!("denied once: {beside}: it cannot be written; --rw {beside} allows it\n");
    let told = text(&denied.stderr);
    assert!(told.ends_with(&expected), "{told}");
    assert!(!case.path("beside/new").exists());
    let allowed = case.aril(&[&["exec", "--report", "--rw", &beside], &command[..]].concat());
    assert_eq!(text(&allowed.stderr), "denied: nothing\n");
    assert!(case.path("beside/new").exists());
}

#[test]
fn a_directory_that_is_hidden_and_was_to_be_written() {
    let case = Case::new();
    let beside = word(&case.path("beside"));
    case.one_denial(
        &["touch", &format!("{beside}/new")],
        &format!(
            "denied once: {beside}: it is hidden, and was to be written; --rw {beside} allows it"
        ),
    );
    assert!(case.path("beside/new").exists());
}

#[test]
fn a_network_address() {
    let case = Case::new();
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let port = address.port();
    let script = format!("import socket; socket.create_connection(('127.0.0.1', {port}))");
    // A warning comes with the option, before the report.
    case.one_denial(
        &["python3", "-c", &script],
        &format!(
            "denied once: {address}: the host's services cannot be reached; --net host allows it"
        ),
    );
    let script = "import socket
for _ in range(2):
    try: socket.create_connection(('192.0.2.1', 80))
    except OSError: pass";
    let (lines, _) = case.report(&[], &["python3", "-c", script]);
    let expected = "denied twice: 192.0.2.1:80: there is no network; --net host allows it";
    assert_eq!(lines, [expected]);
}

#[test]
fn sockets_of_the_session() {
    let case = Case::new();
    let connect = |path: &str| {
        let script = format!("import socket; socket.socket(socket.AF_UNIX).connect('{path}')");
        ["python3".to_owned(), "-c".to_owned(), script]
    };
    let rows = [
        ("runtime/bus", "--dbus-talk NAME"),
        ("runtime/wayland-7", "--display wayland"),
    ];
    for (name, option) in rows {
        let path = word(&case.path(name));
        let _listener = UnixListener::bind(&path).unwrap();
        let command = connect(&path);
        let command: Vec<&str> = command.iter().map(String::as_str).collect();
        let (lines, told) = case.report(&[], &command);
        let expected =
            format!("denied once: {path}: the socket cannot be reached; {option} allows it");
        assert_eq!(lines, [expected], "{told}");
    }
    let path = word(&case.path("beside/service"));
    let _listener = UnixListener::bind(&path).unwrap();
    let command = connect(&path);
    let command: Vec<&str> = command.iter().map(String::as_str).collect();
    case.one_denial(
        &command,
        &format!("denied once: {path}: the socket cannot be reached; --ro {path} allows it"),
    );
}

#[test]
fn abstract_sockets_of_the_host() {
    let case = Case::new();
    let name = format!("aril-report-{}", std::process::id());
    let address = SocketAddr::from_abstract_name(&name).unwrap();
    let _listener = UnixListener::bind_addr(&address).unwrap();
    let script = format!("import socket; socket.socket(socket.AF_UNIX).connect('\\0{name}')");
    let expected = format!("denied once: @{name}: the abstract socket cannot be reached; ");
    for options in [&[][..], &["-q", "--net", "host"]] {
        let (lines, told) = case.report(options, &["python3", "-c", &script]);
        // Where Landlock has no scopes the host's network leads there.
        match lines.as_slice() {
            [line] => assert!(line.starts_with(&expected), "{told}"),
            lines => assert!(
                lines.is_empty() && told.ends_with("denied: nothing\n"),
                "{told}"
            ),
        }
        assert!(!lines.is_empty() || options.contains(&"host"), "{told}");
    }
}

#[test]
fn a_system_call() {
    let case = Case::new();
    let script = "import ctypes, sys
libc = ctypes.CDLL(None)
sys.exit(libc.personality(0x0040000) == -1)";
    case.one_denial(&["python3", "-c", script], &case_personality(&case, script));
    let (lines, told) = case.report(&[], &["unshare", "-U", "true"]);
    assert_eq!(lines.len(), 1, "{told}");
    assert!(
        lines[0].starts_with("denied once: system call unshare: "),
        "{told}"
    );
    assert!(lines[0].ends_with("; no option allows it"), "{told}");
}

/// The rule's own words are not repeated here.
fn case_personality(case: &Case, script: &str) -> String {
    let (lines, told) = case.report(&[], &["python3", "-c", script]);
    let [line] = &lines[..] else {
        panic!("{told}");
    };
    assert!(
        line.starts_with("denied once: system call personality: "),
        "{line}"
    );
    assert!(
        line.ends_with("; --seccomp -personality allows it"),
        "{line}"
    );
    line.clone()
}

#[test]
fn nothing_is_told_of_what_does_nothing_wrong() {
    let case = Case::new();
    let commands: [&[&str]; 8] = [
        &["true"],
        &["ls", "-l", "/", "/etc", "/usr/bin"],
        &[
            "sh",
            "-c",
            "echo x > new; cat new; rm new; mkdir d; rmdir d; test -e /nowhere || true",
        ],
        &["bash", "-lc", "true"],
        &[
            "python3",
            "-c",
            "import json, socket, subprocess; subprocess.run(['true'])",
        ],
        &[
            "python3",
            "-c",
            "import threading; threading.Thread(target=print).start()",
        ],
        &["perl", "-e", "1"],
        &["find", "/usr/share/doc", "-maxdepth", "1"],
    ];
    for command in commands {
        let (lines, told) = case.report(&[], command);
        assert_eq!(lines, [""; 0], "{command:?}");
        assert!(told.ends_with("denied: nothing\n"), "{command:?}: {told}");
    }
}

#[test]
fn the_last_run_is_known_without_having_been_asked_for() {
    let case = Case::new();
    let none = case.aril(&["why"]);
    assert_eq!(none.status.code(), Some(1));
    assert!(text(&none.stderr).contains("none is known"));
    let ran = case.aril(&["exec", "unshare", "-U", "true"]);
    assert!(!text(&ran.stderr).contains("denied"), "{ran:?}");
    let why = text(&case.aril(&["why"]).stdout);
    let lines: Vec<_> = why.lines().collect();
    assert_eq!(lines[0], "the last run: unshare -U true");
    assert!(
        lines[1].starts_with("denied once: system call unshare"),
        "{why}"
    );
    assert!(lines[2].contains("--report"), "{why}");
    let kept = fs::metadata(case.path("runtime/aril/.report")).unwrap();
    assert_eq!(kept.permissions().mode() & 0o777, 0o600);
    case.aril(&["exec", "true"]);
    let why = text(&case.aril(&["why"]).stdout);
    assert!(why.contains("denied: nothing"), "{why}");
}

#[test]
fn what_is_inside_can_neither_read_nor_write_the_report() {
    let case = Case::new();
    case.aril(&["exec", "unshare", "-U", "true"]);
    let runtime = word(&case.path("runtime"));
    let script =
        "ls -A $XDG $1/aril; echo forged > $1/aril/.report; rm -rf $1/aril; mv $1/aril $1/b";
    let script = script.replace("$XDG ", "");
    let words = [
        "exec", "--rw", &runtime, "sh", "-c", &script, "sh", &runtime,
    ];
    let output = case.aril(&words);
    assert_eq!(text(&output.stdout), "", "{output:?}");
    // Control: the directory itself can be written.
    let words = ["exec", "--rw", &runtime, "touch", &format!("{runtime}/new")];
    assert_eq!(case.aril(&words).status.code(), Some(0));
    assert!(case.path("runtime/new").exists());
    let why = text(&case.aril(&["why"]).stdout);
    assert!(why.starts_with("the last run: touch "), "{why}");
}

#[test]
fn as_json_it_is_an_event_before_the_end() {
    let case = Case::new();
    let path = case.write("home/secret", "text\n");
    let output = case.aril(&["exec", "--json", "--report", "cat", &path]);
    let told = text(&output.stderr);
    let events: Vec<Value> = told
        .lines()
        .filter_map(|line| serde_json::from_str(line).ok())
        .collect();
    assert_eq!(events.len(), 2, "{told}");
    assert_eq!(events[0]["event"], "report");
    assert_eq!(events[0]["observed"], true);
    let denied = &events[0]["denials"][0];
    assert_eq!(denied["kind"], "hidden");
    assert_eq!(denied["subject"], path.as_str());
    assert_eq!(denied["count"], 1);
    assert_eq!(denied["by"], "cat");
    assert_eq!(denied["allow"], serde_json::json!(["--ro", path]));
    assert_eq!(events[1]["event"], "ended");
}

/// A program chooses its name, its paths and its numbers.
#[test]
fn a_report_is_bounded_and_safe_to_print() {
    let case = Case::new();
    for number in 0..300 {
        fs::write(case.path(&format!("beside/{number}")), "").unwrap();
    }
    fs::write(case.path("beside").join("a\n\u{1b}[31m'"), "").unwrap();
    let beside = word(&case.path("beside"));
    let script = format!(
        "import os
try: open('{beside}/a\\n\\x1b[31m\\'')
except OSError: pass
open('/proc/self/comm', 'w').write('\\x1b[31m')
for number in range(300):
    try: os.stat('{beside}/%d' % number)
    except OSError: pass"
    );
    let (lines, told) = case.report(&[], &["python3", "-c", &script]);
    assert_eq!(lines.len(), 257, "{told}");
    assert!(lines[256].ends_with("times: of further kinds"), "{told}");
    assert!(!told.contains('\u{1b}'), "{told}");
    assert!(lines[0].contains("; --ro $'"), "{}", lines[0]);
}

#[test]
fn rules_that_let_a_program_stop_the_launcher_leave_paths_out() {
    let case = Case::new();
    let path = case.write("home/secret", "text\n");
    let options = ["--seccomp", "-userfaultfd"];
    let (lines, told) = case.report(&options, &["cat", &path]);
    assert_eq!(lines, [""; 0], "{told}");
    assert!(
        told.contains("note: the rules allow userfaultfd(2)"),
        "{told}"
    );
}

/// Calls without end that wait for the launcher keep it from nothing.
#[test]
fn a_flood_of_calls_keeps_no_deadline_away() {
    let case = Case::new();
    let path = case.write("home/secret", "text\n");
    let script = format!(
        "import os, threading
def ask():
    while True: os.path.exists('{path}')
for _ in range(4): threading.Thread(target=ask).start()"
    );
    let options = ["--timeout", "1s"];
    let words = [
        &["exec", "--report"],
        &options[..],
        &["python3", "-c", &script],
    ]
    .concat();
    let output = case.aril(&words);
    assert_eq!(output.status.code(), Some(124), "{output:?}");
    let told = text(&output.stderr);
    let lines: Vec<_> = told
        .lines()
        .filter(|line| line.starts_with("denied"))
        .collect();
    assert_eq!(lines.len(), 1, "{told}");
    assert!(lines[0].contains(" times: "), "{told}");
}
