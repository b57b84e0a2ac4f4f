//! What is left behind, how the end is told, and which signals arrive.

use crate::place::{Place, attack};
use aril_tests::{fds, wait};
use rustix::process::Signal;
use std::process::Stdio;
use std::time::Duration;

/// Twice forked, in a session of its own, deaf to every signal; it holds its output.
const DAEMON: &str = "
import os, signal, sys
if os.fork() == 0:
    os.setsid()
    if os.fork() == 0:
        for number in range(1, 65):
            try: signal.signal(number, signal.SIG_IGN)
            except (OSError, ValueError): pass
        os.write(1, b'up\\n')
        while True: signal.pause()
    os._exit(0)
os.wait()
";

attack!(no_daemon_is_left, {
    let place = Place::new();
    let (read, write) = fds::pipe();
    let program = place.exec(&["--"]).stdout(Stdio::from(write));
    program.args(["python3", "-c", DAEMON]).finish().success();
    wait::readable(&read, "the daemon's end");
    let said = fds::drain(read);
    assert!(["", "up\n"].contains(&said.as_str()), "{said}");
    // The control: without a sandbox it is there until somebody kills it.
    let (read, write) = fds::pipe();
    let program = place.bare().stdout(Stdio::from(write));
    let script = DAEMON.replace("b'up\\n'", "b'%d\\n' % os.getpid()");
    program.args(["python3", "-c", &script]).spawn_detached();
    wait::readable(&read, "the daemon");
    let mut bytes = [0; 20];
    let size = rustix::io::read(&read, &mut bytes).expect("read its number");
    let pid = std::str::from_utf8(&bytes[..size]).expect("text").trim();
    assert!(
        !wait::readable_within(&read, Duration::from_millis(200)),
        "the control"
    );
    let pid = rustix::process::Pid::from_raw(pid.parse().expect("a number")).expect("a process");
    rustix::process::kill_process(pid, Signal::KILL).expect("end it");
});

attack!(nothing_survives_a_killed_launcher, {
    let place = Place::new();
    for round in 0..40_u64 {
        let (read, write) = fds::pipe();
        let program = place.exec(&["--"]).stdout(Stdio::from(write));
        let program = program.args(["sh", "-c", "setsid sleep 1000 & sleep 1000"]);
        let running = program.spawn();
        std::thread::sleep(Duration::from_micros(round * 997 % 30_000));
        running.signal(Signal::KILL);
        assert_eq!(running.wait_detached().status.code(), None, "{round}");
        assert!(
            wait::readable_within(&read, Duration::from_secs(20)),
            "{round}: a process of the sandbox is left"
        );
    }
});

attack!(the_end_is_told_as_it_was, {
    let place = Place::new();
    for (script, code) in [
        ("exit 0", 0),
        ("exit 7", 7),
        ("exit 255", 255),
        ("kill -9 $$", 137),
        ("kill -TERM $$", 143),
        ("kill -SEGV $$", 139),
        ("exec /nowhere/program", 127),
        ("exec /etc/os-release", 126),
    ] {
        assert_eq!(place.shell(&[], script).code(), code, "{script}");
    }
    assert_eq!(place.exec(&["--", "/nowhere/program"]).finish().code(), 127);
    assert_eq!(place.exec(&["--", "/etc/os-release"]).finish().code(), 126);
    assert_eq!(
        place.exec(&["--limit", "pids=x", "true"]).finish().code(),
        125
    );
});

attack!(signals_of_the_launcher_reach_the_payload, {
    let place = Place::new();
    for (signal, name) in [
        (Signal::TERM, "TERM"),
        (Signal::HUP, "HUP"),
        (Signal::USR1, "USR1"),
    ] {
        let (input, _output) = fds::pipe();
        let script = format!("trap 'echo got; exit 3' {name}; echo ready; read line; exit 4");
        let program = place.exec(&["--"]).stdin(Stdio::from(input));
        let mut running = program.args(["sh", "-c", &script]).spawn();
        running.says("ready");
        running.signal(signal);
        let done = running.wait();
        assert_eq!(
            (done.code(), done.stdout.as_str()),
            (3, "ready\ngot\n"),
            "{done:?}"
        );
    }
});

attack!(a_busy_payload_does_not_outlast_its_time, {
    // What the launcher watches can be kept busy: neither signals nor files keep it from the clock.
    let place = Place::new();
    for script in [
        "trap '' TERM; while :; do : >a; rm a; done",
        "trap '' TERM; while :; do :; done",
        "trap '' TERM; sleep 1000",
    ] {
        assert_eq!(
            place.shell(&["--timeout", "300ms"], script).code(),
            124,
            "{script}"
        );
    }
    assert_eq!(
        place.shell(&["--timeout", "1h"], "exit 5").code(),
        5,
        "the control"
    );
});
