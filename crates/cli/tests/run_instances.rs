//! A running `aril run` as others find it: `aril ps`, `enter`, `kill` and `stats`, flatpak's own, and
//! sandboxes that join it.

#[path = "support/mod.rs"]
mod support;

use rustix::process::{Pid, Signal, kill_process};
use std::fs;
use std::io::{BufRead, BufReader, Read};
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;
use std::process::{Child, ChildStdin, Command, Output, Stdio};
use support::{Case, ID, program, text};
use tempfile::TempDir;

/// A home and a runtime directory of the test's own.
struct Session {
    case: Case,
    runtime: TempDir,
}

/// `aril run` whose application waits for the end of its standard input.
struct App {
    launcher: Child,
    input: Option<ChildStdin>,
    output: BufReader<std::process::ChildStdout>,
}

impl Session {
    fn new() -> Self {
        let runtime = tempfile::tempdir().unwrap();
        let private = fs::Permissions::from_mode(0o700);
        fs::set_permissions(runtime.path(), private).unwrap();
        let case = Case::new();
        Self { case, runtime }
    }

    fn command(&self, name: impl AsRef<std::ffi::OsStr>, words: &[&str]) -> Command {
        let mut command = Command::new(name);
        command.args(words).env("HOME", self.case.home());
        command.env("XDG_RUNTIME_DIR", self.runtime.path());
        // No bus: what is tested here needs none.
        command.env_remove("DBUS_SESSION_BUS_ADDRESS");
        command
    }

    fn aril(&self, words: &[&str]) -> Output {
        self.command(program(), words).output().unwrap()
    }

    fn said(&self, words: &[&str]) -> String {
        let output = self.aril(words);
        assert_eq!(output.status.code(), Some(0), "{words:?}: {output:?}");
        text(&output.stdout)
    }

    fn start(&self) -> App {
        let script = "echo ready; read x; echo end";
        let words = ["run", "--command=sh", self.case.example(), "-c", script];
        let mut launcher = self
            .command(program(), &words)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut output = BufReader::new(launcher.stdout.take().unwrap());
        let mut line = String::new();
        output.read_line(&mut line).unwrap();
        assert_eq!(line, "ready\n");
        let input = launcher.stdin.take();
        App {
            launcher,
            input,
            output,
        }
    }

    fn listed(&self) -> Vec<serde_json::Value> {
        serde_json::from_str(&self.said(&["ps", "--json"])).unwrap()
    }

    /// The directories of instances that are there.
    fn left(&self) -> Vec<PathBuf> {
        let instances = self.runtime.path().join(".flatpak");
        let entries = fs::read_dir(instances).unwrap();
        let paths = entries.map(|entry| entry.unwrap().path());
        let is_number = |path: &PathBuf| {
            let name = path.file_name().unwrap().to_str().unwrap();
            name.trim_end_matches("-private").parse::<u32>().is_ok()
        };
        paths.filter(is_number).collect()
    }
}

impl App {
    fn end(mut self) -> Option<i32> {
        drop(self.input.take());
        let mut rest = String::new();
        self.output.read_to_string(&mut rest).unwrap();
        self.launcher.wait().unwrap().code()
    }
}

/// What a shell reports of its confinement.
const FACTS: &str = "for n in user mnt pid net ipc uts cgroup; do readlink /proc/self/ns/$n; done; \
    grep -E '^(NoNewPrivs|Seccomp|Cap...):' /proc/self/status; echo $FLATPAK_ID; \
    unshare -U true 2>/dev/null && echo NESTED; :";

