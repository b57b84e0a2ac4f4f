//! `--remount-ro`: one mount only, after writes into it are done.

use crate::judge::compliance;
use crate::roots::{bare, host};

compliance!(one_mount_becomes_read_only, {
    let args = [
        "--tmpfs",
        "/t",
        "--dir",
        "/t/before",
        "--tmpfs",
        "/t/below",
        "--remount-ro",
        "/t",
    ];
    let facts = bare().args(args).facts();
    let mount = facts.mount("/t");
    assert!(
        mount.has("ro") && mount.has("nosuid") && mount.has("nodev"),
        "{mount:?}"
    );
    assert!(!facts.mount("/t/below").has("ro"), "it is not recursive");
});

compliance!(later_operations_cannot_write, {
    let done = bare().args([
        "--tmpfs",
        "/t",
        "--remount-ro",
        "/t",
        "--dir",
        "/t/x",
        "true",
    ]);
    done.finish()
        .refused("Can't mkdir /t/x: Read-only file system");
});

compliance!(the_root_can_be_remounted, {
    let out = bare()
        .args(["--remount-ro", "/"])
        .shell("mkdir /x 2>&1 || true");
    assert!(out.ends_with("Read-only file system"), "{out}");
});

compliance!(it_needs_a_mount_point, {
    let done = host().args(["--remount-ro", "/usr/lib", "true"]).finish();
    let path = "/newroot/usr/lib";
    let text =
        format!("Can't remount readonly on {path}: Unable to find \"{path}\" in mount table");
    done.refused(&text);
});
