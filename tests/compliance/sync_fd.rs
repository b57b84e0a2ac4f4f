//! `--sync-fd`: its end of file tells the caller that the sandbox is gone. Steam and flatpak's
//! portals wait for it.

use crate::judge::compliance;
use crate::roots::host;
use aril_tests::{fds, wait};
use std::process::Stdio;
use std::time::Duration;

compliance!(it_stays_open_as_long_as_the_sandbox_lives, {
    for namespace in ["--unshare-pid", "--unshare-ipc"] {
        let (read, write) = fds::pipe();
        let bwrap = host()
            .fd(9, write)
            .args([namespace, "--sync-fd", "9", "cat"]);
        let mut running = bwrap.stdin(Stdio::piped()).spawn();
        assert!(
            !wait::readable_within(&read, Duration::from_millis(100)),
            "{namespace}"
        );
        running.close_stdin();
        running.wait().success();
        wait::readable(&read, "the end of the sandbox");
    }
});

compliance!(with_a_pid_namespace_it_outlives_the_command, {
    let (read, write) = fds::pipe();
    let (held, hold) = fds::pipe();
    // The command ends at once and leaves a process that waits for our pipe's end.
    let script = "cat <&8 >/dev/null 2>&1 & exit 7";
    let bwrap = host()
        .args(["--dev", "/dev"])
        .fd(8, held)
        .fd(9, write)
        .args(["--unshare-pid", "--sync-fd", "9"]);
    assert_eq!(bwrap.args(["sh", "-c", script]).spawn_detached().code(), 7);
    assert!(
        !wait::readable_within(&read, Duration::from_millis(100)),
        "a process is left"
    );
    drop(hold);
    wait::readable(&read, "the end of the last process");
});

compliance!(it_may_be_given_several_times, {
    let (first, first_end) = fds::pipe();
    let (second, second_end) = fds::pipe();
    let (held, hold) = fds::pipe();
    let script = "cat <&8 >/dev/null 2>&1 & exit 7";
    let bwrap = host().args(["--dev", "/dev", "--unshare-pid"]);
    let bwrap = bwrap.fd(8, held).fd(9, first_end).fd(10, second_end);
    let bwrap = bwrap.args(["--sync-fd", "9", "--sync-fd", "10"]);
    assert_eq!(bwrap.args(["sh", "-c", script]).spawn_detached().code(), 7);
    for end in [&first, &second] {
        let has_ended = wait::readable_within(end, Duration::from_millis(100));
        assert!(!has_ended, "a process is left");
    }
    drop(hold);
    wait::readable(&first, "the end of the last process");
    wait::readable(&second, "the end of the last process");
});

compliance!(the_command_does_not_get_it, {
    let facts = host()
        .fd(9, fds::data(b""))
        .args(["--sync-fd", "9"])
        .facts();
    assert!(!facts.fds().contains_key(&9));
});

compliance!(without_an_init_the_command_keeps_it, {
    let args = ["--unshare-pid", "--as-pid-1", "--sync-fd", "9"];
    assert!(
        host()
            .fd(9, fds::data(b""))
            .args(args)
            .facts()
            .fds()
            .contains_key(&9)
    );
});
