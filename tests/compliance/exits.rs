//! Exit codes and signals. Everything that goes wrong in bwrap itself is 1.

use crate::judge::compliance;
use crate::roots::host;
use aril_tests::skip::skip;
use aril_tests::under_test::{Program, program};
use aril_tests::{Bwrap, Scratch, under_test};
use rustix::process::Signal;
use std::os::unix::process::ExitStatusExt;
use std::process::Stdio;

compliance!(the_code_of_the_command_is_ours, {
    for namespace in ["--unshare-pid", "--unshare-ipc"] {
        for code in [0, 1, 42, 126, 127, 255] {
            let script = format!("exit {code}");
            let done = host().args([namespace, "sh", "-c", &script]).finish();
            assert_eq!(
                (done.code(), done.stderr.as_str()),
                (code, ""),
                "{namespace}"
            );
        }
    }
});

compliance!(a_signal_is_128_more, {
    for namespace in ["--unshare-pid", "--unshare-ipc"] {
        for signal in [1, 2, 9, 15] {
            let script = format!("kill -{signal} $$");
            let done = host().args([namespace, "sh", "-c", &script]).finish();
            assert_eq!(done.code(), 128 + signal, "{namespace}");
        }
    }
});

compliance!(a_command_that_cannot_run_is_1, {
    let scratch = Scratch::new();
    let file = scratch.file("file", "no program");
    for (command, why) in [
        ("/nonexistent", "No such file or directory"),
        ("aril-nonexistent", "No such file or directory"),
        ("/usr", "Permission denied"),
        (&file, "Permission denied"),
        ("/etc/passwd/x", "Not a directory"),
    ] {
        host()
            .args([command])
            .finish()
            .refused(&format!("execvp {command}: {why}"));
    }
});

compliance!(a_script_without_a_first_line_is_run_by_the_shell, {
    // execvp does so, and wrapper scripts without "#!" exist.
    let scratch = Scratch::new();
    let file = scratch.file("script", "exit 5\n");
    let mode = std::os::unix::fs::PermissionsExt::from_mode(0o755);
    std::fs::set_permissions(&file, mode).expect("make it executable");
    assert_eq!(host().args([&file]).finish().code(), 5);
});

compliance!(a_signal_to_the_launcher_ends_the_launcher, {
    for signal in [Signal::TERM, Signal::HUP, Signal::INT] {
        let bwrap = host().args(["--unshare-pid", "sh", "-c", "echo ready; exec cat"]);
        let mut running = bwrap.stdin(Stdio::piped()).spawn();
        running.says("ready");
        running.signal(signal);
        let done = running.wait();
        assert_eq!(done.status.signal(), Some(signal.as_raw()));
    }
});

compliance!(an_ignored_sigchld_does_no_harm, {
    if matches!(program(), Program::Original { version } if version < (11, 0)) {
        skip("this original hangs when SIGCHLD is ignored");
    }
    let program = under_test::path().to_str().expect("a path that is text");
    let bwrap = Bwrap::of("sh").args(["-c", "trap '' CHLD; exec \"$@\"", "sh", program]);
    let done = bwrap
        .args(["--ro-bind", "/", "/", "sh", "-c", "exit 6"])
        .finish();
    assert_eq!(done.code(), 6);
});

compliance!(a_broken_pipe_does_what_it_did_to_the_caller, {
    let program = under_test::path().to_str().expect("a path that is text");
    for (trap, ignored) in [("trap '' PIPE;", true), ("", false)] {
        let script = format!("{trap} exec \"$@\"");
        let done = Bwrap::of("sh")
            .args(["-c", &script, "sh", program, "--ro-bind", "/", "/"])
            .args(["sed", "-n", "s/^SigIgn:\t//p", "/proc/self/status"])
            .finish();
        let set = u64::from_str_radix(done.stdout.trim(), 16).expect("a set of signals");
        assert_eq!(
            set >> (Signal::PIPE.as_raw() - 1) & 1 == 1,
            ignored,
            "{set:x}"
        );
    }
});

compliance!(inherited_descriptors_reach_the_command, {
    let bwrap = host()
        .fd(7, aril_tests::fds::data(b""))
        .args(["--unshare-all"]);
    let facts = bwrap.facts();
    let numbers: Vec<_> = facts.fds().keys().copied().filter(|fd| *fd < 8).collect();
    assert_eq!(numbers, [0, 1, 2, 7], "{:?}", facts.fds());
});

compliance!(no_new_privs_is_always_set, {
    assert!(host().facts().status().no_new_privs);
});

compliance!(a_blocked_sigchld_is_not_the_commands, {
    // A shell that is never told of its children's ends would wait for ever.
    let program = under_test::path().to_str().expect("a path that is text");
    let done = Bwrap::of("env")
        .args(["--block-signal=CHLD,USR1", program, "--ro-bind", "/", "/"])
        .args(["sed", "-n", "s/^SigBlk:\t//p", "/proc/self/status"])
        .finish();
    let set = u64::from_str_radix(done.stdout.trim(), 16).expect("a set of signals");
    let is_blocked = |signal: Signal| set >> (signal.as_raw() - 1) & 1 == 1;
    assert!(
        is_blocked(Signal::USR1) && !is_blocked(Signal::CHILD),
        "{set:x}"
    );
});
