//! `aril exec --log` keeps what a command prints, and `aril logs` shows it while the command runs.

mod support;

use serde_json::Value;
use std::io::{BufRead, BufReader, Read};
use std::process::{Child, ChildStdout, Command, Stdio};
use support::project::Project as Case;
use support::{program, text};

/// A sandbox that keeps a log; its standard input is a pipe.
struct Running {
    child: Child,
}

impl Case {
    fn new() -> Self {
        Self::with(&[])
    }

    /// Starts one, and waits until it is listed and what it prints first is in the log.
    fn start(&self, script: &str) -> Running {
        let words = ["exec", "--log", "--name", "it", "sh", "-c", script];
        let mut command = self.command(&words);
        command.stdin(Stdio::piped()).stdout(Stdio::piped());
        let child = command.stderr(Stdio::piped()).spawn().unwrap();
        let running = Running { child };
        while self.aril(&["logs", "it"]).stdout.is_empty() {
            std::thread::yield_now();
        }
        running
    }

    fn follow(&self, options: &[&str]) -> (Child, BufReader<ChildStdout>) {
        let words = [&["logs", "--follow", "it"], options].concat();
        let mut child = self.command(&words).stdout(Stdio::piped()).spawn().unwrap();
        let lines = BufReader::new(child.stdout.take().unwrap());
        (child, lines)
    }
}

impl Running {
    /// Lets it go on, and returns what it printed itself, and its status.
    fn finish(mut self) -> (String, Option<i32>) {
        drop(self.child.stdin.take());
        let output = self.child.wait_with_output().unwrap();
        let said = text(&output.stdout) + &text(&output.stderr);
        (said, output.status.code())
    }
}

#[test]
fn a_log_is_followed_to_its_end() {
    let case = Case::new();
    let script = "echo first; printf 'half' >&2; cat; echo; seq 3; printf last; exit 7";
    let running = case.start(script);
    let (mut follower, mut lines) = case.follow(&[]);
    let mut first = String::new();
    lines.read_line(&mut first).unwrap();
    assert_eq!(first, "first\n");
    assert_eq!(text(&case.aril(&["logs", "it"]).stdout), "first\n");
    let seen = text(&case.aril(&["logs", "--json", "it"]).stdout);
    let line: Value = serde_json::from_str(&seen).unwrap();
    assert_eq!(
        (&line["stream"], &line["text"]),
        (&"stdout".into(), &"first".into())
    );
    assert!(line["time"].as_u64().unwrap() > 1_700_000_000_000);
    let (mut follower_json, mut json) = case.follow(&["--json"]);
    let mut text = String::new();
    json.read_line(&mut text).unwrap();
    let said = running.finish();
    assert_eq!(said, (String::new(), Some(7)), "nothing is printed beside");
    let mut rest = String::new();
    lines.read_to_string(&mut rest).unwrap();
    let mut rest: Vec<_> = rest.lines().collect();
    rest.sort_unstable();
    assert_eq!(rest, ["", "1", "2", "3", "half", "last"]);
    assert!(follower.wait().unwrap().success());
    json.read_to_string(&mut text).unwrap();
    let lines: Vec<Value> = text
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    let of = |stream: &str| {
        let lines = lines.iter().filter(|line| line["stream"] == stream);
        lines
            .map(|line| line["text"].as_str().unwrap())
            .collect::<Vec<_>>()
    };
    assert_eq!(of("stdout"), ["first", "", "1", "2", "3", "last"]);
    assert_eq!(of("stderr"), ["half"]);
    assert!(follower_json.wait().unwrap().success());
    let gone = case.aril(&["logs", "it"]);
    assert_eq!(gone.status.code(), Some(1), "a log goes with its sandbox");
}

#[test]
fn following_ends_when_the_launcher_is_killed() {
    let case = Case::new();
    let mut running = case.start("echo first; cat");
    let (mut follower, mut lines) = case.follow(&[]);
    let mut first = String::new();
    lines.read_line(&mut first).unwrap();
    running.child.kill().unwrap();
    running.child.wait().unwrap();
    let mut rest = String::new();
    lines.read_to_string(&mut rest).unwrap();
    assert_eq!(rest, "");
    assert!(follower.wait().unwrap().success());
}

#[test]
fn what_keeps_no_log_says_so() {
    let case = Case::new();
    let mut command = case.command(&["exec", "--name", "it", "sh", "-c", "echo ready; cat"]);
    command.stdin(Stdio::piped()).stdout(Stdio::piped());
    let mut child = command.spawn().unwrap();
    let mut said = BufReader::new(child.stdout.take().unwrap());
    said.read_line(&mut String::new()).unwrap();
    let refused = case.aril(&["logs", "it"]);
    assert_eq!(refused.status.code(), Some(1));
    let expected =
        "aril: print the log, on it: it keeps none\nhint: `aril exec --log COMMAND` keeps one\n";
    assert_eq!(text(&refused.stderr), expected);
    drop(child.stdin.take());
    assert!(child.wait().unwrap().success());
    // Where there is no place for one nothing is started.
    let mut command = case.command(&["exec", "--log", "touch", "ran"]);
    let refused = command.env_remove("XDG_RUNTIME_DIR").output().unwrap();
    assert_eq!(refused.status.code(), Some(125));
    assert!(text(&refused.stderr).starts_with("aril: keep a log, on XDG_RUNTIME_DIR: "));
    assert!(!case.path("home/project/ran").exists());
}

#[test]
fn a_log_is_safe_to_print_on_a_terminal() {
    let case = Case::new();
    let running = case.start("printf 'a\\033[2Jb\\302\\233c\\n'; cat");
    let mut script = Command::new("script");
    script.args(["-qec", "\"$ARIL\" logs it", "/dev/null"]);
    script.env("ARIL", program()).stdin(Stdio::null());
    script.env("XDG_RUNTIME_DIR", case.path("runtime"));
    let shown = match script.output() {
        Ok(output) => text(&output.stdout),
        Err(why) => return eprintln!("skipped: script cannot be run: {why}"),
    };
    assert_eq!(shown, "a\\x1b[2Jb\\x9bc\r\n");
    let plain = text(&case.aril(&["logs", "it"]).stdout);
    assert_eq!(plain, "a\u{1b}[2Jb\u{9b}c\n", "the control");
    running.finish();
}
