//! `aril doctor` on this host, and on hosts made to refuse.

mod support;

use std::process::Command;
use support::{program, text};

/// Runs it and returns the exit status and the findings: check to (severity, all words).
fn doctor(command: &mut Command) -> (i32, serde_json::Value) {
    let output = command.output().expect("it runs");
    let status = output.status.code().expect("an exit status");
    let said = text(&output.stdout);
    let json = serde_json::from_str(&said);
    (
        status,
        json.unwrap_or_else(|error| panic!("{error}: {said} {}", text(&output.stderr))),
    )
}

fn severity(report: &serde_json::Value, check: &str) -> String {
    let findings = report["findings"].as_array().expect("findings");
    let found = findings.iter().find(|finding| finding["check"] == check);
    let found = found.unwrap_or_else(|| panic!("no {check}: {report}"));
    found["severity"].as_str().expect("a word").to_owned()
}

fn words(report: &serde_json::Value, check: &str) -> String {
    let findings = report["findings"].as_array().expect("findings");
    let found = findings.iter().find(|finding| finding["check"] == check);
    found.map(ToString::to_string).unwrap_or_default()
}

#[test]
fn sandboxes_start_here() {
    let (status, report) = doctor(Command::new(program()).args(["doctor", "--json"]));
    assert!(status < 2, "{report}");
    for check in [
        "kernel",
        "user-namespaces",
        "proc",
        "network",
        "no-nesting",
        "other-namespaces",
        "seccomp",
    ] {
        assert_eq!(severity(&report, check), "ok", "{report}");
    }
    assert_eq!(report["version"], 1);
}

#[test]
fn a_person_reads_lines_without_colours_where_there_is_no_terminal() {
    let output = Command::new(program())
        .arg("doctor")
        .output()
        .expect("it runs");
    let said = text(&output.stdout);
    assert!(said.contains("ok       kernel"), "{said}");
    assert!(!said.contains('\x1b'), "{said}");
    let output = Command::new(program())
        .args(["doctor", "-q"])
        .output()
        .expect("it runs");
    assert!(!text(&output.stdout).contains("ok       kernel"));
}

/// A host whose limit of user namespaces is 0: the limit of the namespace around us, in fact.
#[test]
fn a_limit_of_zero_is_found() {
    let script = format!(
        "echo 0 >/proc/sys/user/max_user_namespaces && exec {} doctor --json",
        program().display()
    );
    let mut command = Command::new("unshare");
    command.args(["--user", "--map-root-user", "sh", "-c", &script]);
    let (status, report) = doctor(&mut command);
    assert_eq!(status, 2, "{report}");
    assert_eq!(severity(&report, "user-namespaces"), "problem");
    let said = words(&report, "user-namespaces");
    assert!(said.contains("user.max_user_namespaces"), "{said}");
}

/// A container that covers parts of /proc, as Docker does.
#[test]
fn a_masked_proc_is_found() {
    let script = format!(
        "mount -t tmpfs none /proc/acpi 2>/dev/null || mount --bind /dev/null /proc/kcore && \
         exec {} doctor --json",
        program().display()
    );
    let mut command = Command::new("unshare");
    command
        .args([
            "--user",
            "--map-root-user",
            "--mount",
            "--pid",
            "--fork",
            "--mount-proc",
        ])
        .args(["sh", "-c", &script]);
    let (status, report) = doctor(&mut command);
    assert_eq!(status, 2, "{report}");
    assert_eq!(severity(&report, "user-namespaces"), "ok", "{report}");
    assert_eq!(severity(&report, "proc"), "problem");
    assert!(
        words(&report, "proc").contains("covered (/proc/"),
        "{report}"
    );
}
