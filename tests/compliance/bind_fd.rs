//! `--bind-fd`, `--ro-bind-fd`: flatpak's answer to CVE-2024-42472, where a source was exchanged
//! for a symlink between the check and the bind.

use crate::judge::compliance;
use crate::roots::{bare, host};
use aril_tests::{Scratch, fds};
use std::fs;
use std::sync::atomic::{AtomicBool, Ordering};

compliance!(a_directory_is_bound, {
    let scratch = Scratch::new();
    scratch.file("file", "found");
    for (option, read_only) in [("--bind-fd", false), ("--ro-bind-fd", true)] {
        for fd in [fds::open(scratch.path()), fds::open_path(scratch.path())] {
            let facts = bare().fd(9, fd).args([option, "9", "/x"]).facts();
            let mount = facts.mount("/x");
            assert_eq!(mount.has("ro"), read_only, "{option}");
            assert!(mount.has("nosuid") && mount.has("nodev"), "{option}");
            assert!(!facts.fds().contains_key(&9), "the descriptor is closed");
        }
        let bwrap = bare()
            .fd(9, fds::open(scratch.path()))
            .args([option, "9", "/x"]);
        assert_eq!(bwrap.shell("cat /x/file"), "found");
    }
});

compliance!(a_file_is_bound, {
    let scratch = Scratch::new();
    let file = scratch.file("file", "found");
    let bwrap = bare()
        .fd(9, fds::open_path(&file))
        .args(["--ro-bind-fd", "9", "/x"]);
    assert_eq!(bwrap.shell("cat /x"), "found");
});

compliance!(what_is_not_open_is_refused, {
    let done = host().args(["--bind-fd", "99", "/tmp", "true"]).finish();
    done.refused("Can't find source path /proc/self/fd/99: No such file or directory");
});

compliance!(an_exchanged_directory_is_never_bound, {
    // The name is moved away and replaced all the time: the original inode or a clean failure.
    let scratch = Scratch::new();
    let (right, wrong) = (scratch.dir("right"), scratch.dir("wrong"));
    scratch.file("right/name", "right");
    scratch.file("wrong/name", "wrong");
    let away = scratch.at("away");
    let stop = AtomicBool::new(false);
    std::thread::scope(|scope| {
        scope.spawn(|| {
            while !stop.load(Ordering::Relaxed) {
                fs::rename(&right, &away).expect("move away");
                std::os::unix::fs::symlink(&wrong, &right).expect("replace");
                fs::remove_file(&right).expect("remove the symlink");
                fs::rename(&away, &right).expect("move back");
            }
        });
        for _ in 0..20 {
            let fd = loop {
                // Opening by name would race as well.
                let fd = fds::open_path(scratch.path());
                let flags = rustix::fs::OFlags::PATH | rustix::fs::OFlags::NOFOLLOW;
                let opened = ["right", "away"].into_iter().find_map(|name| {
                    let flags = flags | rustix::fs::OFlags::DIRECTORY | rustix::fs::OFlags::CLOEXEC;
                    rustix::fs::openat(&fd, name, flags, rustix::fs::Mode::empty()).ok()
                });
                if let Some(opened) = opened {
                    break opened;
                }
            };
            let bwrap = bare()
                .fd(9, fd)
                .args(["--bind-fd", "9", "/x", "cat", "/x/name"]);
            let done = bwrap.finish();
            assert!(done.stdout == "right" || done.code() == 1, "{done:?}");
        }
        stop.store(true, Ordering::Relaxed);
    });
});
