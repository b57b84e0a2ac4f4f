//! What must end with the launcher, and what must not begin: H5 (locks), H6 (die-with-parent),
//! rows 9 (places in shared directories), 15 (processes that end meanwhile) and 17 (a payload that
//! keeps its supervisor busy).

use crate::control::{escape, original, ours};
use aril_tests::{Bwrap, Canary, Scratch, fds, roots, wait};
use rustix::process::Signal;
use std::fs;
use std::os::unix::fs::symlink;
use std::time::Duration;

escape!(nothing_survives_a_launcher_that_is_killed, {
    // At any moment of the set-up: whoever is left holds the pipe open.
    for round in 0..150_u64 {
        let (read, write) = fds::pipe();
        let (held, hold) = fds::pipe();
        let namespace = ["--unshare-pid", "--unshare-ipc", "--unshare-all"][round as usize % 3];
        let bwrap = roots::host(ours()).fd(8, held).fd(9, write);
        let bwrap = bwrap.args([namespace, "--die-with-parent", "--tmpfs", "/tmp"]);
        let running = bwrap.args(["sh", "-c", "exec cat <&8 >&9"]).spawn();
        std::thread::sleep(Duration::from_micros(round * 97 % 8000));
        // It may have ended by itself only if it failed.
        running.signal(Signal::KILL);
        assert_eq!(running.wait_detached().status.code(), None, "{round}");
        assert!(
            wait::readable_within(&read, Duration::from_secs(20)),
            "{round} {namespace}: a process of the sandbox is left"
        );
        drop(hold);
    }
});

escape!(control_without_the_option_it_survives, {
    let (read, write) = fds::pipe();
    let (held, hold) = fds::pipe();
    let bwrap = roots::host(ours())
        .fd(8, held)
        .fd(9, write)
        .args(["--unshare-pid"]);
    let mut running = bwrap.args(["sh", "-c", "echo ready; cat <&8 >&9"]).spawn();
    running.says("ready");
    running.signal(Signal::KILL);
    assert_eq!(running.wait_detached().status.code(), None);
    assert!(!wait::readable_within(&read, Duration::from_millis(200)));
    drop(hold);
    wait::readable(&read, "the end of the command");
});

escape!(nothing_survives_a_set_up_that_is_killed, {
    // Row 15: also where no option asks for it, a set-up does not go on alone and finish.
    for round in 0..100_u64 {
        let scratch = Scratch::new();
        let place = scratch.path().to_str().expect("text");
        let (read, write) = fds::pipe();
        let bwrap = roots::bare(ours())
            .fd(9, write)
            .args(["--bind", place, "/x"]);
        let running = bwrap.args(["--unshare-all", "--block-fd", "10"]);
        let (blocked, never) = fds::pipe();
        let running = running
            .fd(10, blocked)
            .args(["sh", "-c", "echo >/x/ran"])
            .spawn();
        std::thread::sleep(Duration::from_micros(round * 97 % 4000));
        running.signal(Signal::KILL);
        assert_eq!(running.wait_detached().status.code(), None, "{round}");
        drop(never);
        wait::readable(&read, "the end of the set-up");
        // The block's end of file may let a set-up go on that was complete: then it runs as a
        // sandbox that outlives its launcher does, but never half made.
        if let Ok(ran) = fs::metadata(scratch.at("ran")) {
            assert!(ran.is_file());
        }
    }
});

escape!(a_set_up_that_waits_does_not_go_on_alone, {
    // It waits for the caller before its payload may run; the caller kills the launcher instead.
    let reached = |is_killed: bool| {
        let scratch = Scratch::new();
        let place = scratch.path().to_str().expect("text");
        let (read, write) = fds::pipe();
        let (blocked, release) = fds::pipe();
        let (info, told) = fds::pipe();
        let bwrap = roots::bare(ours()).args(["--bind", place, "/x", "--unshare-all"]);
        let bwrap = bwrap.args(["--block-fd", "10", "--info-fd", "11"]);
        let bwrap = bwrap.fd(9, write).fd(10, blocked).fd(11, told);
        let running = bwrap.args(["sh", "-c", "echo >/x/ran"]).spawn();
        wait::readable(&info, "its description");
        if is_killed {
            running.signal(Signal::KILL);
            assert_eq!(running.wait_detached().status.code(), None);
            // Nobody holds the other end any more who could go on.
            wait::readable(&read, "the end of the set-up");
        }
        // The release comes all the same; nobody may be left to take it.
        match rustix::io::write(&release, b"x") {
            Ok(_) | Err(rustix::io::Errno::PIPE) => (),
            Err(errno) => panic!("{errno}"),
        }
        wait::readable(&read, "the end of the command");
        fs::metadata(scratch.at("ran")).is_ok()
    };
    assert!(!reached(true), "the payload ran without its launcher");
    assert!(reached(false), "the control");
});

