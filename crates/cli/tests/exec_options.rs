//! Options of `aril exec` as people give them: what they mean, and what is said where they mean nothing.

mod support;

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;
use std::process::Output;
use support::project::Project as Case;
use support::text;

impl Case {
    fn new() -> Self {
        let case = Self::with(&["home/project/d/shown", "home/bin"]);
        fs::write(case.path("home/project/d/secret"), "secret\n").unwrap();
        fs::write(case.path("home/project/d/shown/file"), "shown\n").unwrap();
        case
    }

    /// Writes a program.
    fn program(&self, name: &str, text: &str) -> String {
        let path = self.path(name);
        fs::write(&path, text).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
        path.to_str().unwrap().to_owned()
    }

    fn exec(&self, words: &[&str]) -> Output {
        let mut command = self.command(&[&["exec"], words].concat());
        let path = format!("{}:/usr/bin:/bin", self.path("home/bin").display());
        command.env("PATH", path).output().unwrap()
    }

    /// What a script prints inside, on both streams.
    fn says(&self, options: &[&str], script: &str) -> String {
        let output = self.exec(&[options, &["sh", "-c", script]].concat());
        text(&output.stdout) + &text(&output.stderr)
    }

    /// What is said where nothing is started.
    fn refused(&self, words: &[&str]) -> String {
        let output = self.exec(&[words, &["touch", "ran"]].concat());
        let said = text(&output.stderr);
        assert_eq!(output.status.code(), Some(125), "{words:?}: {said}");
        assert!(!self.path("home/project/ran").exists(), "{words:?}");
        said
    }
}

#[test]
fn a_device_is_there_where_the_host_has_it() {
    let case = Case::new();
    for (device, path) in [("fuse", "/dev/fuse"), ("kvm", "/dev/kvm")] {
        if !PathBuf::from(path).exists() {
            eprintln!("skipped: there is no {path}");
            let said = case.refused(&["--device", device]);
            assert!(said.contains("this host has none"), "{said}");
            continue;
        }
        let script =
            format!("[ -c {path} ] && echo there; touch /dev/new 2>/dev/null || echo sealed");
        assert_eq!(case.says(&["--device", device], &script), "there\nsealed\n");
        assert_eq!(case.says(&[], &script), "sealed\n", "the control");
    }
    // As a file one could not be opened.
    for option in ["--ro", "--rw"] {
        let said = case.refused(&[option, "/dev/zero"]);
        assert!(
            said.contains("on /dev/zero: it is a device") && said.contains("hint: `--device`"),
            "{said}"
        );
    }
    let said = case.refused(&["--device", "fuse,nonsense"]);
    assert!(
        said.contains("on --device nonsense: `nonsense` is not one of dri, kvm, fuse"),
        "{said}"
    );
}

#[test]
fn what_is_to_be_hidden_is_hidden() {
    let case = Case::new();
    for path in ["/etc/profile", "/etc/ssl/certs", "/usr/share"] {
        if !PathBuf::from(path).exists() {
            continue;
        }
        let script = format!("[ -r {path} ] && echo seen; true");
        assert_eq!(case.says(&["--hide", path], &script), "", "{path}");
        assert_eq!(case.says(&[], &script), "seen\n", "the control: {path}");
    }
    let script =
        "cat d/secret 2>/dev/null; ls d; cat d/shown/file; touch d/new d/shown/new 2>/dev/null";
    let said = case.says(&["--hide", "d", "--ro", "d/shown"], script);
    assert_eq!(said, "shown\nshown\n", "the nearest wins");
    assert_eq!(
        case.says(&[], script),
        "secret\nsecret\nshown\nshown\n",
        "the control"
    );
    let said = case.says(&["--hide", "/proc"], "[ -e /proc/self ] && echo there");
    assert!(
        said.contains("note: --hide /proc: it stays") && said.contains("there"),
        "{said}"
    );
}

#[test]
fn a_command_that_is_hidden_is_told_of() {
    let case = Case::new();
    let tool = case.program("home/bin/tool", "#!/bin/sh\necho it ran\n");
    let bin = case.path("home/bin").display().to_string();
    let hint = format!("hint: {tool} is hidden: --ro {bin} shows it\n");
    let script = case.program("home/project/script", &format!("#!{tool} -x\n"));
    for command in ["tool", &tool, "./script", &script] {
        let refused = case.exec(&[command]);
        let said = text(&refused.stderr);
        assert_eq!(refused.status.code(), Some(127), "{said}");
        assert!(said.ends_with(&hint), "{command}: {said}");
        let shown = case.exec(&["--ro", &bin, command]);
        assert_eq!(text(&shown.stdout), "it ran\n", "{command}: {shown:?}");
    }
    for words in [
        &["no-such-command"][..],
        &["--env", "PATH=/x", "tool"],
        &["./no-such"],
    ] {
        let refused = case.exec(words);
        assert_eq!(refused.status.code(), Some(127));
        assert!(!text(&refused.stderr).contains("hint"), "{refused:?}");
    }
}

#[test]
fn a_status_on_a_standard_stream_leaves_it_to_the_command() {
    let case = Case::new();
    let ended = "{\"event\":\"ended\",\"cause\":\"exit\",\"exit-code\":3}\n";
    for (fd, script) in [("1", "echo hi; exit 3"), ("2", "echo hi >&2; exit 3")] {
        let output = case.exec(&["--status-fd", fd, "sh", "-c", script]);
        let streams = [text(&output.stdout), text(&output.stderr)];
        let said = streams.concat();
        assert!(said.contains("hi\n") && said.ends_with(ended), "{said}");
        assert_eq!(output.status.code(), Some(3));
    }
    let said = case.refused(&["--status-fd", "0"]);
    assert!(
        said.contains("on --status-fd 0: it is not open for writing"),
        "{said}"
    );
    let said = case.refused(&["--status-fd", "-1"]);
    assert!(
        said.contains("on --status-fd -1: no such file descriptor"),
        "{said}"
    );
    let said = case.refused(&["--status-fd", "1", "--json"]);
    assert!(said.contains("cannot be used with"), "{said}");
}

#[test]
fn the_error_names_the_words_that_were_given() {
    let case = Case::new();
    for (words, expected) in [
        (
            &["--timeout", "-1"][..],
            "on --timeout -1: a time is a whole number",
        ),
        (
            &["--timeout", "0s"],
            "on --timeout 0s: in no time nothing can run",
        ),
        (
            &["--timeout", "1m30"],
            "on --timeout 1m30: a time is a whole number",
        ),
        (
            &["--limit", "pids=9", "--limit", "files=x"],
            "on --limit files=x: it is not a number",
        ),
        (
            &["--limit", "memory=2GB"],
            "on --limit memory=2GB: a size is a number of bytes",
        ),
        (&["--user", "-1"], "on --user -1: a user is"),
        (
            &["--display", "wayland,x"],
            "on --display x: `x` is not one of wayland, x11",
        ),
        (
            &["--home", "private=../x"],
            "on --home private=../x: a name has letters",
        ),
        (
            &["--net", "hots"],
            "on --net hots: `hots` is not one of none, host\nhint: did you mean `host`?",
        ),
    ] {
        let said = case.refused(words);
        assert!(said.contains(expected), "{words:?}: {said}");
    }
    assert_eq!(
        case.says(
            &["--timeout", "1h30m", "--limit", "file-size=1KiB"],
            "echo ran"
        ),
        "ran\n"
    );
    // A limit that the start itself runs into is told, and nothing is left.
    let said = case.refused(&["--limit", "files=1"]);
    assert!(said.contains("too many open files"), "{said}");
}
