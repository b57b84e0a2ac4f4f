//! Running a shell script in a sandbox, and what it printed.
#![allow(unreachable_pub, dead_code, reason = "each test program uses a part")]

use aril_sandbox::spec::Stream;
use aril_sandbox::{Access, Entry, Host, Outcome, Plan, Spec};
use std::io::Read;
use std::os::fd::AsRawFd;

/// A spec that runs `script` with the host's programs in view, and nothing else of the host.
pub fn shell(script: &str) -> Spec {
    let mut spec = Spec::new("/bin/sh");
    spec.program.args = vec!["-c".into(), script.into()];
    spec.program.environment = vec![aril_sandbox::spec::EnvChange::Set(
        "PATH".into(),
        "/usr/bin:/bin:/usr/sbin".into(),
    )];
    for directory in ["/usr", "/bin", "/sbin", "/lib", "/lib64"] {
        spec.tree
            .push(Entry::bind(directory, directory, Access::ReadOnly).optional());
    }
    spec.tree.push(Entry::proc("/proc"));
    spec.tree.push(Entry::dev("/dev"));
    spec
}

/// What became of a sandbox, and what it wrote to standard output and standard error.
#[derive(Debug)]
pub struct Ran {
    pub outcome: Outcome,
    pub output: String,
}

/// Runs a spec to its end.
pub fn run(spec: &Spec) -> Ran {
    run_on(&Host::gather().expect("facts"), spec)
}

/// Runs a spec to its end, as it is planned for this host.
pub fn run_on(host: &Host, spec: &Spec) -> Ran {
    let (mut reader, writer) = std::io::pipe().expect("a pipe");
    let mut spec = spec.clone();
    let fd = Stream::Fd(writer.as_raw_fd());
    spec.program.streams = [Stream::Null, fd, fd];
    let plan = Plan::new(&spec, host).expect("a plan");
    let launched = plan.launch();
    drop(writer);
    let outcome = match launched {
        Ok(mut sandbox) => sandbox.wait().expect("an outcome"),
        Err(aril_sandbox::LaunchError::Step(failure)) => Outcome::SetupFailed(failure),
        Err(error) => panic!("{error}"),
    };
    let mut output = String::new();
    reader.read_to_string(&mut output).expect("text");
    Ran { outcome, output }
}

/// Runs a script that must succeed, and gives what it printed.
pub fn output(spec: &Spec) -> String {
    output_on(&Host::gather().expect("facts"), spec)
}

/// The same, as it is planned for this host.
pub fn output_on(host: &Host, spec: &Spec) -> String {
    let ran = run_on(host, spec);
    assert_eq!(ran.outcome, Outcome::Exited(0), "{ran:?}");
    ran.output
}

/// Whether a process exists that is not a zombie.
pub fn is_alive(pid: i32) -> bool {
    std::fs::read_to_string(format!("/proc/{pid}/stat")).is_ok_and(|stat| {
        !stat
            .rsplit(')')
            .next()
            .unwrap_or("")
            .trim_start()
            .starts_with('Z')
    })
}

/// Waits until `condition` holds; gives up, loudly, after a long while.
pub fn eventually(what: &str, mut condition: impl FnMut() -> bool) {
    for _ in 0..3000 {
        if condition() {
            return;
        }
        std::thread::sleep(std::time::Duration::from_millis(10));
    }
    panic!("it never happened: {what}");
}
