//! `--dir`, and the modes of directories that are made on the way to a target.

use crate::judge::compliance;
use crate::roots::{bare, host};
use aril_tests::{Bwrap, Scratch, fds, under_test};

fn modes(args: &[&str], paths: &str) -> String {
    bare()
        .args(args)
        .shell(&format!("stat -c %a {paths} | tr '\\n' ' '"))
        .trim()
        .to_owned()
}

compliance!(it_is_made_with_mode_755, {
    assert_eq!(modes(&["--dir", "/a/b"], "/a /a/b"), "755 755");
});

compliance!(perms_set_its_mode, {
    assert_eq!(modes(&["--perms", "1711", "--dir", "/a"], "/a"), "1711");
});

compliance!(an_existing_directory_is_left_alone, {
    let args = [
        "--perms", "700", "--dir", "/a", "--perms", "777", "--dir", "/a",
    ];
    assert_eq!(modes(&args, "/a"), "700");
    bare().args(["--dir", "/usr", "true"]).finish().success();
});

compliance!(an_existing_file_is_an_error, {
    let scratch = Scratch::new();
    let file = scratch.file("file", "");
    let done = bare()
        .args(["--bind", &file, "/f", "--dir", "/f", "true"])
        .finish();
    assert!(
        done.stderr.starts_with("bwrap: Can't mkdir /f: "),
        "{done:?}"
    );
    assert_eq!(done.code(), 1);
});

compliance!(a_read_only_place_is_an_error, {
    let done = host()
        .args(["--dir", "/usr/aril-nonexistent", "true"])
        .finish();
    done.refused("Can't mkdir /usr/aril-nonexistent: Read-only file system");
    let done = host()
        .args(["--dir", "/usr/aril-nonexistent/x", "true"])
        .finish();
    done.refused("Can't mkdir parents for /usr/aril-nonexistent/x: Read-only file system");
});

compliance!(the_umask_binds_the_command_only, {
    let program = under_test::path().to_str().expect("a path that is text");
    let script = "umask 077; exec \"$@\"";
    let bwrap = || Bwrap::of("sh").args(["-c", script, "sh", program, "--ro-bind", "/", "/"]);
    assert_eq!(bwrap().facts().umask, 0o077);
    let args = [
        "--tmpfs", "/mnt", "--perms", "777", "--dir", "/mnt/a", "--dir", "/mnt/b/c",
    ];
    let out = bwrap()
        .args(args)
        .shell("stat -c %a /mnt /mnt/a /mnt/b /mnt/b/c | tr '\\n' ' '");
    assert_eq!(out.trim(), "755 777 755 755");
});

compliance!(parents_follow_the_mode_of_what_is_made, {
    assert_eq!(
        modes(&["--perms", "700", "--dir", "/a/b/c"], "/a /a/b"),
        "700 700"
    );
    assert_eq!(modes(&["--perms", "750", "--dir", "/a/b"], "/a"), "750");
    assert_eq!(modes(&["--perms", "705", "--dir", "/a/b"], "/a"), "705");
    assert_eq!(modes(&["--perms", "777", "--dir", "/a/b"], "/a"), "755");
    assert_eq!(modes(&["--tmpfs", "/a/b"], "/a"), "755");
    assert_eq!(modes(&["--perms", "700", "--tmpfs", "/a/b"], "/a"), "700");
});

compliance!(parents_of_files_follow_their_mode, {
    let mode = |option: &str, perms: &[&str]| {
        let bwrap = bare()
            .fd(9, fds::data(b""))
            .args(perms)
            .args([option, "9", "/a/f"]);
        bwrap.shell("stat -c %a /a")
    };
    assert_eq!(mode("--file", &[]), "755");
    assert_eq!(mode("--file", &["--perms", "640"]), "750");
    assert_eq!(mode("--bind-data", &[]), "700");
    assert_eq!(mode("--ro-bind-data", &["--perms", "644"]), "755");
});

compliance!(parents_of_other_operations_are_700, {
    // Written down nowhere, and depended on: flatpak's /run/user/UID is private by it.
    assert_eq!(modes(&["--bind", "/etc", "/a/b"], "/a"), "700");
    assert_eq!(modes(&["--ro-bind", "/etc/passwd", "/a/b"], "/a"), "700");
    assert_eq!(modes(&["--symlink", "x", "/a/b"], "/a"), "700");
    assert_eq!(modes(&["--dev", "/a/b"], "/a"), "700");
    assert_eq!(modes(&["--proc", "/a/b"], "/a"), "700");
});
