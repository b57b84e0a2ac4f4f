//! The launcher's own executable file stays out of the payload's reach (CVE-2019-5736), and the
//! program that is put in between changes nothing else.

mod support;

use aril_sandbox::spec::{ResourceLimit, SeccompProgram, Stream};
use aril_sandbox::{Entry, Host, LaunchError, Outcome, Plan, Spec};
use aril_seccomp::{Action, Arch, ArchRules, Policy, Rule, Syscall, compile};
use std::io::Read;
use std::os::fd::AsRawFd;
use std::os::unix::fs::PermissionsExt;
use std::process::Command;
use support::shell;

/// Set where this very program is executed as the payload.
const INSIDE: &str = "ARIL_TEST_INSIDE";

/// Runs a spec on a host on which the launcher's file can be written, or cannot.
fn run_with(spec: &Spec, own_program_writable: bool) -> (Result<Outcome, String>, String) {
    let (mut reader, writer) = std::io::pipe().expect("a pipe");
    let mut spec = spec.clone();
    let fd = Stream::Fd(writer.as_raw_fd());
    spec.program.streams = [Stream::Null, fd, fd];
    let host = Host {
        own_program_writable,
        ..Host::gather().expect("facts")
    };
    let launched = Plan::new(&spec, &host).expect("a plan").launch();
    drop(writer);
    let outcome = match launched {
        Ok(mut sandbox) => Ok(sandbox.wait().expect("an outcome")),
        Err(LaunchError::Step(failure)) => Err(failure.to_string()),
        Err(error) => panic!("{error}"),
    };
    let mut output = String::new();
    reader.read_to_string(&mut output).expect("text");
    (outcome, output)
}

/// The attacker chooses the libraries and so the code that runs as the launcher's file; this function
/// plays that part.
#[test]
fn play_the_attacker() {
    if std::env::var_os(INSIDE).is_some() {
        let file = std::fs::read_link("/proc/self/exe").expect("a link");
        println!("REACHED {}", file.display());
    }
}

fn trap() -> Spec {
    let mut spec = shell("");
    spec.tree.push(Entry::symlink("/proc/self/exe", "/app"));
    spec.program.path = "/app".into();
    spec.program.args = ["--exact", "play_the_attacker", "--nocapture"]
        .map(Into::into)
        .to_vec();
    let set =
        |name: &str, value: &str| aril_sandbox::spec::EnvChange::Set(name.into(), value.into());
    spec.program.environment.push(set(INSIDE, "1"));
    spec
}

#[test]
fn the_launchers_file_is_not_executed_inside() {
    let (outcome, output) = run_with(&trap(), true);
    assert_eq!(outcome, Ok(Outcome::Exited(126)), "{output}");
    assert_eq!(output, "");
    // The control: the same without the protection.
    let (outcome, output) = run_with(&trap(), false);
    assert_eq!(outcome, Ok(Outcome::Exited(0)), "{output}");
    assert!(output.contains("REACHED /"), "{output}");
}

#[test]
fn the_payload_finds_the_same_as_without() {
    let script = "echo $0 $# $1; tr '\\0' ' ' </proc/$$/cmdline; cat /proc/$$/comm; echo $$; \
                  readlink /proc/$$/exe; readlink /proc/self/fd/* | sed 's/[0-9]*//g'; env; umask; \
                  grep -vE 'ctxt|Vm|Rss|Cpus|PPid|Mems|NSsid|NStgid|SigQ' /proc/self/status; ulimit -a; pwd";
    let mut spec = shell(script);
    spec.program.args.extend(["zero".into(), "one".into()]);
    spec.program.argv0 = Some("another name".into());
    let direct = run_with(&spec, false);
    assert_eq!(direct.0, Ok(Outcome::Exited(0)), "{}", direct.1);
    assert!(direct.1.contains("another name"), "{}", direct.1);
    assert_eq!(run_with(&spec, true), direct);
}

