//! `--file`, `--bind-data`, `--ro-bind-data`: files made from a descriptor. flatpak makes
//! `/.flatpak-info` and `/etc/passwd` so.

use crate::judge::compliance;
use crate::roots::{bare, host};
use aril_tests::{Bwrap, Scratch, fds};

fn with(option: &str, perms: &[&str]) -> Bwrap {
    bare()
        .fd(9, fds::data(b"content"))
        .args(perms)
        .args([option, "9", "/d/f"])
}

compliance!(the_content_is_copied, {
    for option in ["--file", "--bind-data", "--ro-bind-data"] {
        assert_eq!(with(option, &[]).shell("cat /d/f"), "content", "{option}");
        assert!(
            !with(option, &[]).facts().fds().contains_key(&9),
            "{option} closes its source"
        );
    }
});

compliance!(the_modes_are_666_and_600, {
    let mode = |option, perms: &[&str]| with(option, perms).shell("stat -c %a /d/f");
    assert_eq!(mode("--file", &[]), "666");
    assert_eq!(mode("--bind-data", &[]), "600");
    assert_eq!(mode("--ro-bind-data", &[]), "600");
    for option in ["--file", "--bind-data", "--ro-bind-data"] {
        assert_eq!(mode(option, &["--perms", "1751"]), "1751", "{option}");
    }
});

compliance!(bound_data_is_a_mount_without_a_name, {
    for (option, read_only) in [("--bind-data", false), ("--ro-bind-data", true)] {
        let facts = with(option, &[]).facts();
        let mount = facts.mount("/d/f");
        assert_eq!(mount.has("ro"), read_only, "{option}: {mount:?}");
        assert!(
            mount.has("nosuid") && mount.has("nodev"),
            "{option}: {mount:?}"
        );
    }
    assert!(
        with("--file", &[]).facts().mounts_at("/d/f").is_empty(),
        "--file is no mount"
    );
});

compliance!(only_ro_bind_data_is_read_only, {
    let script = "(echo x >/d/f) 2>&- && echo written || echo refused";
    assert_eq!(with("--file", &[]).shell(script), "written");
    assert_eq!(with("--bind-data", &[]).shell(script), "written");
    assert_eq!(
        with("--ro-bind-data", &["--perms", "666"]).shell(script),
        "refused"
    );
});

compliance!(a_file_writes_through_to_a_bind_and_truncates, {
    let scratch = Scratch::new();
    scratch.file("f", "much longer than the new content");
    let path = scratch.path().to_str().expect("a path that is text");
    let bwrap = bare()
        .fd(9, fds::data(b"new"))
        .args(["--bind", path, "/x", "--file", "9", "/x/f"]);
    bwrap.args(["true"]).finish().success();
    assert_eq!(scratch.read("f"), "new");
});

compliance!(data_covers_an_existing_file_without_changing_it, {
    let scratch = Scratch::new();
    scratch.file("f", "old");
    let path = scratch.path().to_str().expect("a path that is text");
    for option in ["--bind-data", "--ro-bind-data"] {
        let bwrap = bare()
            .fd(9, fds::data(b"new"))
            .args(["--bind", path, "/x", option, "9", "/x/f"]);
        assert_eq!(bwrap.shell("cat /x/f"), "new");
        assert_eq!(scratch.read("f"), "old");
    }
});

compliance!(a_descriptor_is_used_once, {
    let args = ["--file", "9", "/a", "--file", "9", "/b", "true"];
    let done = bare().fd(9, fds::data(b"")).args(args).finish();
    done.refused("Can't write data to file /b: Bad file descriptor");
});

compliance!(a_closed_descriptor_is_refused, {
    for option in ["--file", "--bind-data", "--ro-bind-data"] {
        let done = bare().args([option, "99", "/f", "true"]).finish();
        done.refused("Can't write data to file /f: Bad file descriptor");
    }
});

compliance!(a_read_only_place_is_refused, {
    let done = host()
        .fd(9, fds::data(b""))
        .args(["--file", "9", "/usr/aril-f", "true"])
        .finish();
    done.refused("Can't create file /usr/aril-f: Read-only file system");
    for option in ["--bind-data", "--ro-bind-data"] {
        let done = host()
            .fd(9, fds::data(b""))
            .args([option, "9", "/usr/aril-f", "true"])
            .finish();
        done.refused("Can't create file at /usr/aril-f: Read-only file system");
    }
});

compliance!(a_long_pipe_is_copied_whole, {
    let (read, write) = fds::pipe();
    let long = "0123456789".repeat(100_000);
    let bwrap = bare().fd(9, read).args(["--ro-bind-data", "9", "/f"]);
    let writer = std::thread::spawn(move || aril_tests::run::write_and_close(write, &long));
    assert_eq!(bwrap.shell("wc -c </f"), "1000000");
    writer.join().expect("the writer");
});
