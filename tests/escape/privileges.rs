//! Set-user-id launchers (CVE-2020-5291, CVE-2026-41163, CVE-2016-8659 and other programs' kin),
//! and getting privileges back inside.

use crate::control::{escape, ours};
use aril_tests::skip::skip;
use aril_tests::{Bwrap, Canary, Scratch, is_root, roots};
use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt;

/// An ordinary user, for what root starts in another's name.
const USER: &str = "65534";

fn as_user(program: &str) -> Bwrap {
    let id = format!("--reuid={USER}");
    Bwrap::of("setpriv").args([&id, &format!("--regid={USER}"), "--clear-groups", program])
}

/// A copy of a program where everybody can run it.
fn copy(scratch: &Scratch, program: &std::path::Path) -> String {
    fs::set_permissions(scratch.path(), Permissions::from_mode(0o755)).expect("open the directory");
    let copy = scratch.at("copy");
    fs::copy(program, &copy).expect("copy the program");
    fs::set_permissions(&copy, Permissions::from_mode(0o755)).expect("make it executable");
    copy
}

/// What a sandbox says about its ids and capabilities, if it starts.
const WHO: [&str; 7] = [
    "--ro-bind",
    "/",
    "/",
    "sh",
    "-c",
    "echo ran; grep -E 'Uid|Cap' /proc/self/status",
    "sh",
];

escape!(a_set_user_id_copy_refuses_to_start, {
    if !is_root() {
        skip("only root can make a file that belongs to root");
    }
    let scratch = Scratch::new();
    let copy = copy(&scratch, ours());
    as_user(&copy).args(WHO).finish().success();
    for mode in [0o4755, 0o2755, 0o6755] {
        fs::set_permissions(&copy, Permissions::from_mode(mode)).expect("set the bits");
        let done = as_user(&copy).args(WHO).finish();
        assert_eq!(
            (done.code(), done.stdout.as_str()),
            (1, ""),
            "{mode:o}: {done:?}"
        );
        assert!(done.stderr.contains("set-user-ID"), "{done:?}");
    }
    // The control: another program with these bits does start, as root.
    let id = self::copy(&scratch, std::path::Path::new("/usr/bin/id"));
    fs::set_permissions(&id, Permissions::from_mode(0o4755)).expect("set the bits");
    assert!(
        as_user(&id)
            .args(["-u"])
            .finish()
            .success()
            .stdout
            .contains('0')
    );
});

escape!(a_copy_with_file_capabilities_refuses_to_start, {
    if !is_root() {
        skip("only root can give a file capabilities");
    }
    let scratch = Scratch::new();
    let copy = copy(&scratch, ours());
    for capabilities in [
        "cap_sys_admin+ep",
        "cap_setuid,cap_net_admin+p",
        "cap_dac_override+eip",
    ] {
        Bwrap::of("setcap")
            .args([capabilities, &copy])
            .finish()
            .success();
        let done = as_user(&copy).args(WHO).finish();
        assert_eq!(
            (done.code(), done.stdout.as_str()),
            (1, ""),
            "{capabilities}: {done:?}"
        );
    }
    Bwrap::of("setcap").args(["-r", &copy]).finish().success();
    as_user(&copy).args(WHO).finish().success();
});

escape!(the_program_has_no_set_user_id_bit, {
    let mode = fs::metadata(ours())
        .expect("stat the program")
        .permissions()
        .mode();
    assert_eq!(mode & 0o7000, 0, "{mode:o}");
});

escape!(set_user_id_programs_give_nothing_inside, {
    // su, mount, passwd... : what belongs to root on the host, and what the payload brings.
    let script = "for f in $(find /usr/bin /usr/lib -perm -4000 2>/dev/null | head -5); do echo $f; done; \
         cp /usr/bin/id /x/id; chmod 4755 /x/id; /x/id -u; /host/id -u; \
         grep -E 'NoNewPrivs|CapEff' /proc/self/status";
    let scratch = Scratch::new();
    let own = scratch.dir("own");
    let id = copy(&scratch, std::path::Path::new("/usr/bin/id"));
    let host = scratch.dir("set");
    fs::copy(id, scratch.at("set/id")).expect("copy");
    fs::set_permissions(scratch.at("set/id"), Permissions::from_mode(0o4755)).expect("set the bit");
    let bwrap = roots::bare(ours()).args(["--proc", "/proc", "--dev", "/dev"]);
    let bwrap = bwrap.args(["--bind", &own, "/x", "--ro-bind", &host, "/host"]);
    let bwrap = bwrap.args(["--unshare-user", "--uid", "1234"]);
    let out = bwrap.args(["sh", "-c", script]).finish().success().stdout;
    let ids: Vec<&str> = out
        .lines()
        .filter(|line| line.parse::<u32>().is_ok())
        .collect();
    assert_eq!(ids, ["1234", "1234"], "{out}");
    assert!(out.contains("NoNewPrivs:\t1"), "{out}");
    assert!(out.contains("CapEff:\t0000000000000000"), "{out}");
    if is_root() {
        // The control: without no_new_privs the bit works.
        fs::set_permissions(scratch.at("set"), Permissions::from_mode(0o755)).expect("open");
        let done = as_user(&scratch.at("set/id"))
            .args(["-u"])
            .finish()
            .success();
        assert_eq!(done.stdout.trim(), "0");
    }
});

