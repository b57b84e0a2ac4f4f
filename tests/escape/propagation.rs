//! What the host mounts later (H2), and what lies below a bind when it is made (H8).

use crate::control::{escape, original, ours};
use aril_tests::run::{Helper, write_and_close};
use aril_tests::skip::skip;
use aril_tests::{Bwrap, Canary, Scratch, fds, is_root};
use std::path::Path;
use std::process::Stdio;

/// A mount namespace of its own which stands for the host: shared, as systemd makes it.
fn outer() -> Helper {
    if is_root() {
        Helper::start(&["unshare", "--mount", "--propagation", "shared"])
    } else {
        Helper::start(&["unshare", "-Urm", "--propagation", "shared"])
    }
}

/// Runs a program on that host.
fn inside(outer: &Helper) -> Bwrap {
    let pid = outer.pid().to_string();
    let bwrap = Bwrap::of("nsenter").args(["-t", &pid, "-m"]);
    if is_root() {
        bwrap
    } else {
        bwrap.args(["-U", "--preserve-credentials"])
    }
}

/// Starts a sandbox, mounts a tmpfs with a file in it on the host, and lets the payload go on.
fn mount_later(program: &Path, args: &[&str], script: &str) -> String {
    mount_later_with(("rw", "true"), (program, args), script)
}

/// Like [`mount_later`], with the host's options and what it does in the new mount.
fn mount_later_with(
    (options, made): (&str, &str),
    (program, args): (&Path, &[&str]),
    script: &str,
) -> String {
    let scratch = Scratch::new();
    let late = scratch.dir("late");
    let outer = outer();
    let script = format!("echo ready; read line; cd {late}; {script}");
    let args: Vec<String> = args.iter().map(|arg| arg.replace("LATE", &late)).collect();
    let bwrap = inside(&outer).args([program]).args(args);
    let (input, release) = fds::pipe();
    let mut running = bwrap
        .args(["sh", "-c", &script])
        .stdin(Stdio::from(input))
        .spawn();
    running.says("ready");
    let mount = format!(
        "mount -t tmpfs -o {options} late {late} && echo late >{late}/file && cd {late} && {made}"
    );
    inside(&outer).args(["sh", "-c", &mount]).finish().success();
    write_and_close(release, "go\n");
    running.wait().stdout.replace("ready\n", "")
}

const WRITE: &str = "ls; touch written && echo WRITTEN; grep late /proc/self/mountinfo";

escape!(later_mounts_do_not_appear_under_read_only_binds, {
    for args in [
        &["--ro-bind", "/", "/"][..],
        &["--ro-bind", "/", "/", "--proc", "/proc", "--unshare-all"],
        &["--bind", "/", "/", "--ro-bind", "/tmp", "/tmp"],
        &[
            "--tmpfs",
            "/",
            "--ro-bind",
            "/",
            "/",
            "--ro-bind",
            "LATE",
            "LATE",
        ],
    ] {
        let out = mount_later(ours(), args, WRITE);
        assert!(
            !out.contains("WRITTEN") && !out.contains("file"),
            "{args:?}: {out}"
        );
        // Below another bind, which is writable, it may be in the table, where no path leads.
        assert!(
            !out.contains("tmpfs") || args[0] == "--bind",
            "{args:?}: {out}"
        );
    }
});

escape!(control_they_appear_writable_in_the_original, {
    let Some(original) = original() else { return };
    let out = mount_later(&original, &["--ro-bind", "/", "/"], WRITE);
    assert!(out.starts_with("file\nWRITTEN\n"), "{out}");
});

escape!(later_mounts_appear_under_a_writable_bind, {
    // A stick that is plugged in shows, as clients of the dialect expect, without its dangers.
    let out = mount_later(ours(), &["--bind", "/", "/"], WRITE);
    assert!(out.starts_with("file\nWRITTEN\n"), "{out}");
});

