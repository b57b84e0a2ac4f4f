//! Keys that interrupt, and the death of the launcher.

mod support;

use rustix::process::{Pid, Signal, kill_process_group};
use std::io::{BufRead, BufReader, Read};
use std::process::{Child, ChildStdout};
use std::time::{Duration, Instant};
use support::Case;

/// A script that runs inside, after its first line.
fn started(case: &Case, script: &str) -> (Child, BufReader<ChildStdout>) {
    let mut child = case.start(&["run", "--command=sh", case.example(), "-c", script]);
    let mut output = BufReader::new(child.stdout.take().unwrap());
    let mut line = String::new();
    output.read_line(&mut line).unwrap();
    assert_eq!(line, "ready\n");
    (child, output)
}

#[test]
fn an_interrupt_is_the_payloads_to_decide_about() {
    let case = Case::new();
    let script = "trap 'exit 5' INT; sleep 20 & echo ready; wait";
    let (mut child, _output) = started(&case, script);
    kill_process_group(Pid::from_child(&child), Signal::INT).unwrap();
    assert_eq!(child.wait().unwrap().code(), Some(5));
}

#[test]
fn everything_inside_ends_with_the_launcher() {
    let case = Case::new();
    let begin = Instant::now();
    let (mut child, mut output) = started(&case, "sleep 20 & echo ready; wait");
    child.kill().unwrap();
    child.wait().unwrap();
    // Whoever lives inside holds the other end of the pipe.
    let mut rest = Vec::new();
    output.read_to_end(&mut rest).unwrap();
    assert!(begin.elapsed() < Duration::from_secs(15));
}
