//! After the start: nothing of the old root has a path any more, by whatever name, and no
//! directory of the set-up shows.

use crate::control::{escape, ours};
use aril_tests::mountinfo::Mount;
use aril_tests::{Bwrap, Canary, Facts, Scratch, fds, roots, under_test};

/// Shapes of trees: how a root can be made.
fn shapes(scratch: &Scratch) -> Vec<(&'static str, Bwrap)> {
    let program = ours();
    let bare = || roots::bare(program).args(["--proc", "/proc", "--dev", "/dev"]);
    let data = scratch.dir("data");
    let image = scratch.dir("image");
    scratch.dir("image/usr");
    vec![
        ("a tmpfs", bare()),
        ("a read-only root", roots::host(program)),
        (
            "a writable root",
            Bwrap::of(program).args(["--bind", "/", "/"]),
        ),
        (
            "hidden data",
            bare().fd(8, fds::data(b"x")).fd(9, fds::data(b"x")).args([
                "--ro-bind-data",
                "8",
                "/data",
                "--bind-data",
                "9",
                "/other",
            ]),
        ),
        (
            "hidden layers",
            bare().args(["--overlay-src", &data, "--tmp-overlay", "/layers"]),
        ),
        (
            "a root over others",
            bare().args(["--tmpfs", "/x", "--ro-bind", "/", "/"]),
        ),
        (
            "the root below others",
            bare().args(["--dir", "/x", "--ro-bind", "/", "/x"]),
        ),
        (
            "the root twice",
            roots::host(program).args(["--tmpfs", "/mnt", "--bind", "/", "/mnt"]),
        ),
        (
            "an image with a root of layers",
            Bwrap::of(program)
                .args(["--overlay-src", &image, "--tmp-overlay", "/"])
                .args(roots::system())
                .args(["--proc", "/proc"]),
        ),
    ]
}

escape!(dots_at_the_root_lead_to_the_root, {
    let scratch = Scratch::new();
    let script = "for way in / /.. /../.. /../../../../.. /proc/self/root /proc/self/root/..; do \
                  (cd -P $way && stat -c '%d:%i' . && ls -a | tr '\\n' ' ' && pwd -P); done";
    for (shape, bwrap) in shapes(&scratch) {
        let out = bwrap.shell(script);
        let lines: Vec<&str> = out.lines().collect();
        assert_eq!(lines.len(), 12, "{shape}: {out}");
        assert!(
            lines.chunks(2).all(|way| way == &lines[..2]),
            "{shape}: {out}"
        );
        for name in ["oldroot", "newroot"] {
            assert!(!lines[1].contains(name), "{shape}: {out}");
        }
    }
});

/// Mounts whose parent is no mount of the table: there is the root alone.
fn tops(mounts: &[Mount]) -> Vec<&Mount> {
    mounts
        .iter()
        .filter(|mount| {
            mounts
                .iter()
                .all(|other| other.id != mount.parent || other.id == mount.id)
        })
        .collect()
}

escape!(the_mount_table_has_what_was_asked_for_and_no_more, {
    let scratch = Scratch::new();
    let data = scratch.dir("data");
    let bwrap = roots::bare(ours()).fd(8, fds::data(b"x"));
    let bwrap = bwrap.args(["--proc", "/proc", "--tmpfs", "/t", "--bind", &data, "/b"]);
    let bwrap = bwrap.args(["--ro-bind-data", "8", "/d"]);
    let bwrap = bwrap.args(["--overlay-src", &data, "--tmp-overlay", "/o"]);
    let facts = bwrap.facts();
    let mut targets: Vec<&str> = table(&facts)
        .iter()
        .map(|mount| mount.target.as_str())
        .collect();
    targets.sort_unstable();
    targets.dedup();
    let mut expected = vec!["/", "/b", "/d", "/o", "/probe", "/proc", "/t", "/usr"];
    // What lies below the host's /usr came with it.
    let host = std::fs::read_to_string("/proc/self/mountinfo").expect("our mount table");
    let host = aril_tests::mountinfo::parse(&host);
    let below = host.iter().map(|mount| mount.target.as_str());
    expected.extend(below.filter(|target| target.starts_with("/usr/")));
    // For a root without a user namespace parts of procfs are covered.
    let covered = [
        "/proc/bus",
        "/proc/fs",
        "/proc/irq",
        "/proc/sys",
        "/proc/sysrq-trigger",
    ];
    if aril_tests::is_root() {
        targets.retain(|target| !covered.contains(target));
    }
    expected.sort_unstable();
    assert_eq!(targets, expected);
    assert_eq!(tops(table(&facts)).len(), 1, "{:#?}", facts.mounts);
    // The control: on the host there is more.
    assert!(
        host.iter()
            .any(|mount| !targets.contains(&mount.target.as_str())),
        "{host:#?}"
    );
});