escape!(later_mounts_have_the_hosts_flags_and_give_no_privilege, {
    // The kernel copies the flags of the host's mount, and has no way to add some. A set-user-id file
    // gives nothing, since no_new_privs is set; a device opens as it does on the host.
    if !is_root() {
        skip("device nodes are for root to make");
    }
    let made = "mknod -m 666 zero c 1 5 && cp /usr/bin/id . && chown 1 id && chmod 4755 id";
    let script = "./id -u; head -c 3 zero | od -An -tx1; grep late /proc/self/mountinfo";
    for more in [
        &[][..],
        &["--unshare-user", "--unshare-pid", "--cap-drop", "ALL"],
    ] {
        let args = [&["--bind", "/", "/"], more].concat();
        let out = mount_later_with(("rw", made), (ours(), &args), script);
        let lines: Vec<&str> = out.lines().collect();
        assert_eq!(lines[..2], ["0", " 00 00 00"], "{more:?}: {out}");
        assert!(!out.contains("nosuid") && !out.contains("nodev"), "{out}");
        // What the host mounts with these flags, as udisks does what is plugged in, has them inside.
        let out = mount_later_with(("nosuid,nodev", made), (ours(), &args), script);
        assert!(
            out.starts_with("0\n") && !out.contains(" 00 00 00"),
            "{more:?}: {out}"
        );
        assert!(out.contains("nosuid,nodev"), "{out}");
    }
    // The control: there the file gives its owner's id.
    let outer = outer();
    let control = format!("mount -t tmpfs late /mnt && cd /mnt && {made} && ./id -u");
    let done = inside(&outer).args(["sh", "-c", &control]).finish();
    assert_eq!(done.success().stdout, "1\n");
});

escape!(mounts_inside_do_not_appear_on_the_host, {
    let scratch = Scratch::new();
    let place = scratch.dir("place");
    let outer = outer();
    let table = || {
        inside(&outer)
            .args(["cat", "/proc/self/mountinfo"])
            .finish()
            .success()
            .stdout
    };
    let before = table();
    let script =
        format!("mount -t tmpfs x {place} && touch {place}/file; mount --bind /usr {place}");
    let args = [
        "--bind", "/", "/", "--tmpfs", "/mnt", "unshare", "-Urm", "sh", "-c", &script,
    ];
    inside(&outer).args([ours()]).args(args).finish().success();
    assert_eq!(table(), before);
    // The control: the same mount where it is shared.
    inside(&outer)
        .args(["mount", "-t", "tmpfs", "x", &place])
        .finish()
        .success();
    assert_ne!(table(), before);
});

escape!(submounts_of_a_read_only_bind_are_read_only, {
    let scratch = Scratch::new();
    let canary = Canary::new(&scratch);
    let place = scratch.dir("place");
    let outer = outer();
    let host = canary.path();
    let mounts = format!(
        "mkdir -p {place}/a {place}/b && mount -t tmpfs t {place}/a && mkdir {place}/a/deep && \
         mount -t tmpfs t {place}/a/deep && mount --bind {host} {place}/b && \
         mount --make-private {place}/b && mount -t tmpfs covered {place}/b/sub && \
         mount -t tmpfs over {place}/b/sub"
    );
    inside(&outer)
        .args(["sh", "-c", &mounts])
        .finish()
        .success();
    let script = "for d in . a a/deep b b/sub; do touch /x/$d/made && echo WRITTEN $d; done; \
                  grep ' /x' /proc/self/mountinfo";
    let run = |option: &str| {
        let bwrap = inside(&outer)
            .args([ours()])
            .args(aril_tests::roots::system());
        let bwrap = bwrap.args([option, &place, "/x", "--proc", "/proc"]);
        bwrap.args(["sh", "-c", script]).finish().success().stdout
    };
    let out = run("--ro-bind");
    assert!(!out.contains("WRITTEN"), "{out}");
    let mounts = aril_tests::mountinfo::parse(&out);
    assert!(mounts.len() >= 5, "{mounts:#?}");
    for mount in &mounts {
        assert!(
            mount.has("ro") && mount.has("nosuid") && mount.has("nodev"),
            "{mount:?}"
        );
    }
    canary.unchanged("a submount was written to");
    let out = run("--bind");
    assert_eq!(out.matches("WRITTEN").count(), 5, "the control: {out}");
});

escape!(covered_directories_stay_covered, {
    // What a mount of the host covers must not come to light by binding what is below it.
    let scratch = Scratch::new();
    let canary = Canary::new(&scratch);
    let place = scratch.path().to_str().expect("text").to_owned();
    let outer = outer();
    let host = canary.path();
    inside(&outer)
        .args(["mount", "-t", "tmpfs", "cover", host])
        .finish()
        .success();
    for option in ["--bind", "--ro-bind", "--dev-bind"] {
        let bwrap = inside(&outer)
            .args([ours()])
            .args(aril_tests::roots::system());
        let done = bwrap
            .args([option, &place, "/x", "cat", "/x/host/file"])
            .finish();
        assert!(!done.stdout.contains(Canary::SECRET), "{option}: {done:?}");
    }
    // The control: a bind that is not recursive uncovers it.
    let script = format!("mount --bind {place} /mnt && cat /mnt/host/file");
    let done = inside(&outer).args(["sh", "-c", &script]).finish();
    if is_root() {
        assert_eq!(done.stdout, Canary::SECRET, "{done:?}");
    } else {
        assert!(
            done.stdout == Canary::SECRET || done.code() != 0,
            "{done:?}"
        );
    }
});