escape!(it_dies_with_a_parent_that_is_killed, {
    let (read, write) = fds::pipe();
    let (held, hold) = fds::pipe();
    let bwrap = Bwrap::of("sh")
        .fd(8, held)
        .fd(9, write)
        .args(["-c", "\"$@\" & wait", "sh"]);
    let bwrap = bwrap
        .args([ours()])
        .args(["--ro-bind", "/", "/", "--unshare-pid"]);
    let command = [
        "--die-with-parent",
        "sh",
        "-c",
        "echo ready; setsid cat <&8 >&9",
    ];
    let mut running = bwrap.args(command).spawn();
    running.says("ready");
    running.signal(Signal::KILL);
    assert_eq!(running.wait_detached().status.code(), None);
    wait::readable(&read, "the end of the command");
    drop(hold);
});

escape!(the_end_of_a_thread_is_not_the_end_of_its_process, {
    // PR_SET_PDEATHSIG is about the thread that started a process: the launcher is one that ends
    // with its parent all the same, and what it started does not end with a thread of its own.
    let (sender, receiver) = std::sync::mpsc::channel();
    let (held, hold) = fds::pipe();
    let starter = std::thread::spawn(move || {
        let bwrap = roots::host(ours()).fd(8, held).args(["--unshare-pid"]);
        let mut running = bwrap
            .args(["sh", "-c", "echo ready; cat <&8; echo done"])
            .spawn();
        running.says("ready");
        sender.send(running).expect("hand it over");
    });
    let running = receiver.recv().expect("a sandbox");
    starter.join().expect("the thread ends");
    drop(hold);
    assert_eq!(running.wait().stdout, "ready\ndone\n");
});

escape!(nothing_starts_without_its_lock, {
    // H5: a lock that cannot be had, in every way.
    let scratch = Scratch::new();
    let place = scratch.dir("place");
    let taken_file = scratch.file("taken", "");
    let file = scratch.file("file", "");
    let ways = ["/missing".to_owned(), "/dev/full/x".to_owned()];
    // Another one holds it for writing.
    let taken = fs::OpenOptions::new()
        .write(true)
        .open(&taken_file)
        .expect("open it");
    rustix::fs::fcntl_lock(&taken, rustix::fs::FlockOperation::NonBlockingLockExclusive)
        .expect("take the lock");
    for namespace in ["--unshare-pid", "--unshare-ipc"] {
        for way in &ways {
            let bwrap = roots::bare(ours()).args(["--bind", &place, "/x", namespace]);
            let bwrap = bwrap.args(["--ro-bind", &taken_file, "/taken", "--ro-bind", &file, "/f"]);
            let bwrap = bwrap.args(["--lock-file", "/f", "--lock-file", way]);
            let done = bwrap
                .args(["sh", "-c", "echo ran >/x/ran"])
                .spawn_detached();
            assert_eq!(done.code(), 1, "{namespace} {way}: {done:?}");
        }
    }
    std::thread::sleep(Duration::from_millis(200));
    assert!(
        fs::metadata(scratch.at("place/ran")).is_err(),
        "the command ran"
    );
    let bwrap = roots::bare(ours()).args(["--bind", &place, "/x", "--ro-bind", &file, "/f"]);
    let bwrap = bwrap.args(["--lock-file", "/f"]);
    bwrap
        .args(["sh", "-c", "echo ran >/x/ran"])
        .finish()
        .success();
    assert!(fs::metadata(scratch.at("place/ran")).is_ok(), "the control");
});