fn table(facts: &Facts) -> &[Mount] {
    facts.mounts.as_ref().expect("a mount table")
}

escape!(a_bind_of_a_directory_shows_nothing_beside_it, {
    // `..` of a bound directory is the sandbox's, also for one that is moved away meanwhile.
    let scratch = Scratch::new();
    let canary = Canary::new(&scratch);
    let sub = format!("{}/sub", canary.path());
    let script = "cat /x/../file /x/../../file /proc/self/cwd/../file ../file; \
                  mkdir /x/deep /x/other; cd /x/deep; mv /x/deep /x/other/deep; cat ../../../file";
    let sandbox = |bound: &str, at: &str| {
        let bwrap = roots::bare(ours()).args(["--proc", "/proc", "--bind", bound, at]);
        bwrap
            .args(["--chdir", "/x/sub"])
            .args(["sh", "-c", script])
            .finish()
    };
    let done = sandbox(&sub, "/x/sub");
    assert!(!done.stdout.contains(Canary::SECRET), "{done:?}");
    let done = sandbox(canary.path(), "/x");
    assert!(
        done.stdout.contains(Canary::SECRET),
        "the control: {done:?}"
    );
});

/// Leaves a root by the oldest trick: a working directory outside of a second root.
const CHROOT: &str = "mkdir '/tmp/jail'; opendir(D, '/') or die; chroot('/tmp/jail') or die $!; \
     chdir('..') for 1..64; chroot('.'); exec('/bin/cat', $ARGV[0])";

escape!(a_second_root_does_not_lead_out, {
    let scratch = Scratch::new();
    let canary = Canary::new(&scratch);
    let secret = format!("{}/file", canary.path());
    let perl = ["unshare", "-Ur", "perl", "-e", CHROOT, &secret];
    let bwrap = roots::bare(ours()).args(["--tmpfs", "/tmp", "--proc", "/proc", "--dev", "/dev"]);
    let done = bwrap.args(perl).finish();
    assert!(!done.stdout.contains(Canary::SECRET), "{done:?}");
    assert!(
        done.stderr.contains("No such file"),
        "it got so far: {done:?}"
    );
    // The control: a jail that is only a changed root directory.
    let jail = scratch.dir("jail");
    let script = format!(
        "cd {jail} && mkdir usr tmp dev && mount --rbind /usr usr && mount --rbind /dev dev && \
         for n in bin lib lib64; do ln -s usr/$n $n; done && exec chroot . perl -e \"$0\" {secret}"
    );
    let done = Bwrap::of("unshare")
        .args(["-Urm", "sh", "-c", &script, CHROOT])
        .finish();
    assert!(
        done.stdout.contains(Canary::SECRET),
        "the control: {done:?}"
    );
});

escape!(mounts_cannot_be_taken_off, {
    // Even with all privileges in a namespace of its own: what was mounted together stays so.
    let scratch = Scratch::new();
    let canary = Canary::new(&scratch);
    let file = format!("{}/file", canary.path());
    let script = format!(
        "for m in / /usr /cover /layers /data /proc; do umount $m; umount -l $m; done; \
         mkdir /tmp/put; pivot_root / /tmp/put; pivot_root . .; mount -o remount,rw,bind /usr; \
         mount -o remount,rw /cover; touch /usr/touched /cover/touched; \
         mount --rbind / /tmp/put; umount -l /tmp/put/cover; \
         cat {file} /cover/file /tmp/put/cover/file /proc/*/root{file}; ls -a / /.. /tmp/put"
    );
    let sandbox = |cover: &[&str]| {
        let bwrap = roots::bare(ours()).fd(8, fds::data(b"x"));
        let bwrap = bwrap.args(["--tmpfs", "/tmp", "--proc", "/proc", "--dev", "/dev"]);
        let bwrap = bwrap
            .args(["--ro-bind", canary.path(), "/cover"])
            .args(cover);
        let bwrap = bwrap.args(["--ro-bind-data", "8", "/data", "--overlay-src", "/usr/bin"]);
        let bwrap = bwrap.args([
            "--tmp-overlay",
            "/layers",
            "--unshare-user",
            "--unshare-pid",
        ]);
        bwrap
            .args(["unshare", "-Urm", "sh", "-c", &script])
            .finish()
    };
    let done = sandbox(&["--tmpfs", "/cover"]);
    assert!(!done.stdout.contains(Canary::SECRET), "{done:?}");
    assert!(!done.stdout.contains("oldroot"), "{done:?}");
    canary.unchanged("a read-only bind was written to");
    let done = sandbox(&[]);
    assert!(
        done.stdout.contains(Canary::SECRET),
        "the control: {done:?}"
    );
    assert!(std::fs::symlink_metadata("/usr/touched").is_err());
});

