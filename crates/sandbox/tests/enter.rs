//! A program put beside the payload of a running sandbox is confined as the payload is.

mod support;

use aril_sandbox::enter::{EnterError, Inside};
use aril_sandbox::spec::{Descriptors, SeccompProgram, Stream};
use aril_sandbox::{Host, Outcome, Plan, Sandbox, Spec};
use std::io::{Read, Write};
use std::os::fd::AsRawFd;
use support::shell;

/// What a shell reports of itself.
const FACTS: &str = "for n in user mnt pid net ipc uts cgroup; do readlink /proc/self/ns/$n; done; \
    grep -E '^(NoNewPrivs|Seccomp|Cap...):' /proc/self/status; cat /proc/self/mountinfo; \
    ls /proc/self/fd | wc -l; pwd; unshare -U true 2>&1; echo unshare $?";

/// `mkdir` and `mkdirat` end in EPERM, all else is allowed: BPF of `struct seccomp_data`.
fn no_directories() -> SeccompProgram {
    let rows: [(u16, u8, u8, u32); 5] = if cfg!(target_arch = "x86_64") {
        [
            (0x20, 0, 0, 0),
            (0x15, 1, 0, 83),
            (0x15, 0, 1, 258),
            (0x06, 0, 0, 0x0005_0001),
            (0x06, 0, 0, 0x7fff_0000),
        ]
    } else {
        [
            (0x20, 0, 0, 0),
            (0x15, 1, 0, 34),
            (0x15, 0, 1, 34),
            (0x06, 0, 0, 0x0005_0001),
            (0x06, 0, 0, 0x7fff_0000),
        ]
    };
    let mut bytes = Vec::new();
    for (code, yes, no, value) in rows {
        bytes.extend(code.to_ne_bytes());
        bytes.extend([yes, no]);
        bytes.extend(value.to_ne_bytes());
    }
    SeccompProgram::Bytes(bytes)
}

/// A sandbox whose payload has printed its facts and waits for its standard input to end.
struct Waiting {
    sandbox: Sandbox,
    said: String,
    _input: std::io::PipeWriter,
}

fn start(spec: &Spec) -> Waiting {
    let (input_reader, input) = std::io::pipe().unwrap();
    let (mut output, output_writer) = std::io::pipe().unwrap();
    let mut spec = spec.clone();
    let said = Stream::Fd(output_writer.as_raw_fd());
    spec.program.streams = [Stream::Fd(input_reader.as_raw_fd()), said, said];
    spec.program.args = vec![
        "-c".into(),
        format!("{FACTS}; exec >&- 2>&-; read x").into(),
    ];
    let plan = Plan::new(&spec, &Host::gather().unwrap()).unwrap();
    let sandbox = plan.launch().unwrap();
    drop(output_writer);
    let mut said = String::new();
    output.read_to_string(&mut said).unwrap();
    Waiting {
        sandbox,
        said,
        _input: input,
    }
}

/// Runs a script beside the payload.
fn beside(waiting: &Waiting, spec: &Spec, script: &str) -> (Outcome, String) {
    let (mut reader, writer) = std::io::pipe().unwrap();
    let mut spec = spec.clone();
    let said = Stream::Fd(writer.as_raw_fd());
    spec.program.streams = [Stream::Null, said, said];
    spec.program.args = vec!["-c".into(), script.into()];
    let inside = Inside::open(waiting.sandbox.instance().pid).unwrap();
    let plan = Plan::enter(&inside, &spec, &Host::gather().unwrap()).unwrap();
    let mut entered = plan
        .launch()
        .unwrap_or_else(|error| panic!("{error}\n{plan}"));
    drop(writer);
    let mut said = String::new();
    reader.read_to_string(&mut said).unwrap();
    (entered.wait().unwrap(), said)
}

fn confined() -> Spec {
    let mut spec = shell("");
    spec.seccomp = vec![no_directories()];
    spec.program.working_directory = aril_sandbox::spec::WorkingDirectory::Path("/usr".into());
    spec
}

#[test]
fn it_is_confined_as_the_payload_is() {
    let spec = confined();
    let waiting = start(&spec);
    let (outcome, said) = beside(&waiting, &spec, FACTS);
    assert_eq!(outcome, Outcome::Exited(0), "{said}");
    // Descriptors 0, 1, 2 and that of the directory, with both.
    assert_eq!(said, waiting.said);
    for line in [
        "NoNewPrivs:\t1",
        "Seccomp:\t2",
        "CapPrm:\t0000000000000000",
        "CapBnd:\t0000000000000000",
        "unshare 1",
    ] {
        assert!(said.lines().any(|said| said == line), "{line}: {said}");
    }
    let own = std::fs::read_link("/proc/self/ns/mnt").unwrap();
    assert!(!said.contains(own.to_str().unwrap()));
}

