//! Each system call of the second border made to fail, one at a time, on the real kernel: the payload
//! does not run, the words name the step, and nothing is left.
//!
//! `strace` injects the errors into this very test program, started again.

mod support;

use aril_sandbox::spec::{CgroupPlace, Landlock, Need, SeccompProgram};
use aril_sandbox::{Host, LaunchError, Plan, Spec};
use aril_seccomp::{Arch, RuleSet, compile};
use std::path::Path;
use std::process::Command;
use std::sync::atomic::{AtomicU32, Ordering::Relaxed};
use support::shell;

/// Set in the process that is traced: the cgroup to use, or nothing.
const TRACED: &str = "ARIL_TRACED";

/// A spec with all that this file is about; what it needs of the host is required.
fn spec(cgroup: &str) -> Spec {
    let mut spec = shell("echo ran");
    let mut landlock = Landlock::around(&spec);
    landlock.need = Need::Required;
    landlock.scopes.signals = true;
    landlock.tcp_bind = Some(vec![80]);
    landlock.tcp_connect = Some(vec![443]);
    spec.landlock = Some(landlock);
    let native = Arch::native().expect("an ABI with rules");
    let rules = RuleSet::default().policy(native);
    let program = compile(&rules).expect("a program").to_bytes();
    spec.seccomp = vec![SeccompProgram::Reported(program)];
    if !cgroup.is_empty() {
        spec.limits.cgroup = CgroupPlace::In(cgroup.into());
    }
    spec
}

/// Launches the spec and says what became of it.
fn be_traced(cgroup: &str) {
    // The launcher's own look at the kernel fails as well; what it would have seen is known.
    let host = Host {
        landlock: Some(6),
        ..Host::gather().expect("facts")
    };
    let plan = Plan::new(&spec(cgroup), &host).expect("a plan");
    match plan.launch() {
        Ok(mut sandbox) => println!("STARTED {:?}", sandbox.wait()),
        Err(LaunchError::Step(failure)) => println!("FAILED {failure}"),
        Err(error) => println!("OTHERWISE {error}"),
    }
}

struct Traced {
    text: String,
    injected: bool,
}

fn trace(cgroup: &str, call: &str, rule: &str) -> Traced {
    static COUNT: AtomicU32 = AtomicU32::new(0);
    let number = COUNT.fetch_add(1, Relaxed);
    let name = format!("aril-trace-{}-{number}", std::process::id());
    let file = std::env::temp_dir().join(name);
    let output = Command::new("strace")
        .args(["-f", "-qq", "-o"])
        .arg(&file)
        .arg(format!("--trace={call}"))
        .arg(format!("--inject={call}:{rule}"))
        .arg(std::env::current_exe().expect("a path"))
        .args([
            "--exact",
            "no_failing_call_lets_the_payload_run",
            "--nocapture",
        ])
        .env(TRACED, cgroup)
        .output()
        .expect("strace runs: install it");
    let log = std::fs::read_to_string(&file).expect("a log");
    std::fs::remove_file(&file).expect("it was there");
    Traced {
        text: String::from_utf8_lossy(&output.stdout).into_owned(),
        injected: log.contains("(INJECTED)"),
    }
}

/// Each call, which one of them, and how the words of its step begin.
const CALLS: [(&str, u32, &str); 8] = [
    ("landlock_create_ruleset", 1, "give up rights by Landlock"),
    ("landlock_add_rule", 1, "give up rights by Landlock"),
    ("landlock_add_rule", 5, "give up rights by Landlock"),
    ("landlock_restrict_self", 1, "give up rights by Landlock"),
    ("bind", 1, "give up rights by Landlock"),
    ("connect", 1, "give up rights by Landlock"),
    ("kill", 1, "give up rights by Landlock"),
    ("seccomp", 1, "install a seccomp program that tells"),
];

#[test]
fn no_failing_call_lets_the_payload_run() {
    if let Ok(cgroup) = std::env::var(TRACED) {
        return be_traced(&cgroup);
    }
    if Host::gather()
        .expect("facts")
        .landlock
        .is_none_or(|abi| abi < 6)
    {
        eprintln!("skipped: Landlock ABI 6 is needed");
        return;
    }
    let control = trace("", "landlock_restrict_self", "delay_enter=1");
    assert!(
        control.text.contains("STARTED Ok(Exited(0))"),
        "{}",
        control.text
    );
    for (call, number, words) in CALLS {
        for error in ["EINVAL", "ENOSYS", "ENOMEM"] {
            let traced = trace("", call, &format!("error={error}:when={number}"));
            assert!(traced.injected, "{call} {number} was not called");
            let text = &traced.text;
            assert!(
                text.contains(&format!("FAILED {words}")),
                "{call} {error}: {text}"
            );
            assert!(!text.contains("\nran\n"), "{call} {error}: {text}");
        }
    }
}

/// A protection that is told to be in force and is not: the call "succeeds" without being made.
#[test]
fn a_call_that_only_seems_to_succeed_is_found_out() {
    if Host::gather()
        .expect("facts")
        .landlock
        .is_none_or(|abi| abi < 6)
    {
        eprintln!("skipped: Landlock ABI 6 is needed");
        return;
    }
    let traced = trace("", "landlock_restrict_self", "retval=0");
    assert!(traced.injected);
    let found = traced
        .text
        .contains("(reading it back): it is not in force");
    assert!(found && !traced.text.contains("\nran\n"), "{}", traced.text);
}

#[test]
fn a_cgroup_that_cannot_be_made_and_held_stops_the_start() {
    let Some(place) = Host::gather().expect("facts").cgroups.into_iter().next() else {
        eprintln!("skipped: no cgroup may be made here");
        return;
    };
    let name = format!("test-faults-{}", std::process::id());
    let place = place.directory.join(name);
    std::fs::create_dir(&place).expect("a cgroup");
    let cgroup = place.to_str().expect("text");
    for (call, rule, words) in [
        ("mkdirat", "error=EACCES:when=1", "FAILED make a cgroup in"),
        ("flock", "error=EINTR", "FAILED make a cgroup in"),
    ] {
        let traced = trace(cgroup, call, rule);
        assert!(traced.injected, "{call} was not called");
        assert!(traced.text.contains(words), "{call}: {}", traced.text);
        assert!(!traced.text.contains("\nran\n"), "{call}: {}", traced.text);
        assert_eq!(cgroups_in(&place), 0, "{call}");
    }
    std::fs::remove_dir(&place).expect("nothing is left in it");
}

fn cgroups_in(path: &Path) -> usize {
    let entries = std::fs::read_dir(path).expect("a list").flatten();
    entries.filter(|entry| entry.path().is_dir()).count()
}
