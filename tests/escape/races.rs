//! The tree is changed while the set-up looks at it: a directory becomes a symlink and is one
//! again (runc CVE-2021-30465 and its kin), a source is another one (CVE-2024-42472, H7).

use crate::control::{escape, original_before, ours};
use aril_tests::{Bwrap, Canary, Scratch, fds, roots};
use rustix::fs::{CWD, RenameFlags, renameat_with};
use std::fs;
use std::os::unix::fs::symlink;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

/// How many set-ups are raced, and how long at most.
const SET_UPS: usize = 2000;
const MOST_TIME: Duration = Duration::from_secs(12);

/// Exchanges two names all the time while `body` runs.
fn exchanging(one: &str, other: &str, body: impl FnOnce()) {
    struct Stop<'a>(&'a AtomicBool);
    impl Drop for Stop<'_> {
        fn drop(&mut self) {
            self.0.store(true, Ordering::Relaxed);
        }
    }
    let stop = AtomicBool::new(false);
    std::thread::scope(|scope| {
        scope.spawn(|| {
            while !stop.load(Ordering::Relaxed) {
                renameat_with(CWD, one, CWD, other, RenameFlags::EXCHANGE).expect("exchange");
                // Lets the set-up get on where there is but one processor.
                std::thread::yield_now();
            }
        });
        // A failing test must stop the thread, too.
        let stopping = Stop(&stop);
        body();
        drop(stopping);
    });
}

/// One set-up with several kinds of steps below `/mnt/name`, which is exchanged meanwhile.
fn set_up(program: &Path, evil: &str) -> Bwrap {
    let words = "--dir /mnt/name/a --file 8 /mnt/name/file --tmpfs /mnt/name/t \
                 --symlink x /mnt/name/l --ro-bind-data 9 /mnt/name/data --chmod 0777 /mnt/name";
    roots::host(program)
        .fd(8, fds::data(b"written"))
        .fd(9, fds::data(b"written"))
        .args(["--bind", evil, "/mnt"])
        .args(words.split_whitespace())
        .args(["true"])
}

/// A directory and a symlink that leads to the canary through the old root, and around it.
struct Place {
    scratch: Scratch,
    canary: Canary,
    evil: String,
}

impl Place {
    fn new(way: &str) -> Self {
        let scratch = Scratch::new();
        let canary = Canary::new(&scratch);
        let evil = scratch.dir("evil");
        scratch.dir("evil/name");
        symlink(format!("{way}{}", canary.path()), scratch.at("evil/other"))
            .expect("make a symlink");
        Self {
            scratch,
            canary,
            evil,
        }
    }

    fn names(&self) -> (String, String) {
        (self.scratch.at("evil/name"), self.scratch.at("evil/other"))
    }
}

escape!(a_directory_that_becomes_a_symlink_leads_nowhere, {
    let end = Instant::now() + MOST_TIME;
    // An old root elsewhere, the root before the pivot, and too many dots.
    let ways = ["/oldroot", "", "../../../../../../.."];
    let mut done = [0; 2];
    for (index, way) in ways.into_iter().enumerate() {
        let place = Place::new(way);
        let (name, other) = place.names();
        let enough = SET_UPS * (index + 1) / ways.len();
        exchanging(&name, &other, || {
            while done[0] + done[1] < enough && Instant::now() < end {
                let finished = set_up(ours(), &place.evil).finish();
                assert!(matches!(finished.code(), 0 | 1), "{finished:?}");
                done[usize::from(finished.code() == 0)] += 1;
                place.canary.unchanged("a set-up was led out of the root");
            }
        });
    }
    assert!(done[0] > 0 && done[1] > 0, "both were found: {done:?}");
});

escape!(control_it_leads_the_original_to_the_host, {
    let Some(original) = original_before(12, 0) else {
        return;
    };
    let place = Place::new("/oldroot");
    let (name, other) = place.names();
    exchanging(&name, &other, || {
        let reached = (0..SET_UPS).any(|_| {
            set_up(&original, &place.evil).finish();
            place.canary.is_changed()
        });
        assert!(reached, "no set-up of {SET_UPS} was led out of the root");
    });
});

/// Runs a bind of `source` at `/x` while another directory takes turns under its name, until
/// enough; returns what the payload found at the name.
fn bind_raced(times: usize, bind: impl Fn(&str) -> Bwrap) -> Vec<String> {
    let scratch = Scratch::new();
    let (right, wrong) = (scratch.dir("right"), scratch.dir("wrong"));
    scratch.file("right/name", "right");
    scratch.file("wrong/name", "wrong");
    let link = scratch.at("link");
    symlink(&wrong, &link).expect("make a symlink");
    let mut found = Vec::new();
    exchanging(&right, &link, || {
        for _ in 0..times {
            let done = bind(&right).args(["cat", "/x/name"]).finish();
            assert!(matches!(done.code(), 0 | 1), "{done:?}");
            found.push(done.stdout);
        }
    });
    found
}

/// Opens the directory itself, whatever its name is now.
fn open_right(path: &str) -> std::os::fd::OwnedFd {
    use rustix::fs::{Mode, OFlags, open};
    let flags = OFlags::PATH | OFlags::NOFOLLOW | OFlags::DIRECTORY | OFlags::CLOEXEC;
    loop {
        if let Ok(fd) = open(path, flags, Mode::empty()) {
            return fd;
        }
    }
}

escape!(a_bound_descriptor_is_the_original_or_nothing, {
    let found = bind_raced(200, |right| {
        roots::bare(ours())
            .fd(9, open_right(right))
            .args(["--bind-fd", "9", "/x"])
    });
    assert!(
        found.iter().all(|name| name == "right" || name.is_empty()),
        "{found:?}"
    );
    assert!(found.iter().any(|name| name == "right"), "{found:?}");
});

escape!(control_a_bound_path_is_exchanged, {
    let found = bind_raced(200, |right| {
        roots::bare(ours()).args(["--bind", right, "/x"])
    });
    assert!(found.iter().any(|name| name == "wrong"), "{found:?}");
});

escape!(descriptors_of_what_has_no_name_are_refused_or_right, {
    // H7: a device and an inode number say nothing of an anonymous or a removed file.
    let scratch = Scratch::new();
    let removed = scratch.file("removed", "right");
    let fd = fds::open_path(&removed);
    fs::remove_file(&removed).expect("remove the file");
    // What stands under its name now, even with ` (deleted)` behind, must not be taken.
    scratch.file("removed", "wrong");
    scratch.file("removed (deleted)", "wrong");
    for fd in [fd, fds::data(b"right")] {
        let bwrap = roots::bare(ours()).fd(9, fd);
        let done = bwrap
            .args(["--ro-bind-fd", "9", "/x", "cat", "/x"])
            .finish();
        assert!(
            done.stdout == "right" || done.code() == 1 && done.stdout.is_empty(),
            "{done:?}"
        );
    }
});
