//! `--symlink`.

use crate::judge::compliance;
use crate::roots::{bare, host};

compliance!(it_is_made_as_it_is_written, {
    let out = bare()
        .args(["--symlink", "../x y", "/a/b"])
        .shell("readlink /a/b");
    assert_eq!(out, "../x y");
});

compliance!(the_same_link_may_be_there_already, {
    bare()
        .args(["--symlink", "x", "/a", "--symlink", "x", "/a", "true"])
        .finish()
        .success();
});

compliance!(another_link_is_an_error, {
    let done = bare()
        .args(["--symlink", "x", "/a", "--symlink", "y", "/a", "true"])
        .finish();
    done.refused("Can't make symlink at /a: existing destination is x");
});

compliance!(anything_else_is_an_error, {
    let done = bare().args(["--symlink", "x", "/usr", "true"]).finish();
    done.refused("Can't make symlink at /usr: destination exists and is not a symlink");
});

compliance!(later_operations_follow_it, {
    let args = [
        "--dir",
        "/real",
        "--symlink",
        "real",
        "/link",
        "--dir",
        "/link/sub",
    ];
    assert_eq!(bare().args(args).shell("ls /real"), "sub");
    let args = [
        "--dir",
        "/real",
        "--symlink",
        "real",
        "/link",
        "--bind",
        "/etc",
        "/link",
    ];
    assert!(!bare().args(args).facts().mounts_at("/real").is_empty());
});

compliance!(an_absolute_one_is_followed_inside_the_root, {
    let args = [
        "--dir",
        "/real",
        "--symlink",
        "/real",
        "/link",
        "--dir",
        "/link/sub",
    ];
    assert_eq!(bare().args(args).shell("ls /real"), "sub");
    let args = [
        "--dir",
        "/real",
        "--symlink",
        "/real",
        "/link",
        "--bind",
        "/etc",
        "/link",
    ];
    assert!(!bare().args(args).facts().mounts_at("/real").is_empty());
});

compliance!(a_read_only_place_is_an_error, {
    let done = host()
        .args(["--symlink", "x", "/usr/aril-nonexistent", "true"])
        .finish();
    done.refused("Can't make symlink at /usr/aril-nonexistent: Read-only file system");
});