/// Calls that name something below a shared directory, or make something there.
fn made_in_shared_places(program: &std::path::Path) -> Vec<String> {
    let scratch = Scratch::new();
    let log = scratch.at("log");
    let calls = "trace=mkdir,mkdirat,open,openat,openat2,creat,mknod,mknodat,symlink,symlinkat,\
                 rename,renameat,renameat2,unlink,unlinkat,link,linkat,chdir,mount";
    let bwrap = Bwrap::of("strace")
        .args(["-f", "-qq", "-o", &log, "-e", calls])
        .args([program]);
    let bwrap = bwrap
        .args(roots::system())
        .args(["--proc", "/proc", "--dev", "/dev"]);
    let bwrap = bwrap
        .fd(8, fds::data(b"x"))
        .args(["--ro-bind-data", "8", "/data"]);
    let bwrap = bwrap.args(["--unshare-all", "--tmpfs", "/inside"]);
    bwrap
        .without_env("XDG_RUNTIME_DIR")
        .args(["true"])
        .finish()
        .success();
    let log = fs::read_to_string(&log).expect("the log");
    assert!(log.lines().count() > 3, "{log}");
    let shared = ["\"/tmp", "\"/var/tmp", "\"/dev/shm", "\"/run/user"];
    let lines = log
        .lines()
        .filter(|line| shared.iter().any(|place| line.contains(place)));
    lines.map(str::to_owned).collect()
}

escape!(no_name_in_a_shared_directory_is_used, {
    // CVE-2019-12439, CVE-2026-3888: who made it first would own it.
    let none: Vec<String> = Vec::new();
    assert_eq!(made_in_shared_places(ours()), none);
    if let Some(original) = original() {
        // It mounts its new root on /tmp, which is safe, and shows that the search finds.
        assert_ne!(made_in_shared_places(&original), none, "the control");
    }
});

escape!(hostile_names_in_a_shared_directory_do_no_harm, {
    let scratch = Scratch::new();
    let canary = Canary::new(&scratch);
    let id = rustix::process::getuid().as_raw();
    let names = [format!("/tmp/.bubblewrap-{id}"), format!("/tmp/.aril-{id}")];
    for name in &names {
        symlink(canary.path(), name).expect("make a hostile name");
    }
    let done = roots::bare(ours())
        .without_env("XDG_RUNTIME_DIR")
        .args(["echo", "ran"])
        .finish();
    for name in &names {
        fs::remove_file(name).expect("remove it");
    }
    assert_eq!(done.success().stdout, "ran\n");
    canary.unchanged("a hostile name was followed");
});

/// Kilobytes that a process has in memory.
fn resident(pid: &str) -> u64 {
    let status = fs::read_to_string(format!("/proc/{pid}/status")).expect("its status");
    let line = status
        .lines()
        .find(|line| line.starts_with("VmRSS:"))
        .expect("its memory");
    line.split_whitespace()
        .nth(1)
        .expect("a number")
        .parse()
        .expect("kilobytes")
}

escape!(the_supervisors_do_not_grow, {
    let script = "use POSIX; $| = 1; print qq(ready\\n); <STDIN>; \
         for (1..10) { for (1..1000) { my $p = fork; if (!$p) { fork; POSIX::_exit(0) } \
         push @p, $p } waitpid $_, 0 for @p; @p = (); kill 'USR1', 1; kill 'CHLD', 1; } \
         print qq(done\\n); <STDIN>";
    let (input, output) = fds::pipe();
    let bwrap = roots::bare(ours()).args(["--unshare-pid", "--proc", "/proc", "--dev", "/dev"]);
    let bwrap = bwrap.stdin(std::process::Stdio::from(input));
    let mut running = bwrap.args(["perl", "-e", script]).spawn();
    running.says("ready");
    let launcher = running.pid().as_raw_nonzero().to_string();
    let children = format!("/proc/{launcher}/task/{launcher}/children");
    let init = fs::read_to_string(children)
        .expect("its children")
        .trim()
        .to_owned();
    let pids = [launcher, init];
    let before = pids.each_ref().map(|pid| resident(pid));
    rustix::io::write(&output, b"go\n").expect("let it go on");
    running.says("done");
    let after = pids.each_ref().map(|pid| resident(pid));
    for (before, after) in before.iter().zip(after) {
        assert!(after <= before + 64, "{before} kB became {after} kB");
    }
    let zombies = Bwrap::of("ps")
        .args(["-o", "stat=", "--ppid", &pids[1]])
        .finish()
        .stdout;
    assert!(!zombies.contains('Z'), "init reaps: {zombies}");
    drop(output);
    running.wait().success();
});
