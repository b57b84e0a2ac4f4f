//! `--new-session`, `--die-with-parent`, `--as-pid-1`, and what init is.

use crate::judge::compliance;
use crate::roots::{bare_without_proc, host};
use aril_tests::{Bwrap, facts, fds, under_test, wait};
use rustix::process::Signal;
use std::process::Stdio;

compliance!(a_new_session_is_not_ours, {
    let facts = host().args(["--new-session"]).facts();
    assert_eq!((facts.sid, facts.pgid), (Some(facts.pid), Some(facts.pid)));
    let facts = host().args(["--unshare-pid", "--new-session"]).facts();
    assert_eq!((facts.sid, facts.pgid), (Some(1), Some(1)), "init leads it");
});

compliance!(without_it_the_session_is_kept, {
    // 0 when its leader lies outside our pid namespace, as in a container that something entered.
    let ours = facts::session();
    assert!(ours.is_some(), "the kernel names our session");
    assert_eq!(host().facts().sid, ours);
});

compliance!(as_pid_1_there_is_no_init, {
    let facts = host().args(["--unshare-pid", "--as-pid-1"]).facts();
    assert_eq!((facts.pid, facts.ppid), (1, 0));
    let done = host()
        .args(["--unshare-pid", "--as-pid-1", "sh", "-c", "exit 9"])
        .finish();
    assert_eq!(done.code(), 9);
});

compliance!(as_pid_1_needs_a_pid_namespace, {
    let done = host().args(["--as-pid-1", "true"]).finish();
    done.refused("Specifying --as-pid-1 requires --unshare-pid");
});

compliance!(init_reaps, {
    let bwrap = bare_without_proc().args(["--unshare-pid", "--proc", "/proc"]);
    // A shell opens /dev/null for what runs in the background.
    let bwrap = bwrap.args(["--dev", "/dev", "sh", "-c"]);
    // The orphan's parent is 1, and when it has ended no zombie stays.
    let script = "(sleep 0.1 & echo $!) >/tmp.pid; read pid </tmp.pid; \
                  grep PPid: /proc/$pid/status; while test -e /proc/$pid; do sleep 0.05; done";
    assert_eq!(bwrap.args([script]).finish().success().stdout, "PPid:\t1\n");
});

compliance!(init_has_no_capabilities_and_no_descriptors, {
    let bwrap = bare_without_proc().args(["--unshare-pid", "--proc", "/proc", "--cap-add", "ALL"]);
    // It gets rid of them after the command has begun: look until it is so, a hundred times.
    let script = "for i in $(seq 100); do \
                  grep -q 'CapEff:.0000000000000000' /proc/1/status && ! test -e /proc/1/fd/9 && \
                  break; sleep 0.1; done; \
                  grep -E 'Cap(Prm|Eff)' /proc/1/status; grep NoNewPrivs /proc/1/status; \
                  test -e /proc/1/fd/9 && echo leaked";
    let out = bwrap
        .fd(9, fds::data(b""))
        .args(["sh", "-c", script])
        .finish()
        .stdout;
    assert!(!out.contains("leaked"), "{out}");
    assert!(
        out.starts_with("CapPrm:\t0000000000000000\nCapEff:\t0000000000000000\n"),
        "{out}"
    );
    assert!(out.contains("NoNewPrivs:\t1"), "{out}");
});

compliance!(the_rest_of_a_pid_namespace_outlives_the_launcher, {
    let (read, write) = fds::pipe();
    let (held, hold) = fds::pipe();
    let script = "cat <&8 >&9 & exit 0";
    let bwrap = host().args(["--dev", "/dev"]).fd(8, held).fd(9, write);
    let bwrap = bwrap.args(["--unshare-pid", "sh", "-c", script]);
    assert_eq!(bwrap.spawn_detached().code(), 0);
    assert!(!wait::readable_within(
        &read,
        std::time::Duration::from_millis(100)
    ));
    drop(hold);
    wait::readable(&read, "the end of the last process");
});

/// Gives init the time to ask for its death signal: the original's does so after the command runs.
fn settle() {
    std::thread::sleep(std::time::Duration::from_millis(500));
}

/// Kills the launcher while the command runs; returns the pipe whose end is the command's end, and
/// the pipe whose end ends it.
fn kill_the_launcher(args: &[&str]) -> (std::os::fd::OwnedFd, std::os::fd::OwnedFd) {
    let (read, write) = fds::pipe();
    let (held, hold) = fds::pipe();
    let bwrap = host().fd(8, held).fd(9, write).args(args);
    let bwrap = bwrap.args(["sh", "-c", "echo ready; exec cat <&8 >&9"]);
    let mut running = bwrap.spawn();
    running.says("ready");
    settle();
    running.signal(Signal::KILL);
    assert_eq!(running.wait_detached().status.code(), None);
    (read, hold)
}

compliance!(the_sandbox_survives_its_launcher, {
    for namespace in ["--unshare-pid", "--unshare-ipc"] {
        let (read, hold) = kill_the_launcher(&[namespace]);
        assert!(!wait::readable_within(
            &read,
            std::time::Duration::from_millis(100)
        ));
        drop(hold);
        wait::readable(&read, "the end of the command");
    }
});

compliance!(unless_it_dies_with_its_parent, {
    for namespace in ["--unshare-pid", "--unshare-ipc"] {
        let (read, hold) = kill_the_launcher(&[namespace, "--die-with-parent"]);
        wait::readable(&read, "the end of the command");
        drop(hold);
    }
});

compliance!(it_dies_with_the_parent_of_the_launcher, {
    let (read, write) = fds::pipe();
    let (held, hold) = fds::pipe();
    // A shell is the parent; it dies by a signal while the sandbox runs.
    let script = "\"$@\" & wait";
    let command = ["sh", "-c", "echo ready; exec cat <&8 >&9"];
    let bwrap = Bwrap::of("sh")
        .fd(8, held)
        .fd(9, write)
        .args(["-c", script, "sh"]);
    let bwrap = bwrap
        .args([under_test::path()])
        .args(["--ro-bind", "/", "/", "--unshare-pid"]);
    let mut running = bwrap.args(["--die-with-parent"]).args(command).spawn();
    running.says("ready");
    settle();
    running.signal(Signal::KILL);
    assert_eq!(running.wait_detached().status.code(), None);
    wait::readable(&read, "the end of the command");
    drop(hold);
});

compliance!(standard_input_reaches_the_command, {
    let bwrap = host()
        .stdin(std::fs::File::from(fds::data(b"input")))
        .args(["cat"]);
    assert_eq!(bwrap.finish().success().stdout, "input");
    let mut running = host()
        .args(["--unshare-all", "cat"])
        .stdin(Stdio::piped())
        .spawn();
    running.close_stdin();
    running.wait().success();
});