escape!(layers_of_an_overlay_show_only_merged, {
    // The writable layer of --tmp-overlay lies on a hidden file system.
    let scratch = Scratch::new();
    let lower = scratch.dir("lower");
    scratch.file("lower/file", "lower");
    let bwrap = roots::bare(ours()).args(["--proc", "/proc", "--overlay-src", &lower]);
    let bwrap = bwrap.args(["--tmp-overlay", "/o"]);
    let out = bwrap.shell("echo changed >/o/file; find / -xdev -name file; cat /o/file");
    assert_eq!(out, "changed");
    assert_eq!(scratch.read("lower/file"), "lower");
    // The control: written through a bind it is changed.
    let bwrap = roots::bare(ours()).args(["--bind", &lower, "/o"]);
    bwrap.shell("echo changed >/o/file");
    assert_eq!(scratch.read("lower/file"), "changed\n");
});

escape!(overlays_are_nosuid_and_nodev, {
    // H3: matters where root makes the overlay.
    let scratch = Scratch::new();
    let [lower, upper, work] = ["lower", "upper", "work"].map(|name| scratch.dir(name));
    for overlay in [
        vec!["--tmp-overlay", "/o"],
        vec!["--overlay", &upper, &work, "/o"],
    ] {
        let bwrap = roots::bare(ours()).args(["--proc", "/proc", "--overlay-src", &lower]);
        let facts = bwrap.args(overlay).facts();
        let mount = facts.mount("/o");
        assert!(mount.has("nosuid") && mount.has("nodev"), "{mount:?}");
    }
    let bwrap = roots::bare(ours()).args(["--proc", "/proc", "--overlay-src", &lower]);
    let facts = bwrap
        .args(["--overlay-src", "/usr", "--ro-overlay", "/o"])
        .facts();
    let mount = facts.mount("/o");
    assert!(
        mount.has("nosuid") && mount.has("nodev") && mount.has("ro"),
        "{mount:?}"
    );
    // The control: the same overlay by mount(8) has neither.
    let script = format!(
        "mount -t overlay -o lowerdir={lower},upperdir={upper},workdir={work} o {lower} && \
         cat /proc/self/mountinfo"
    );
    let done = Bwrap::of("unshare")
        .args(["-Urm", "sh", "-c", &script])
        .finish()
        .success();
    let mounts = aril_tests::mountinfo::parse(&done.stdout);
    let mount = mounts
        .iter()
        .find(|mount| mount.target == lower)
        .expect("the overlay");
    assert!(!mount.has("nosuid") && !mount.has("nodev"), "{mount:?}");
});

escape!(
    every_mount_is_nosuid_and_nodev_unless_devices_are_asked_for,
    {
        let scratch = Scratch::new();
        for (shape, bwrap) in shapes(&scratch) {
            let done = bwrap
                .args(["cat", "/proc/self/mountinfo"])
                .finish()
                .success();
            for mount in aril_tests::mountinfo::parse(&done.stdout) {
                let is_device = mount.target.starts_with("/dev/") && mount.kind != "tmpfs";
                assert!(mount.has("nosuid"), "{shape}: {mount:?}");
                assert!(mount.has("nodev") || is_device, "{shape}: {mount:?}");
            }
        }
        // The control: devices that are asked for work.
        let facts = roots::host(ours())
            .args(["--dev-bind", "/dev", "/dev"])
            .facts();
        assert!(
            !facts.mount("/dev").has("nodev"),
            "{:?}",
            facts.mount("/dev")
        );
        assert!(under_test::path().exists());
    }
);
