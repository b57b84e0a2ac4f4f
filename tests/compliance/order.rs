//! Operations on the file system happen in the order of the words: clients cover and uncover.

use crate::judge::compliance;
use crate::roots::bare;
use aril_tests::{Bwrap, Scratch, fds};

compliance!(a_later_mount_covers_an_earlier_one, {
    let args = [
        "--dir", "/a", "--tmpfs", "/a", "--dir", "/a/x", "--bind", "/etc", "/a",
    ];
    let out = bare()
        .args(args)
        .shell("test -e /a/passwd && ! test -e /a/x && echo covered");
    assert_eq!(out, "covered");
});

compliance!(a_bind_after_its_content_hides_it, {
    let scratch = Scratch::new();
    let path = scratch.path().to_str().expect("a path that is text");
    let bwrap = bare().args(["--dir", "/a/inside", "--bind", path, "/a"]);
    assert_eq!(bwrap.shell("ls /a"), "");
    assert!(!std::path::Path::new(&scratch.at("inside")).exists());
});

compliance!(a_hole_can_be_cut_into_a_read_only_bind, {
    let scratch = Scratch::new();
    scratch.dir("in/hole");
    let (outer, hole) = (scratch.at("in"), scratch.at("in/hole"));
    let bwrap = bare().args(["--ro-bind", &outer, "/in", "--bind", &hole, "/in/hole"]);
    bwrap.shell("echo written >/in/hole/file; ! (echo x >/in/file) 2>&-");
    assert_eq!(scratch.read("in/hole/file"), "written\n");
});

compliance!(a_parent_bound_later_covers_the_hole, {
    let scratch = Scratch::new();
    scratch.dir("in/hole");
    let (outer, hole) = (scratch.at("in"), scratch.at("in/hole"));
    let bwrap = bare().args(["--bind", &hole, "/in/hole", "--ro-bind", &outer, "/in"]);
    assert_eq!(
        bwrap.shell("(echo x >/in/hole/file) 2>&- || echo refused"),
        "refused"
    );
});

compliance!(files_are_made_between_mounts, {
    let bwrap = bare().fd(8, fds::data(b"one")).fd(9, fds::data(b"two"));
    let args = [
        "--file",
        "8",
        "/a/f",
        "--tmpfs",
        "/b",
        "--file",
        "9",
        "/b/f",
        "--remount-ro",
        "/b",
    ];
    assert_eq!(bwrap.args(args).shell("cat /a/f /b/f"), "onetwo");
});

compliance!(the_first_failure_stops_and_is_the_only_message, {
    let args = ["--chmod", "700", "/one", "--chmod", "700", "/two", "true"];
    bare()
        .args(args)
        .finish()
        .refused("Can't chmod 0700 /one: No such file or directory");
});

compliance!(sources_are_checked_before_any_operation, {
    let args = [
        "--chmod",
        "700",
        "/one",
        "--bind",
        "/nonexistent",
        "/x",
        "true",
    ];
    let text = "Can't find source path /nonexistent: No such file or directory";
    bare().args(args).finish().refused(text);
});

compliance!(namespaces_need_no_order, {
    let args = [
        "--hostname",
        "seed",
        "--uid",
        "5",
        "--unshare-uts",
        "--unshare-user",
    ];
    let facts = Bwrap::new()
        .args(args)
        .args(["--ro-bind", "/", "/"])
        .facts();
    assert_eq!((facts.hostname.as_str(), facts.uid.0), ("seed", 5));
});

compliance!(a_bind_on_the_root_covers_everything, {
    let bwrap = bare().args(["--dir", "/before", "--ro-bind", "/", "/"]);
    assert_eq!(bwrap.shell("test -e /before || echo covered"), "covered");
});