escape!(capabilities_do_not_come_back, {
    // By exec as root's number, by ambient sets, by file capabilities.
    let script = "cat /proc/self/status | grep Cap; \
         capsh --inh=cap_sys_admin --addamb=cap_sys_admin -- -c true 2>/dev/null && echo AMBIENT; \
         perl -e 'exec \"grep\", \"Cap\", \"/proc/self/status\"'";
    for args in [
        &["--cap-drop", "ALL"][..],
        &["--unshare-user", "--uid", "0", "--cap-drop", "ALL"],
    ] {
        let bwrap = roots::bare(ours())
            .args(["--proc", "/proc", "--dev", "/dev"])
            .args(args);
        let out = bwrap.args(["sh", "-c", script]).finish().success().stdout;
        assert!(!out.contains("AMBIENT"), "{out}");
        let sets: Vec<&str> = out.lines().filter(|line| line.starts_with("Cap")).collect();
        assert_eq!(sets.len(), 10, "{out}");
        assert!(
            sets.iter().all(|set| set.ends_with("\t0000000000000000")),
            "{args:?}: {out}"
        );
    }
    let bwrap = roots::bare(ours()).args(["--proc", "/proc", "--dev", "/dev"]);
    let bwrap = bwrap.args(["--unshare-user", "--uid", "0", "--cap-add", "ALL"]);
    let out = bwrap.args(["sh", "-c", script]).finish().success().stdout;
    assert!(
        !out.contains("CapEff:\t0000000000000000"),
        "the control: {out}"
    );
});

escape!(a_root_keeps_no_capability_over_the_host, {
    // H9: the original leaves all of them to a root that asks for none.
    if !is_root() {
        skip("an ordinary user has no real capability");
    }
    const SYS_ADMIN: u64 = 1 << 21;
    let dangerous = [1, 2, 12, 13, 16, 17, 19, 21, 22, 24, 27, 39].map(|number| 1_u64 << number);
    let facts = roots::host(ours()).facts();
    let status = facts.status();
    for capability in dangerous.into_iter().skip(1) {
        if capability != 1 << 2 {
            assert_eq!(
                status.permitted & capability,
                0,
                "{capability:x}: {status:?}"
            );
        }
    }
    assert_eq!(status.bounding & SYS_ADMIN, 0, "{status:?}");
    let facts = roots::host(ours())
        .args(["--cap-add", "CAP_SYS_ADMIN"])
        .facts();
    assert_ne!(facts.status().permitted & SYS_ADMIN, 0, "the control");
    if let Some(original) = crate::control::original() {
        let status = roots::host(&original).facts();
        assert_ne!(
            status.status().permitted & SYS_ADMIN,
            0,
            "the original keeps it"
        );
    }
});

escape!(a_real_root_cannot_write_what_is_read_only, {
    let scratch = Scratch::new();
    let canary = Canary::new(&scratch);
    let script = "mount -o remount,rw /x; mount -o remount,rw,bind /x; touch /x/made; \
         mknod /tmp/disk b 254 0; head -c 1 /tmp/disk; chroot /proc/1/root touch /x/made; \
         nsenter -t 1 -m touch /x/made; unshare -m umount /x";
    let bwrap = |more: &[&str]| {
        let bwrap = roots::bare(ours())
            .args(["--proc", "/proc", "--dev", "/dev"])
            .args(more);
        let bwrap = bwrap.args(["--tmpfs", "/tmp", "--ro-bind", canary.path(), "/x"]);
        bwrap.args(["sh", "-c", script]).finish()
    };
    bwrap(&[]);
    canary.unchanged("a read-only bind was written to");
    bwrap(&[
        "--unshare-user",
        "--uid",
        "0",
        "--cap-drop",
        "ALL",
        "--unshare-pid",
    ]);
    canary.unchanged("a read-only bind was written to");
    if is_root() {
        // The control: with the capability in the host's namespace it can be made writable.
        bwrap(&["--cap-add", "ALL"]);
        assert!(canary.is_changed());
    }
});

escape!(ids_that_wrap_around_are_refused, {
    // H4: 4294967296 is 0 in 32 bits.
    for (option, id) in [
        ("--uid", "4294967296"),
        ("--gid", "4294967296"),
        ("--uid", "-1"),
        ("--gid", "4294967295"),
        ("--uid", "18446744073709551616"),
        ("--uid", "0x100000000"),
    ] {
        let bwrap = roots::bare(ours()).args(["--unshare-user", option, id, "id", "-u"]);
        let done = bwrap.finish();
        assert_eq!(
            (done.code(), done.stdout.as_str()),
            (1, ""),
            "{option} {id}: {done:?}"
        );
    }
    if let Some(original) = crate::control::original() {
        let bwrap = roots::bare(&original).args(["--unshare-user", "--uid", "4294967296"]);
        assert_eq!(
            bwrap.args(["id", "-u"]).finish().success().stdout,
            "0\n",
            "the control"
        );
    }
});

escape!(without_arguments_it_does_not_start, {
    // The class of CVE-2021-4034: not even a name in argv[0].
    let script = "import ctypes, sys\nlibc = ctypes.CDLL(None)\n\
         empty = (ctypes.c_char_p * 1)(None)\nlibc.execve(sys.argv[1].encode(), empty, empty)";
    let done = Bwrap::of("python3")
        .args(["-c", script])
        .args([ours()])
        .finish();
    assert_ne!(done.status.code(), Some(0), "{done:?}");
    assert_eq!(done.stdout, "", "{done:?}");
});