#[test]
fn an_application_is_listed_entered_and_gone() {
    let session = Session::new();
    let app = session.start();
    let listed = session.listed();
    assert_eq!(listed.len(), 1, "{listed:?}");
    assert_eq!(listed[0]["application"], ID);
    assert_eq!(listed[0]["by"], "run");
    let said = session.said(&["enter", ID, "sh", "-c", FACTS]);
    let first = listed[0]["child_pid"].as_u64().unwrap();
    for kind in ["user", "mnt", "pid", "net", "ipc", "uts", "cgroup"] {
        let link = fs::read_link(format!("/proc/{first}/ns/{kind}")).unwrap();
        assert!(said.contains(link.to_str().unwrap()), "{kind}: {said}");
    }
    for line in [
        "NoNewPrivs:\t1",
        "Seccomp:\t2",
        "CapInh:\t0000000000000000",
        "CapPrm:\t0000000000000000",
        "CapEff:\t0000000000000000",
        "CapBnd:\t0000000000000000",
        "CapAmb:\t0000000000000000",
        ID,
    ] {
        assert!(said.lines().any(|found| found == line), "{line}: {said}");
    }
    assert!(!said.contains("NESTED"), "{said}");
    let stats = session.said(&["stats", "--json"]);
    let stats: serde_json::Value = serde_json::from_str(&stats).unwrap();
    assert!(stats[0]["memory"].as_u64().unwrap() > 0, "{stats}");
    assert_eq!(
        session.left().len(),
        2,
        "the instance and its private files"
    );
    assert_eq!(app.end(), Some(0));
    assert_eq!(session.left(), [] as [PathBuf; 0]);
    assert_eq!(session.listed(), [] as [serde_json::Value; 0]);
}

#[test]
fn nothing_is_left_when_it_is_killed() {
    let session = Session::new();
    let app = session.start();
    session.said(&["kill", ID]);
    assert_eq!(app.end(), Some(128 + 9));
    assert_eq!(session.left(), [] as [PathBuf; 0]);
    // Many starts, one after the other: each has to be gone when its launcher is.
    for _ in 0..20 {
        session.said(&["run", "--command=true", session.case.example()]);
        assert_eq!(session.left(), [] as [PathBuf; 0]);
    }
}

#[test]
fn flatpak_lists_and_kills_it() {
    let session = Session::new();
    let app = session.start();
    let flatpak = |words: &[&str]| session.command("flatpak", words).output();
    let listed = match flatpak(&["ps", "--columns=instance,application,child-pid"]) {
        Ok(output) if output.status.success() => text(&output.stdout),
        other => {
            eprintln!("skipped: flatpak ps does not run here: {other:?}");
            return;
        }
    };
    assert!(listed.contains(ID), "{listed}");
    let killed = flatpak(&["kill", ID]).unwrap();
    assert!(killed.status.success(), "{killed:?}");
    assert_eq!(app.end(), Some(128 + 9));
    assert_eq!(session.left(), [] as [PathBuf; 0]);
}

/// Counts the shells that can be seen, with what is built into the shell that counts.
const COUNT: &str = "n=0; for p in /proc/[0-9]*; do read a b 2>/dev/null <$p/status; \
    [ \"$b\" = sh ] && n=$((n + 1)); done; echo $n";

/// What a sandbox says of its user and pid namespaces, and its filters.
const JOINED: &str = "readlink /proc/self/ns/user; readlink /proc/self/ns/pid; \
    grep -E '^(NoNewPrivs|Seccomp|CapEff|CapBnd):' /proc/self/status; \
    unshare -U true 2>/dev/null && echo NESTED; :";

