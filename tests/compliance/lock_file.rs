//! `--lock-file`: flatpak holds a read lock on a deployed application while it runs, so that an
//! update does not remove it.

use crate::judge::compliance;
use crate::roots::{bare, host};
use aril_tests::{Scratch, wait};
use rustix::fs::{FlockOperation, fcntl_lock};
use std::fs::{self, OpenOptions};
use std::os::unix::fs::MetadataExt;
use std::process::Stdio;
use std::time::Duration;

/// Whether somebody holds a read lock on a file, by the kernel's table.
fn is_locked(path: &str) -> bool {
    let inode = format!(
        ":{} ",
        fs::metadata(path).expect("stat the lock file").ino()
    );
    let locks = fs::read_to_string("/proc/locks").expect("the kernel's locks");
    locks
        .lines()
        .any(|line| line.contains(&inode) && line.contains(" READ "))
}

compliance!(it_is_locked_while_the_sandbox_runs, {
    for namespace in ["--unshare-pid", "--unshare-ipc"] {
        let scratch = Scratch::new();
        let (one, two) = (scratch.file("one", ""), scratch.file("two", ""));
        let args = [namespace, "--lock-file", &one, "--lock-file", &two, "cat"];
        let mut running = host().args(args).stdin(Stdio::piped()).spawn();
        wait::until("both files are locked", || {
            is_locked(&one) && is_locked(&two)
        });
        let file = OpenOptions::new()
            .write(true)
            .open(&one)
            .expect("open the lock file");
        let refused = fcntl_lock(&file, FlockOperation::NonBlockingLockExclusive);
        assert!(refused.is_err(), "{namespace}: a write lock is refused");
        running.close_stdin();
        running.wait().success();
        wait::until("the lock is free", || !is_locked(&one) && !is_locked(&two));
    }
});

compliance!(the_name_is_one_of_the_sandbox, {
    let scratch = Scratch::new();
    let file = scratch.file("file", "");
    let bwrap = bare().args([
        "--ro-bind",
        &file,
        "/inside",
        "--lock-file",
        "/inside",
        "cat",
    ]);
    let running = bwrap.stdin(Stdio::piped()).spawn();
    wait::until("the file is locked", || is_locked(&file));
    drop(running);
});

compliance!(a_missing_file_is_named, {
    let done = bare()
        .args(["--lock-file", "/nonexistent", "sleep", "0.2"])
        .finish();
    done.refused("Unable to open lock file /nonexistent: No such file or directory");
});

compliance!(the_command_never_runs_without_the_lock, {
    let scratch = Scratch::new();
    let path = scratch.path().to_str().expect("a path that is text");
    let args = ["--bind", path, "/x", "--lock-file", "/nonexistent"];
    for _ in 0..5 {
        // The original's init dies, and the command lives on and works without the lock.
        let bwrap = bare().args(args).args(["sh", "-c", "echo ran >/x/ran"]);
        assert_eq!(bwrap.spawn_detached().code(), 1);
    }
    std::thread::sleep(Duration::from_millis(500));
    assert!(fs::metadata(scratch.at("ran")).is_err(), "the command ran");
});

compliance!(it_needs_an_init, {
    let args = [
        "--unshare-pid",
        "--as-pid-1",
        "--lock-file",
        "/etc/passwd",
        "true",
    ];
    let done = host().args(args).finish();
    done.refused("Specifying --as-pid-1 and --lock-file is not permitted");
});
