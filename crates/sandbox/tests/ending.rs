//! Deadlines, and the end of everything inside.

mod support;

use aril_sandbox::{Cause, Ended, Event, Host, Outcome, Plan, Sandbox, Spec};
use std::io::Read;
use std::os::fd::AsRawFd;
use std::time::{Duration, Instant};
use support::{is_alive, shell};

fn launch(spec: &Spec) -> Sandbox {
    let plan = Plan::new(spec, &Host::gather().expect("facts")).expect("a plan");
    plan.launch().expect("a start")
}

/// Launches a script and waits until it has written a line, so that its traps are set.
fn launch_ready(script: &str) -> Sandbox {
    let (mut reader, writer) = std::io::pipe().expect("a pipe");
    let mut spec = shell(script);
    spec.program.streams[1] = aril_sandbox::spec::Stream::Fd(writer.as_raw_fd());
    let sandbox = launch(&spec);
    drop(writer);
    reader.read_exact(&mut [0]).expect("a first word");
    sandbox
}

/// A grace that no payload here needs to the end.
const LONG: Duration = Duration::from_secs(300);

#[test]
fn a_deadline_comes_and_the_payload_runs_on() {
    let mut sandbox = launch(&shell("exec sleep 300"));
    let soon = Instant::now() + Duration::from_millis(20);
    assert_eq!(sandbox.wait_until(soon), Ok(None));
    assert!(Instant::now() >= soon);
    assert!(is_alive(sandbox.payload_pid().expect("a pid")));
    assert_eq!(sandbox.ended(), None);
    let ended = sandbox.terminate(LONG).expect("an end");
    let expected = Ended {
        outcome: Outcome::Signaled(15),
        cause: Cause::Timeout,
    };
    assert_eq!(ended, expected);
    assert_eq!(sandbox.ended(), Some(expected));
    assert_eq!(sandbox.wait(), Ok(Outcome::Signaled(15)));
}

#[test]
fn an_end_before_the_deadline_is_told() {
    let mut sandbox = launch(&shell("exit 3"));
    let late = Instant::now() + LONG;
    assert_eq!(
        sandbox.wait_watching_until(None, Some(late)),
        Ok(Some(Event::Ended(Outcome::Exited(3))))
    );
    let cause = sandbox.ended().expect("it has ended").cause;
    assert_eq!((cause, cause.to_string()), (Cause::Exit, "exit".into()));
    let mut killed = launch(&shell("kill -9 $$"));
    assert_eq!(killed.wait(), Ok(Outcome::Signaled(9)));
    assert_eq!(killed.ended().expect("it has ended").cause, Cause::Signal);
}

#[test]
fn who_ends_at_the_first_signal_may_choose_its_status() {
    let mut sandbox = launch_ready("trap 'exit 7' TERM; echo; while :; do sleep 0.01; done");
    let ended = sandbox.terminate(LONG).expect("an end");
    assert_eq!(ended.outcome, Outcome::Exited(7));
    assert_eq!(ended.cause, Cause::Terminated);
}

#[test]
fn who_ignores_it_is_killed_with_all_that_it_started() {
    let script =
        "trap '' TERM; (trap '' TERM; exec sleep 301) & setsid sleep 302 & echo; sleep 303";
    let mut sandbox = launch_ready(script);
    let first = sandbox.instance().pid;
    let inside = |first: i32| {
        let namespace = std::fs::read_link(format!("/proc/{first}/ns/pid")).expect("a namespace");
        let entries = std::fs::read_dir("/proc").expect("proc").flatten();
        let count = entries.filter(|entry| {
            std::fs::read_link(entry.path().join("ns/pid")).is_ok_and(|found| found == namespace)
        });
        count.count()
    };
    let pids: Vec<i32> = children_of(first);
    assert!(inside(first) >= 2, "the control: they run");
    let ended = sandbox
        .terminate(Duration::from_millis(10))
        .expect("an end");
    assert_eq!(ended.outcome, Outcome::Signaled(9));
    for pid in pids.into_iter().chain([first]) {
        assert!(!is_alive(pid), "{pid} is left");
    }
}

/// All processes below one.
fn children_of(pid: i32) -> Vec<i32> {
    let path = format!("/proc/{pid}/task/{pid}/children");
    let text = std::fs::read_to_string(path).unwrap_or_default();
    let direct = text.split_whitespace().filter_map(|pid| pid.parse().ok());
    direct
        .flat_map(|pid: i32| std::iter::once(pid).chain(children_of(pid)))
        .collect()
}

#[test]
fn what_the_payload_left_behind_is_ended_too() {
    let mut sandbox = launch_ready("sleep 304 > /dev/null & echo; exit 4");
    assert_eq!(sandbox.wait(), Ok(Outcome::Exited(4)));
    let first = sandbox.instance().pid;
    assert!(is_alive(first), "init waits for the other");
    let ended = sandbox.terminate(LONG).expect("an end");
    assert_eq!(
        (ended.outcome, ended.cause),
        (Outcome::Exited(4), Cause::Exit)
    );
    assert!(!is_alive(first));
}

#[test]
fn a_payload_that_is_the_first_process_is_ended_as_well() {
    let mut spec = shell("exec sleep 300");
    spec.supervision.init = aril_sandbox::spec::Init::PayloadIsFirst;
    let mut sandbox = launch(&spec);
    let first = sandbox.instance().pid;
    // Process 1 of a pid namespace gets no signal that it has no handler for, but this one.
    let ended = sandbox
        .terminate(Duration::from_millis(10))
        .expect("an end");
    assert_eq!(ended.outcome, Outcome::Signaled(9));
    assert!(!is_alive(first));
}