#[test]
fn a_sandbox_joins_a_running_one() {
    let session = Session::new();
    let app = session.start();
    let listed = session.listed();
    let first = listed[0]["child_pid"].to_string();
    let number = listed[0]["name"].as_str().unwrap();
    let link = |kind: &str| fs::read_link(format!("/proc/{first}/ns/{kind}")).unwrap();
    let [user, pid] = ["user", "pid"].map(|kind| link(kind).to_str().unwrap().to_owned());
    let run = |options: &[&str]| {
        let parent = format!("--parent-pid={first}");
        let words = ["run", "--command=sh", &parent];
        let script = format!("{JOINED}; {COUNT}");
        let rest = [session.case.example(), "-c", &script];
        session.said(&[&words, options, &rest[..]].concat())
    };
    let confined = "NoNewPrivs:\t1\nCapEff:\t0000000000000000\nCapBnd:\t0000000000000000";
    for (options, same_user, same_pid, shells) in [
        (&[][..], false, false, "1"),
        (&["--parent-expose-pids"], true, false, "1"),
        (&["--parent-share-pids"], true, true, "2"),
    ] {
        let said = run(options);
        assert_eq!(said.contains(&user), same_user, "{options:?}: {said}");
        assert_eq!(said.contains(&pid), same_pid, "{options:?}: {said}");
        assert!(said.contains("Seccomp:\t2"), "{options:?}: {said}");
        for line in confined.lines() {
            assert!(said.lines().any(|found| found == line), "{line}: {said}");
        }
        assert!(!said.contains("NESTED"), "{options:?}: {said}");
        assert_eq!(said.lines().last(), Some(shells), "{options:?}: {said}");
    }
    // The parent sees what is exposed to it, and not what is apart.
    let sees = |options: &[&str]| {
        let parent = format!("--parent-pid={first}");
        let words = ["run", "--command=sh", &parent];
        let rest = [session.case.example(), "-c", "echo ready; read x; :"];
        let words = [&words, options, &rest[..]].concat();
        let mut child = session.command(program(), &words);
        let child = child.stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut child = child.spawn().unwrap();
        let mut line = String::new();
        let mut output = BufReader::new(child.stdout.take().unwrap());
        output.read_line(&mut line).unwrap();
        let said = session.said(&["enter", number, "sh", "-c", COUNT]);
        drop(child.stdin.take());
        assert!(child.wait().unwrap().success());
        said.trim().to_owned()
    };
    // The application's shell, and that which counts.
    assert_eq!(sees(&[]), "2");
    assert_eq!(sees(&["--parent-expose-pids"]), "3");
    assert_eq!(sees(&["--parent-share-pids"]), "3");
    assert_eq!(app.end(), Some(0));
}

#[test]
fn only_an_instance_is_joined() {
    let session = Session::new();
    let own = std::process::id().to_string();
    for (pid, why) in [
        (own.as_str(), "it is in none"),
        ("1", "process 1"),
        ("999999999", "it has ended"),
    ] {
        let parent = format!("--parent-pid={pid}");
        let words = [
            "run",
            "--parent-share-pids",
            &parent,
            session.case.example(),
        ];
        let output = session.aril(&words);
        assert_eq!(output.status.code(), Some(125), "{output:?}");
        assert!(text(&output.stderr).contains(why), "{output:?}");
    }
    // A sandbox that is no instance: the same namespaces, but nobody's application.
    let mut other = session.command(program(), &["exec", "--", "sh", "-c", "echo ready; read x"]);
    let other = other.stdin(Stdio::piped()).stdout(Stdio::piped());
    let mut other = other.spawn().unwrap();
    let mut line = String::new();
    let mut output = BufReader::new(other.stdout.take().unwrap());
    output.read_line(&mut line).unwrap();
    assert_eq!(line, "ready\n");
    let pid = session.listed()[0]["child_pid"].to_string();
    let parent = format!("--parent-pid={pid}");
    let refused = session.aril(&["run", &parent, session.case.example()]);
    assert!(
        text(&refused.stderr).contains("in no instance of yours"),
        "{refused:?}"
    );
    drop(other.stdin.take());
    other.wait().unwrap();
}

#[test]
fn a_signal_for_the_launcher_is_the_payloads() {
    let session = Session::new();
    let script = "trap 'exit 5' TERM; echo ready; read x; exit 9";
    let words = ["run", "--command=sh", session.case.example(), "-c", script];
    let mut command = session.command(program(), &words);
    let command = command.stdin(Stdio::piped()).stdout(Stdio::piped());
    let mut launcher = command.spawn().unwrap();
    // Waiting would close it, and `read` end before the signal comes.
    let stdin = launcher.stdin.take();
    let mut output = BufReader::new(launcher.stdout.take().unwrap());
    let mut line = String::new();
    output.read_line(&mut line).unwrap();
    let pid = Pid::from_child(&launcher);
    kill_process(pid, Signal::TERM).unwrap();
    assert_eq!(launcher.wait().unwrap().code(), Some(5));
    drop(stdin);
    assert_eq!(session.left(), [] as [PathBuf; 0]);
}