#[test]
fn its_filters_are_those_that_are_given() {
    let spec = confined();
    let waiting = start(&spec);
    let script = "mkdir /dev/shm/a 2>/dev/null && echo MADE; true";
    assert_eq!(beside(&waiting, &spec, script).1, "");
    let mut control = spec.clone();
    control.seccomp.clear();
    assert_eq!(beside(&waiting, &control, script).1, "MADE\n");
}

#[test]
fn it_sees_the_processes_inside_and_no_other() {
    let spec = confined();
    let waiting = start(&spec);
    let script = "echo $$; for p in /proc/[0-9]*; do cat $p/comm; done; kill -0 2 && echo REACHED";
    let (_, said) = beside(&waiting, &spec, script);
    assert!(
        said.contains("aril-init") && said.contains("REACHED"),
        "{said}"
    );
    assert!(
        said.lines().next().unwrap().parse::<i32>().unwrap() < 100,
        "{said}"
    );
}

#[test]
fn it_ends_with_the_sandbox() {
    let spec = confined();
    let waiting = start(&spec);
    let inside = Inside::open(waiting.sandbox.instance().pid).unwrap();
    let mut other = spec.clone();
    other.program.args = vec!["-c".into(), "read x".into()];
    let (reader, _writer) = std::io::pipe().unwrap();
    other.program.streams[0] = Stream::Fd(reader.as_raw_fd());
    let plan = Plan::enter(&inside, &other, &Host::gather().unwrap()).unwrap();
    let mut entered = plan.launch().unwrap();
    waiting.sandbox.kill().unwrap();
    assert_eq!(entered.wait().unwrap(), Outcome::Signaled(9));
    let pid = waiting.sandbox.instance().pid;
    drop(waiting);
    assert_eq!(Inside::open(pid).unwrap_err(), EnterError::Ended { pid });
    assert!(inside.see_alive().is_err());
}

/// The payload looks for newcomers all the time, and tries to reach the host through them.
#[test]
fn the_payload_cannot_reach_the_host_through_one_that_enters() {
    let spec = confined();
    let host = std::fs::File::open("/").unwrap();
    // As careless callers have it: not close-on-exec.
    let leaked = aril_sandbox::sys::Fd::from(&host);
    aril_sandbox::sys::file::set_close_on_exec(leaked, false).unwrap();
    let said = race(|waiting| {
        for _ in 0..100 {
            assert_eq!(beside(waiting, &spec, "true").0, Outcome::Exited(0));
        }
    });
    assert_eq!(said, "");
    // The control: a program that is given the descriptor can be used for that.
    let mut given = spec.clone();
    given.program.descriptors = Descriptors::Only(vec![host.as_raw_fd()]);
    let said = race(|waiting| {
        for _ in 0..20 {
            let script = "for n in 1 2 3 4 5 6 7 8 9; do ls /usr/bin >/dev/null; done";
            assert_eq!(beside(waiting, &given, script).0, Outcome::Exited(0));
        }
    });
    assert!(said.contains("REACHED"), "{said}");
}

/// What the racing payload reached while `meanwhile` was done.
fn race(meanwhile: impl FnOnce(&Waiting)) -> String {
    let canary = canary();
    let path = canary.to_str().unwrap();
    let (input_reader, mut input) = std::io::pipe().unwrap();
    let (mut output, output_writer) = std::io::pipe().unwrap();
    let mut racer = confined();
    let said = Stream::Fd(output_writer.as_raw_fd());
    racer.program.streams = [Stream::Fd(input_reader.as_raw_fd()), said, said];
    let script = format!(
        "exec 3<&0; echo ready; (read x <&3; kill -9 $$) & while :; do for p in /proc/[0-9]*; do \
         for f in $p/root $p/cwd $p/fd/*; do test -e $f{path} && echo REACHED $f; done; \
         done 2>/dev/null; done"
    );
    racer.program.args = vec!["-c".into(), script.into()];
    let plan = Plan::new(&racer, &Host::gather().unwrap()).unwrap();
    let sandbox = plan.launch().unwrap();
    drop(output_writer);
    let mut ready = [0; 6];
    output.read_exact(&mut ready).unwrap();
    let waiting = Waiting {
        sandbox,
        said: String::new(),
        _input: std::io::pipe().unwrap().1,
    };
    meanwhile(&waiting);
    input.write_all(b"\n").unwrap();
    let mut said = String::new();
    output.read_to_string(&mut said).unwrap();
    std::fs::remove_file(canary).unwrap();
    said
}

/// A file of the host's that is in no sandbox of these tests.
fn canary() -> std::path::PathBuf {
    let path = std::env::temp_dir().join(format!("aril-enter-{}", std::process::id()));
    std::fs::write(&path, "canary").unwrap();
    path
}
