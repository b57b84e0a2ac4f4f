//! Refused system calls are told, counted, and as refused as without a report.

mod support;

use aril_sandbox::spec::SeccompProgram;
use aril_sandbox::{Denial, Host, LaunchError, Outcome, Plan, Sandbox, Spec};
use aril_seccomp::{Action, Arch, ArchRules, Policy, Rule, RuleSet, Syscall, compile};
use std::io::Read;
use std::os::fd::AsRawFd;
use std::time::{Duration, Instant};
use support::{output, shell};

fn native() -> Arch {
    Arch::native().expect("an ABI with rules")
}

fn policy(words: &str) -> Policy {
    RuleSet::parse(words).expect("words").policy(native())
}

fn bytes(policy: &Policy) -> Vec<u8> {
    compile(policy).expect("a program").to_bytes()
}

/// A policy that refuses these calls and no other.
fn refusing(calls: &[(&'static str, Action)]) -> Policy {
    let rule = |&(name, action): &(&'static str, Action)| Rule {
        syscall: Syscall::Name(name.into()),
        conditions: Vec::new(),
        action,
        reason: "a test".into(),
    };
    Policy {
        default: Action::Allow,
        mismatched_arch: Action::KillThread,
        arches: vec![ArchRules {
            arch: native(),
            rules: calls.iter().map(rule).collect(),
        }],
    }
}

fn python(script: &str, program: SeccompProgram) -> Spec {
    let mut spec = shell("");
    spec.program.path = "/usr/bin/python3".into();
    spec.program.args = ["-c", script].map(Into::into).to_vec();
    spec.seccomp = vec![program];
    spec
}

/// Runs a spec; gives what it printed, how it ended, and what was refused.
fn reported(spec: &Spec) -> (String, Outcome, Vec<Denial>) {
    let (mut reader, writer) = std::io::pipe().expect("a pipe");
    let mut spec = spec.clone();
    spec.program.streams[1] = aril_sandbox::spec::Stream::Fd(writer.as_raw_fd());
    let mut sandbox = launch(&spec);
    drop(writer);
    let outcome = sandbox.wait().expect("an outcome");
    let denials = sandbox.denials().to_vec();
    drop(sandbox);
    let mut text = String::new();
    reader.read_to_string(&mut text).expect("text");
    (text, outcome, denials)
}

fn launch(spec: &Spec) -> Sandbox {
    let plan = Plan::new(spec, &Host::gather().expect("facts")).expect("a plan");
    plan.launch().expect("a start")
}

/// Tries calls that the default rules refuse, and some that they allow, by number.
fn attempts() -> String {
    let number = |name| native().number(name).expect("a number");
    format!(
        "import ctypes, socket
libc = ctypes.CDLL(None, use_errno=True)
def attempt(number, *args):
    ctypes.set_errno(0)
    result = libc.syscall(number, *args)
    print(result, ctypes.get_errno())
for _ in range(3): attempt({}, 0, 0, 0, 0)
attempt({}, 0, 0)
for family, protocol in ((40, 0), (16, 6)):
    try: socket.socket(family, socket.SOCK_RAW, protocol)
    except OSError as error: print(error.errno)
attempt({})
",
        number("ptrace"),
        number("io_uring_setup"),
        number("getppid"),
    )
}

#[test]
fn refusals_are_counted_by_rule_and_the_same_as_without_a_report() {
    let policy = policy("default");
    let silent = output(&python(&attempts(), SeccompProgram::Bytes(bytes(&policy))));
    let spec = python(&attempts(), SeccompProgram::Reported(bytes(&policy)));
    let (told, outcome, denials) = reported(&spec);
    assert_eq!(outcome, Outcome::Exited(0));
    assert_eq!(told, silent, "the same errno for each");
    assert!(
        told.starts_with("-1 1\n-1 1\n-1 1\n-1 38\n97\n93\n1 0\n"),
        "{told}"
    );
    let found: Vec<_> = denials
        .iter()
        .map(|denial| {
            let refusal = policy.refusal(&denial.call).expect("it is known");
            assert_eq!(denial.command, "python3");
            assert!(denial.thread > 0);
            (refusal.syscall().unwrap_or("?"), denial.errno, denial.count)
        })
        .collect();
    let expected = [
        ("ptrace", 1, 3),
        ("io_uring_setup", 38, 1),
        ("socket", 97, 1),
        ("socket", 93, 1),
    ];
    assert!(expected.iter().all(|one| found.contains(one)), "{found:?}");
    let groups: Vec<_> = denials
        .iter()
        .map(|denial| {
            policy
                .refusal(&denial.call)
                .and_then(|refusal| refusal.group())
        })
        .collect();
    assert!(
        groups.contains(&Some("ptrace")) && groups.contains(&Some("io_uring")),
        "{groups:?}"
    );
}

/// `int 0x80` from a 64-bit program: the i386 ABI.
#[cfg(target_arch = "x86_64")]
#[test]
fn calls_through_the_32_bit_abi_are_told_as_such() {
    let policy = policy("default,multiarch");
    let ptrace = Arch::I386.number("ptrace").expect("a number");
    let script = format!(
        "import ctypes, mmap
code = b'\\x53\\x31\\xdb\\xb8' + ({ptrace}).to_bytes(4, 'little') + b'\\xcd\\x80\\x5b\\xc3'
page = mmap.mmap(-1, 4096, prot=mmap.PROT_READ | mmap.PROT_WRITE | mmap.PROT_EXEC)
page.write(code)
address = ctypes.addressof(ctypes.c_char.from_buffer(page))
print(ctypes.CFUNCTYPE(ctypes.c_int)(address)())"
    );
    let (text, outcome, denials) =
        reported(&python(&script, SeccompProgram::Reported(bytes(&policy))));
    if outcome == Outcome::Signaled(11) {
        eprintln!("skipped: this kernel has no 32-bit system calls");
        return;
    }
    assert_eq!((text.as_str(), &outcome), ("-1\n", &Outcome::Exited(0)));
    let refusals: Vec<_> = denials
        .iter()
        .filter_map(|denial| policy.refusal(&denial.call))
        .map(|refusal| (refusal.arch, refusal.syscall()))
        .collect();
    assert!(
        refusals.contains(&(Arch::I386, Some("ptrace"))),
        "{refusals:?}"
    );
}

#[test]
fn a_flood_of_kinds_fills_no_memory_and_keeps_no_deadline_away() {
    let mut policy = refusing(&[]);
    policy.default = Action::Errno(38);
    policy.arches[0].rules = native()
        .syscalls()
        .into_iter()
        .map(|(number, _)| Rule {
            syscall: Syscall::Number(number),
            conditions: Vec::new(),
            action: Action::Allow,
            reason: "a test".into(),
        })
        .collect();
    let script = "import ctypes, itertools
libc = ctypes.CDLL(None)
for number in itertools.count(2000): libc.syscall(number)";
    let mut sandbox = launch(&python(script, SeccompProgram::Reported(bytes(&policy))));
    let soon = Instant::now() + Duration::from_millis(300);
    while sandbox.denials_beyond() == 0 {
        assert_eq!(sandbox.wait_until(soon.max(Instant::now())), Ok(None));
    }
    assert_eq!(sandbox.denials().len(), 256);
    let ended = sandbox.terminate(Duration::from_secs(300)).expect("an end");
    assert_eq!(ended.outcome, Outcome::Signaled(15));
}

#[test]
fn without_the_supervisor_no_refused_call_gets_through() {
    let number = native().number("getppid").expect("a number");
    let script = format!(
        "import ctypes, sys, time
libc = ctypes.CDLL(None, use_errno=True)
sys.stdin.read()
print(libc.syscall({number}), ctypes.get_errno(), flush=True)"
    );
    let rules = refusing(&[("getppid", Action::Errno(1))]);
    let mut spec = python(&script, SeccompProgram::Reported(bytes(&rules)));
    let (mut reader, writer) = std::io::pipe().expect("a pipe");
    let (gate, release) = std::io::pipe().expect("a pipe");
    spec.program.streams[0] = aril_sandbox::spec::Stream::Fd(gate.as_raw_fd());
    spec.program.streams[1] = aril_sandbox::spec::Stream::Fd(writer.as_raw_fd());
    let sandbox = launch(&spec);
    drop(writer);
    drop(gate);
    sandbox.detach();
    drop(release);
    let mut text = String::new();
    reader.read_to_string(&mut text).expect("text");
    assert_eq!(text, "-1 38\n");
}

#[test]
fn a_refused_exec_is_a_failed_start_and_not_a_wait_for_ever() {
    let rules = refusing(&[("execve", Action::Errno(1))]);
    let mut spec = shell("echo ran");
    spec.seccomp = vec![SeccompProgram::Reported(bytes(&rules))];
    let plan = Plan::new(&spec, &Host::gather().expect("facts")).expect("a plan");
    let Err(LaunchError::Step(failure)) = plan.launch() else {
        panic!("it must not start");
    };
    assert!(
        failure
            .to_string()
            .starts_with("execute \"/bin/sh\": operation not permitted")
    );
}

#[test]
fn other_filters_may_refuse_more_and_are_asked_first() {
    let number = |name| native().number(name).expect("a number");
    let script = format!(
        "import ctypes
libc = ctypes.CDLL(None, use_errno=True)
for number in ({}, {}):
    print(libc.syscall(number), ctypes.get_errno())",
        number("getppid"),
        number("getuid"),
    );
    let told = refusing(&[("getppid", Action::Errno(1)), ("getuid", Action::Errno(1))]);
    let mut spec = python(&script, SeccompProgram::Reported(bytes(&told)));
    let more = refusing(&[("getppid", Action::Errno(13))]);
    spec.seccomp.push(SeccompProgram::Bytes(bytes(&more)));
    let (text, _, denials) = reported(&spec);
    // An errno is stronger than a question (`SECCOMP_RET_*` in the order of their values).
    assert_eq!(text, "-1 13\n-1 1\n");
    assert_eq!(denials.len(), 1);
    // A filter that keeps the descriptor from the launcher stops the start.
    let deaf = refusing(&[("sendmsg", Action::Errno(1))]);
    spec.seccomp[1] = SeccompProgram::Bytes(bytes(&deaf));
    let plan = Plan::new(&spec, &Host::gather().expect("facts")).expect("a plan");
    let Err(LaunchError::Step(failure)) = plan.launch() else {
        panic!("it must not start");
    };
    let words = failure.to_string();
    assert!(
        words.starts_with("install a seccomp program that tells"),
        "{words}"
    );
}

#[test]
fn what_cannot_be_reported_is_refused_before_the_start() {
    let refused = |programs: Vec<SeccompProgram>| {
        let mut spec = shell("true");
        spec.seccomp = programs;
        let error = Plan::new(&spec, &Host::gather().expect("facts")).expect_err("no plan");
        error.to_string()
    };
    let deaf = bytes(&refusing(&[("sendmsg", Action::Errno(1))]));
    assert!(refused(vec![SeccompProgram::Reported(deaf)]).contains("sendmsg(2)"));
    let any = bytes(&refusing(&[]));
    let two = vec![
        SeccompProgram::Reported(any.clone()),
        SeccompProgram::Reported(any),
    ];
    assert!(refused(two).contains("one listener"));
    let bad = refused(vec![SeccompProgram::Reported(vec![0; 8])]);
    assert!(bad.contains("read a seccomp program"), "{bad}");
}

#[test]
fn the_listener_is_not_the_payloads_and_many_threads_are_answered() {
    let number = native().number("getppid").expect("a number");
    let script = format!(
        "import ctypes, os, threading
print(sorted(os.listdir('/proc/self/fd'))[:3], len(os.listdir('/proc/self/fd')))
libc = ctypes.CDLL(None)
threads = [threading.Thread(target=lambda: [libc.syscall({number}) for _ in range(50)]) for _ in range(8)]
[thread.start() for thread in threads]
[thread.join() for thread in threads]"
    );
    let rules = refusing(&[("getppid", Action::Errno(1))]);
    let (text, outcome, denials) =
        reported(&python(&script, SeccompProgram::Reported(bytes(&rules))));
    assert_eq!(outcome, Outcome::Exited(0));
    // The fourth is the listing itself.
    assert_eq!(text, "['0', '1', '2'] 4\n");
    assert_eq!(
        denials
            .iter()
            .map(|denial| denial.count)
            .collect::<Vec<_>>(),
        [400]
    );
}
