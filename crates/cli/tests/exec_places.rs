//! Places that `aril exec` is given by name: what of the host's they are, and what is said where they
//! cannot be.

mod support;

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::process::Output;
use support::project::Project as Case;

impl Case {
    fn exec(&self, words: &[&str]) -> Output {
        self.aril(&[&["exec"], words].concat())
    }

    /// Runs a script inside with these options: its status, and all that it printed.
    fn inside(&self, options: &[&str], script: &str) -> (Option<i32>, String) {
        let output = self.exec(&[options, &["sh", "-c", script]].concat());
        (output.status.code(), text(&output))
    }

    fn word(&self, name: &str) -> String {
        self.path(name).display().to_string()
    }
}

/// What is printed on both streams.
fn text(output: &Output) -> String {
    support::text(&output.stdout) + &support::text(&output.stderr)
}

#[test]
fn what_is_named_is_the_hosts_own_and_stays_it() {
    let case = Case::with(&[]);
    let passwd = fs::read_to_string("/etc/passwd").unwrap();
    let read = ["cat", "/etc/passwd"];
    let made = |plan: &str| {
        let mut lines = plan.lines();
        lines.any(|line| line.contains("passwd ") && line.contains("made for the sandbox"))
    };
    let seen = |options: &[&str]| {
        let output = case.exec(&[&["-q"], options, &read[..]].concat());
        support::text(&output.stdout)
    };
    assert_ne!(
        seen(&[]),
        passwd,
        "the control: one is made for the sandbox"
    );
    for named in ["/etc", "/"] {
        assert_eq!(seen(&["--ro", named]), passwd, "{named}");
        // Without a start: this must never be tried on a host's own file.
        let plan = text(&case.aril(&["explain", "exec", "--rw", named, "--", "true"]));
        assert!(plan.contains(&format!("--rw {named}")), "{plan}");
        assert!(!made(&plan), "{plan}");
    }
    let control = text(&case.aril(&["explain", "exec", "--", "true"]));
    assert!(made(&control), "{control}");
    // An empty directory is one.
    let output = case.exec(&["-q", "--tmp", "/etc", "ls", "-A", "/etc"]);
    assert_eq!(text(&output), "");
    assert!(output.status.success());
}

#[test]
fn a_home_of_ones_own_choice() {
    let case = Case::with(&["home/other"]);
    fs::write(case.path("home/other/here"), "").unwrap();
    let other = case.word("home/other");
    let (status, out) = case.inside(&["--home", &other], "ls ~");
    assert_eq!(status, Some(125));
    assert!(out.contains("other/project: it is not there"), "{out}");
    assert!(out.contains("hint: make it"), "{out}");
    fs::create_dir(case.path("home/other/project")).unwrap();
    let (_, out) = case.inside(&["--home", &other], "ls ~");
    assert_eq!(out, "here\nproject\n");
    // The user's own is what --rw gives: with the warning, and files that the host runs protected.
    let home = case.word("home");
    let start_up = case.path("home/.bashrc");
    fs::write(&start_up, "old").unwrap();
    let (_, out) = case.inside(&["--home", &home], "echo evil > ~/.bashrc");
    assert!(out.contains("all your files"), "{out}");
    assert_eq!(fs::read_to_string(start_up).unwrap(), "old");
    let above = case.word("");
    let (status, out) = case.inside(&["--home", &above], "true");
    assert_eq!(status, Some(125));
    assert!(out.contains("your own home directory is in it"), "{out}");
}

#[test]
fn directories_for_sockets_lie_anywhere() {
    let case = Case::with(&["home/run"]);
    let run = case.path("home/run");
    fs::set_permissions(&run, fs::Permissions::from_mode(0o700)).unwrap();
    for home in ["none", "private=x"] {
        let words = ["exec", "--home", home, "sh", "-c", "ls -A ~; exit 3"];
        let mut command = case.command(&words);
        let output = command.env("XDG_RUNTIME_DIR", &run).output().unwrap();
        assert_eq!(output.status.code(), Some(3), "{}", text(&output));
        assert_eq!(text(&output), "project\n", "{home}");
    }
}

#[test]
fn a_status_needs_somewhere_to_go() {
    let case = Case::with(&[]);
    let output = case.exec(&["--status-fd", "9", "touch", "x"]);
    assert_eq!(output.status.code(), Some(125));
    assert!(
        text(&output).contains("--status-fd 9: no such file descriptor"),
        "{}",
        text(&output)
    );
    assert!(!case.path("home/project/x").exists());
}
