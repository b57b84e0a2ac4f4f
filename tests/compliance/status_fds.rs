//! `--info-fd`, `--json-status-fd`: flatpak and WebKit search these texts with plain string
//! comparison, so blanks are contract.

use crate::judge::compliance;
use crate::roots::host;
use aril_tests::fds;
use std::collections::BTreeMap;
use std::process::Stdio;

/// Runs with an info descriptor and returns its text, the exit code and what went to stderr.
fn run(option: &str, args: &[&str]) -> (String, i32, String) {
    let file = fds::data(b"");
    let done = host()
        .fd(9, fds::twin(&file))
        .args([option, "9"])
        .args(args)
        .finish();
    let text = String::from_utf8(fds::content(&file)).expect("JSON is text");
    (text, done.code(), done.stderr)
}

fn keys(line: &str) -> Vec<String> {
    let map: BTreeMap<String, u64> = serde_json::from_str(line).expect("JSON");
    map.into_keys().collect()
}

const ALL: [&str; 7] = [
    "cgroup-namespace",
    "child-pid",
    "ipc-namespace",
    "mnt-namespace",
    "net-namespace",
    "pid-namespace",
    "uts-namespace",
];

compliance!(the_info_is_one_pretty_document, {
    let (text, ..) = run("--info-fd", &["--unshare-all", "true"]);
    let (first, rest) = text.split_once('\n').expect("lines");
    assert_eq!(first, "{");
    let lines: Vec<_> = rest.lines().collect();
    let names = [
        "child-pid",
        "cgroup-namespace",
        "ipc-namespace",
        "mnt-namespace",
    ];
    let names = names
        .into_iter()
        .chain(["net-namespace", "pid-namespace", "uts-namespace"]);
    for (line, name) in lines.iter().zip(names) {
        assert!(line.starts_with(&format!("    \"{name}\": ")), "{text}");
    }
    assert_eq!(lines.last(), Some(&"}"));
    assert_eq!(keys(&text), ALL);
});

compliance!(only_new_namespaces_are_listed, {
    let (text, ..) = run("--info-fd", &["true"]);
    assert_eq!(keys(&text), ["child-pid", "mnt-namespace"]);
    let (text, ..) = run(
        "--json-status-fd",
        &["--unshare-ipc", "--unshare-user", "true"],
    );
    let first = text.lines().next().expect("a line");
    assert_eq!(keys(first), ["child-pid", "ipc-namespace", "mnt-namespace"]);
});

compliance!(the_status_is_two_lines, {
    let (text, code, _) = run(
        "--json-status-fd",
        &["--unshare-all", "sh", "-c", "exit 42"],
    );
    let lines: Vec<_> = text.lines().collect();
    assert_eq!(code, 42);
    assert!(
        lines[0].starts_with("{ \"child-pid\": ") && lines[0].ends_with(" }"),
        "{text}"
    );
    assert_eq!(keys(lines[0]), ALL);
    assert_eq!(lines[1..], ["{ \"exit-code\": 42 }"]);
    assert!(text.ends_with('\n'));
});

compliance!(the_exit_code_is_told_without_a_pid_namespace_too, {
    let (text, ..) = run("--json-status-fd", &["sh", "-c", "exit 3"]);
    assert_eq!(text.lines().nth(1), Some("{ \"exit-code\": 3 }"));
});

compliance!(a_signal_is_told_as_128_more, {
    let (text, code, _) = run(
        "--json-status-fd",
        &["--unshare-pid", "sh", "-c", "kill -9 $$"],
    );
    assert_eq!(
        (text.lines().nth(1), code),
        (Some("{ \"exit-code\": 137 }"), 137)
    );
});

compliance!(a_command_that_never_ran_has_no_exit_code, {
    for args in [&["/nonexistent"][..], &["--chdir", "/nonexistent", "true"]] {
        for namespace in ["--unshare-pid", "--unshare-ipc"] {
            let args: Vec<_> = [&[namespace][..], args].concat();
            let (text, code, _) = run("--json-status-fd", &args);
            assert_eq!((text.lines().count(), code), (1, 1), "{args:?}: {text}");
        }
    }
});

compliance!(both_may_be_given, {
    let (info, status) = (fds::data(b""), fds::data(b""));
    let bwrap = host().fd(8, fds::twin(&info)).fd(9, fds::twin(&status));
    bwrap
        .args(["--info-fd", "8", "--json-status-fd", "9", "true"])
        .finish()
        .success();
    let text = |fd| String::from_utf8(fds::content(&fd)).expect("JSON is text");
    assert_eq!(keys(&text(info)), ["child-pid", "mnt-namespace"]);
    assert_eq!(text(status).lines().count(), 2);
});

compliance!(the_command_does_not_get_them, {
    for option in ["--info-fd", "--json-status-fd"] {
        let facts = host().fd(9, fds::data(b"")).args([option, "9"]).facts();
        assert!(!facts.fds().contains_key(&9), "{option}");
    }
});

compliance!(the_numbers_are_true, {
    let (read, write) = fds::pipe();
    let bwrap = host()
        .fd(9, write)
        .args(["--unshare-all", "--info-fd", "9", "cat"]);
    let mut running = bwrap.stdin(Stdio::piped()).spawn();
    let info: BTreeMap<String, u64> = serde_json::from_str(&fds::drain(read)).expect("JSON");
    let inside = aril_tests::facts::namespaces(&info["child-pid"].to_string());
    let inside = inside.expect("the namespaces of the child");
    for kind in ["cgroup", "ipc", "mnt", "net", "pid", "uts"] {
        assert_eq!(info[&format!("{kind}-namespace")], inside[kind], "{kind}");
    }
    running.close_stdin();
    running.wait().success();
});

compliance!(the_end_of_the_status_is_the_end_of_the_sandbox, {
    let (read, write) = fds::pipe();
    let args = ["--unshare-pid", "--json-status-fd", "9", "cat"];
    let mut running = host().fd(9, write).args(args).stdin(Stdio::piped()).spawn();
    running.close_stdin();
    let text = fds::drain(read);
    assert!(text.ends_with("{ \"exit-code\": 0 }\n"), "{text}");
    running.wait().success();
});

compliance!(a_closed_descriptor_is_fatal, {
    for option in ["--info-fd", "--json-status-fd"] {
        let done = host().args([option, "99", "true"]).finish();
        done.refused("Write to info_fd: Bad file descriptor");
    }
});