#[test]
fn candidates_are_tried_and_failures_told_as_without() {
    let file = |mode: u32, contents: &str| aril_sandbox::Node::File {
        mode,
        data: aril_sandbox::spec::Data::Bytes(contents.into()),
    };
    let mut spec = shell("");
    let entry = |path: &str, node| Entry {
        node,
        ..Entry::symlink("x", path)
    };
    spec.tree
        .push(entry("/a/plain", file(0o755, "echo sh $0 $@\n")));
    spec.tree.push(entry("/a/forbidden", file(0o644, "")));
    spec.tree
        .push(entry("/b/forbidden", file(0o755, "#!/bin/echo found\n")));
    spec.tree
        .push(entry("/b/lost", file(0o755, "#!/nowhere\n")));
    let set = |path: &str| aril_sandbox::spec::EnvChange::Set("PATH".into(), path.into());
    spec.program.args = vec!["one".into(), "two".into()];
    for (path, program) in [
        ("/nowhere:/a:/b", "plain"),
        ("/b", "/a/plain"),
        ("/a:/b", "forbidden"),
        ("/a", "forbidden"),
        ("/a", "/a/forbidden"),
        ("/a:/nowhere", "missing"),
        ("/a", "/missing"),
        ("/a:/b", "lost"),
        ("/a:/b", "/a/plain/below"),
        ("/a:/b", "/a"),
    ] {
        spec.program.environment = vec![set(path)];
        spec.program.path = program.into();
        let direct = run_with(&spec, false);
        assert_eq!(run_with(&spec, true), direct, "{program} in {path}");
    }
}

#[test]
fn filters_are_in_force_and_need_not_allow_what_the_relay_does() {
    let rule = |name: &'static str| Rule {
        syscall: Syscall::Name(name.into()),
        conditions: Vec::new(),
        action: Action::Errno(77),
        reason: "a test".into(),
    };
    let calls = ["execveat", "fcntl", "mkdir", "mkdirat"];
    let arches = vec![ArchRules {
        arch: Arch::native().expect("an ABI with rules"),
        rules: calls.map(rule).to_vec(),
    }];
    let policy = Policy {
        default: Action::Allow,
        mismatched_arch: Action::KillThread,
        arches,
    };
    let program = compile(&policy).expect("a program").to_bytes();
    let mut spec = shell("mkdir /x; grep Seccomp_filters /proc/self/status");
    spec.seccomp = vec![
        SeccompProgram::Bytes(program.clone()),
        SeccompProgram::Reported(program),
    ];
    let direct = run_with(&spec, false);
    assert!(
        direct.1.contains("File descriptor in bad state")
            && direct.1.contains("Seccomp_filters:\t2"),
        "{}",
        direct.1
    );
    assert_eq!(run_with(&spec, true), direct);
}

#[test]
fn a_limit_on_the_size_of_files_is_for_the_payload() {
    let mut spec = shell("ulimit -f");
    let (soft, hard) = (0, 0);
    spec.credentials.limits = vec![ResourceLimit {
        resource: aril_sandbox::sys::cred::RLIMIT_FSIZE,
        soft,
        hard,
    }];
    spec.program.descriptors = aril_sandbox::spec::Descriptors::Only(Vec::new());
    let (outcome, output) = run_with(&spec, true);
    assert_eq!((outcome, output.as_str()), (Ok(Outcome::Exited(0)), "0\n"));
}

/// Prints the fact for the copy that runs this.
#[test]
fn tell_the_fact() {
    if std::env::var_os(INSIDE).is_some() {
        let host = Host::gather().expect("facts");
        println!("WRITABLE {}", host.own_program_writable);
    }
}

#[test]
fn the_fact_is_known_of_the_file_that_runs() {
    let own = std::env::current_exe().expect("a path");
    let copy = std::env::temp_dir().join(format!("aril-own-{}", std::process::id()));
    // By another process: a file that one of ours has open for writing, a child's copy too, is busy.
    let copied = Command::new("cp").args([&own, &copy]).status();
    assert!(copied.expect("cp runs").success());
    // An owner who may not write can give himself leave.
    for mode in [0o755, 0o555] {
        std::fs::set_permissions(&copy, PermissionsExt::from_mode(mode)).expect("its owner");
        let output = Command::new(&copy)
            .args(["--exact", "tell_the_fact", "--nocapture"])
            .env(INSIDE, "1")
            .output()
            .expect("it runs");
        let text = String::from_utf8_lossy(&output.stdout).into_owned();
        assert!(text.contains("WRITABLE true"), "{mode:o}: {text}");
    }
    std::fs::remove_file(&copy).expect("it was there");
}
