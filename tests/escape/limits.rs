//! What a payload may use up, and words that the parser must not be led astray by: H10, the old
//! hardening commits (#47, #50, #108, #149, #156, #175, #221, #243).

use crate::control::{escape, ours};
use aril_tests::{Bwrap, Scratch, fds, roots};

escape!(a_tmpfs_can_be_bounded, {
    // H10: without a size it takes as much memory as there is, as in the original.
    let script = "head -c 4000000 /dev/zero >/t/file 2>/dev/null; stat -c %s /t/file";
    let bwrap = |args: &[&str]| {
        let bwrap = roots::bare(ours()).args(["--dev", "/dev"]).args(args);
        bwrap.args(["--tmpfs", "/t"]).shell(script)
    };
    assert_eq!(bwrap(&["--size", "1000000"]), "1003520");
    assert_eq!(bwrap(&[]), "4000000", "the control");
});

escape!(a_root_can_be_made_read_only, {
    let script = "echo x >/made && echo WRITTEN; mkdir /d && echo WRITTEN; true";
    let bwrap = |args: &[&str]| roots::bare(ours()).args(args).shell(script);
    assert_eq!(bwrap(&["--remount-ro", "/"]), "");
    assert_eq!(bwrap(&[]), "WRITTEN\nWRITTEN", "the control");
});

escape!(no_link_of_devices_leads_to_memory, {
    let bwrap = roots::bare(ours()).args(["--proc", "/proc", "--dev", "/dev"]);
    let script = "(head -c 1 /dev/core >/dev/null) 2>/dev/null && echo READ; \
         (head -c 1 /dev/mem >/dev/null) 2>/dev/null && echo READ; \
         (head -c 1 /proc/kcore >/dev/null) 2>/dev/null && echo READ; \
         for d in kmsg kvm vda sda loop-control fuse; do test -e /dev/$d && echo $d; done; true";
    assert_eq!(bwrap.shell(script), "");
});

escape!(words_from_a_file_do_not_bring_more_files, {
    // #47, #50: no nesting without end, and not more than 9000 words.
    let inner = fds::words(&["--args", "9"]);
    let done = roots::bare(ours())
        .fd(9, inner)
        .args(["--args", "9", "echo", "ran"])
        .finish();
    assert_eq!((done.code(), done.stdout.as_str()), (1, ""), "{done:?}");
    let many = vec!["--dir"; 9001];
    let done = roots::bare(ours())
        .fd(9, fds::words(&many))
        .args(["--args", "9", "echo", "ran"]);
    let done = done.finish();
    assert_eq!((done.code(), done.stdout.as_str()), (1, ""), "{done:?}");
    let few = fds::words(&["--dir", "/d"]);
    let done = roots::bare(ours())
        .fd(9, few)
        .args(["--args", "9", "echo", "ran"])
        .finish();
    assert_eq!(done.stdout, "ran\n", "the control");
});

escape!(a_command_is_not_taken_for_an_option, {
    // CVE-2024-32462: what a client passes on as a program's name.
    let scratch = Scratch::new();
    let place = scratch.path().to_str().expect("text");
    let done = roots::bare(ours())
        .args(["--", "--bind", place, "/x"])
        .finish();
    assert_eq!(done.code(), 1, "{done:?}");
    assert!(
        done.stderr.contains("--bind"),
        "it is a program's name: {done:?}"
    );
    // The control: without the separator it is an option.
    let bwrap = roots::bare(ours()).args(["--bind", place, "/x"]);
    bwrap.args(["test", "-d", "/x"]).finish().success();
});

escape!(the_bounding_set_is_empty, {
    for args in [
        &["--cap-drop", "ALL"][..],
        &["--unshare-user", "--cap-drop", "ALL"],
    ] {
        let facts = roots::bare(ours())
            .args(["--proc", "/proc"])
            .args(args)
            .facts();
        let status = facts.status();
        assert_eq!(
            (status.bounding, status.inheritable, status.ambient),
            (0, 0, 0),
            "{args:?}"
        );
    }
    let outside = Bwrap::of(aril_tests::under_test::probe()).finish().facts();
    assert_ne!(outside.status().bounding, 0, "the control");
});

escape!(a_loader_runs_only_what_is_there, {
    // Row 14: `ld.so PROGRAM` and copies get around a deny-list by name; what is masked or
    // missing cannot be run by any name.
    let script = "cp /usr/bin/id /t/other; /t/other -u; /lib64/ld-linux-x86-64.so.2 /usr/bin/id -u; \
         /proc/self/root/usr/bin/id -u; true";
    let bwrap = |args: &[&str]| {
        let bwrap = roots::bare(ours()).args(["--proc", "/proc", "--dev", "/dev", "--tmpfs", "/t"]);
        bwrap
            .args(["--unshare-user", "--uid", "77"])
            .args(args)
            .shell(script)
    };
    assert_eq!(bwrap(&["--ro-bind", "/dev/null", "/usr/bin/id"]), "");
    let out = bwrap(&[]);
    assert!(
        out.lines().count() >= 2 && out.lines().all(|line| line == "77"),
        "{out}"
    );
});
