//! Overlays: `--overlay-src`, `--overlay`, `--tmp-overlay`, `--ro-overlay`.

use crate::judge::compliance;
use crate::roots::bare;
use aril_tests::{Bwrap, Scratch};

fn layers() -> (Scratch, String, String) {
    let scratch = Scratch::new();
    let (one, two) = (scratch.dir("one"), scratch.dir("two"));
    scratch.file("one/name", "one");
    scratch.file("one/only", "kept");
    scratch.file("two/name", "two");
    (scratch, one, two)
}

compliance!(the_first_source_is_the_bottom, {
    let (scratch, one, two) = layers();
    let args = [
        "--overlay-src",
        &one,
        "--overlay-src",
        &two,
        "--ro-overlay",
        "/o",
    ];
    let script = "cat /o/name /o/only; echo x 2>&1 >/o/x || true";
    let out = bare().args(args).shell(script);
    assert!(
        out.starts_with("twokept") && out.ends_with("Read-only file system"),
        "{out}"
    );
    assert_eq!(bare().args(args).facts().mount("/o").kind, "overlay");
    drop(scratch);
});

compliance!(a_tmp_overlay_forgets_what_is_written, {
    let (scratch, one, _) = layers();
    let bwrap = bare().args(["--overlay-src", &one, "--tmp-overlay", "/o"]);
    assert_eq!(
        bwrap.shell("echo new >/o/name; rm /o/only; cat /o/*"),
        "new"
    );
    assert_eq!(
        (scratch.read("one/name"), scratch.read("one/only")),
        ("one".into(), "kept".into())
    );
});

compliance!(an_overlay_writes_to_its_upper_directory, {
    let (scratch, one, _) = layers();
    let (upper, work) = (scratch.dir("upper"), scratch.dir("work"));
    let args = ["--overlay-src", &one, "--overlay", &upper, &work, "/o"];
    assert_eq!(
        bare().args(args).shell("echo new >/o/name; cat /o/only"),
        "kept"
    );
    assert_eq!(
        (scratch.read("one/name"), scratch.read("upper/name")),
        ("one".into(), "new\n".into())
    );
});

compliance!(names_with_commas_colons_and_backslashes_work, {
    let scratch = Scratch::new();
    let source = scratch.dir("a,b:c\\d");
    scratch.file("a,b:c\\d/name", "found");
    let bwrap = bare().args(["--overlay-src", &source, "--tmp-overlay", "/o"]);
    assert_eq!(bwrap.shell("cat /o/name"), "found");
});

compliance!(overlapping_directories_are_refused, {
    let (scratch, one, _) = layers();
    let work = scratch.dir("work");
    let done = bare()
        .args([
            "--overlay-src",
            &one,
            "--overlay",
            &one,
            &work,
            "/o",
            "true",
        ])
        .finish();
    assert!(
        done.stderr
            .starts_with("bwrap: Can't make overlay mount on /newroot/o"),
        "{done:?}"
    );
    assert!(
        done.stderr
            .ends_with(": Overlay directories may not overlap\n"),
        "{done:?}"
    );
    assert_eq!(done.code(), 1);
});

compliance!(sources_must_be_followed_by_an_overlay, {
    let text = "--overlay-src must be followed by another --overlay-src or one of --overlay, \
                --tmp-overlay, or --ro-overlay";
    let done = Bwrap::new()
        .args(["--overlay-src", "/usr", "--dir", "/x", "true"])
        .finish();
    done.refused(text);
    Bwrap::new()
        .args(["--overlay-src", "/usr", "true"])
        .finish()
        .refused(text);
});

compliance!(overlays_need_their_sources, {
    let refused = |args: &[&str], text| Bwrap::new().args(args).finish().refused(text);
    let text = "--overlay requires at least one --overlay-src";
    refused(&["--overlay", "/a", "/b", "/c", "true"], text);
    refused(
        &["--tmp-overlay", "/a", "true"],
        "--tmp-overlay requires at least one --overlay-src",
    );
    let text = "--ro-overlay requires at least two --overlay-src";
    refused(&["--ro-overlay", "/a", "true"], text);
    refused(
        &["--overlay-src", "/usr", "--ro-overlay", "/a", "true"],
        text,
    );
});

compliance!(a_missing_source_is_fatal, {
    let done = bare().args([
        "--overlay-src",
        "/nonexistent",
        "--tmp-overlay",
        "/o",
        "true",
    ]);
    done.finish()
        .refused("Can't find source path /nonexistent: No such file or directory");
});

compliance!(an_overlay_is_nosuid_and_nodev, {
    let (scratch, one, _) = layers();
    let facts = bare()
        .args(["--overlay-src", &one, "--tmp-overlay", "/o"])
        .facts();
    let mount = facts.mount("/o");
    assert!(mount.has("nosuid") && mount.has("nodev"), "{mount:?}");
    drop(scratch);
});
