//! Where a target lies: always in the new root, with or without its first slash, and never, by
//! whatever name, outside of it.

use crate::judge::compliance;
use crate::roots::{bare, host};
use aril_tests::{Scratch, fds};
use std::fs;
use std::os::unix::fs::symlink;
use std::path::Path;

compliance!(a_relative_target_is_relative_to_the_root, {
    // ansible-runner: `--dev-bind /dev dev`.
    let bwrap = bare()
        .current_dir("/usr")
        .args(["--dir", "a/b", "--bind", "/etc", "a/etc"]);
    let facts = bwrap
        .args(["--symlink", "x", "a/link", "--tmpfs", "t", "--dev", "dev"])
        .facts();
    for target in ["/a/etc", "/t", "/dev", "/dev/null"] {
        assert_eq!(facts.mounts_at(target).len(), 1, "{target}");
    }
});

compliance!(more_slashes_are_one, {
    let facts = bare().args(["--tmpfs", "///a//b/", "--dir", "//c"]).facts();
    assert_eq!(facts.mounts_at("/a/b").len(), 1);
});

compliance!(a_file_bound_on_a_directory_is_refused, {
    let done = bare()
        .args(["--dir", "/d", "--ro-bind", "/etc/passwd", "/d", "true"])
        .finish();
    assert_eq!(
        done.stderr,
        "bwrap: Can't create file at /d: Is a directory\n"
    );
    assert_eq!(done.code(), 1);
});

compliance!(a_directory_bound_on_a_file_is_refused, {
    let args = [
        "--ro-bind",
        "/etc/passwd",
        "/f",
        "--ro-bind",
        "/etc",
        "/f",
        "true",
    ];
    let done = bare().args(args).finish();
    assert_eq!(done.stderr, "bwrap: Can't mkdir /f: Not a directory\n");
    assert_eq!(done.code(), 1);
});

compliance!(a_target_below_a_file_is_refused, {
    let args = ["--ro-bind", "/etc/passwd", "/f", "--dir", "/f/x/y", "true"];
    let done = bare().args(args).finish();
    done.refused("Can't mkdir parents for /f/x/y: Not a directory");
});

compliance!(a_mount_point_that_is_left_on_the_host_is_empty_and_0444, {
    let scratch = Scratch::new();
    let path = scratch.path().to_str().expect("a path that is text");
    let bwrap = bare().args(["--bind", path, "/x", "--ro-bind", "/etc/passwd", "/x/f"]);
    assert_eq!(bwrap.shell("test -s /x/f && echo bound"), "bound");
    if let Ok(left) = fs::symlink_metadata(scratch.at("f")) {
        assert_eq!((scratch.mode("f"), left.len()), (0o444, 0));
    }
});

compliance!(mount_points_are_made_in_a_writable_bind, {
    let scratch = Scratch::new();
    let path = scratch.path().to_str().expect("a path that is text");
    let args = [
        "--bind",
        path,
        "/x",
        "--dir",
        "/x/a",
        "--symlink",
        "t",
        "/x/l",
        "true",
    ];
    bare().args(args).finish().success();
    assert!(Path::new(&scratch.at("a")).is_dir());
    assert_eq!(
        fs::read_link(scratch.at("l")).expect("a link"),
        Path::new("t")
    );
});

/// Nothing may appear on the host below this directory, whatever the target's name.
fn stays_inside(target: impl Fn(&str) -> String) {
    let scratch = Scratch::new();
    let host_path = scratch.at("made");
    let target = target(&host_path);
    for operation in [
        &["--dir"][..],
        &["--symlink", "x"],
        &["--file", "9"],
        &["--tmpfs"],
    ] {
        let bwrap = host()
            .fd(9, fds::data(b"written"))
            .args(["--tmpfs", "/mnt"]);
        let done = bwrap
            .args(operation)
            .args([target.as_str(), "true"])
            .finish();
        let made = fs::symlink_metadata(&host_path).is_ok();
        assert!(!made, "{operation:?} {target} reached the host: {done:?}");
    }
}

compliance!(dots_in_a_target_stay_inside, {
    stays_inside(|path| format!("/../oldroot{path}"))
});

compliance!(dots_after_a_directory_stay_inside, {
    stays_inside(|path| format!("/mnt/../../oldroot{path}"));
});

compliance!(a_symlink_in_a_writable_directory_stays_inside, {
    // CVE-2026-87766: what a bind brings in must not lead operations out.
    let scratch = Scratch::new();
    let (evil, precious) = (scratch.dir("evil"), scratch.dir("precious"));
    fs::write(scratch.at("precious/file"), "precious").expect("write a file");
    let before = fs::metadata(&precious).expect("stat").permissions();
    symlink(format!("/oldroot{precious}"), scratch.at("evil/link")).expect("make a symlink");
    for operation in [
        &["--dir", "/mnt/link/made"][..],
        &["--symlink", "x", "/mnt/link/made"],
        &["--file", "9", "/mnt/link/made"],
        &["--file", "9", "/mnt/link/file"],
        &["--chmod", "777", "/mnt/link"],
    ] {
        let bwrap = host()
            .fd(9, fds::data(b"written"))
            .args(["--bind", &evil, "/mnt"]);
        let done = bwrap.args(operation).args(["true"]).finish();
        assert!(
            !Path::new(&scratch.at("precious/made")).exists(),
            "{operation:?}: {done:?}"
        );
        assert_eq!(
            scratch.read("precious/file"),
            "precious",
            "{operation:?}: {done:?}"
        );
        let after = fs::metadata(&precious).expect("stat").permissions();
        assert_eq!(before, after, "{operation:?}: {done:?}");
    }
});

compliance!(a_symlink_on_the_way_is_followed_inside, {
    let scratch = Scratch::new();
    let path = scratch.path().to_str().expect("a path that is text");
    scratch.dir("real");
    symlink("real", scratch.at("link")).expect("make a symlink");
    bare()
        .args(["--bind", path, "/x", "--dir", "/x/link/made", "true"])
        .finish()
        .success();
    assert!(Path::new(&scratch.at("real/made")).is_dir());
});
