//! `--dev`: a small `/dev`, which nearly every client asks for.

use crate::judge::compliance;
use crate::roots::bare;
use rustix::process::{getgid, getuid};
use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};

compliance!(it_is_a_tmpfs_with_bound_devices, {
    let facts = bare().args(["--dev", "/dev"]).facts();
    let dev = facts.mount("/dev");
    assert_eq!(dev.kind, "tmpfs");
    assert!(
        dev.has("nosuid") && dev.has("nodev") && dev.option("mode=755"),
        "{dev:?}"
    );
    for name in ["null", "zero", "full", "random", "urandom", "tty"] {
        let mount = facts.mount(&format!("/dev/{name}"));
        assert!(mount.has("nosuid") && !mount.has("nodev"), "{mount:?}");
    }
    let pts = facts.mount("/dev/pts");
    assert_eq!(pts.kind, "devpts");
    assert!(pts.has("nosuid") && pts.has("noexec"), "{pts:?}");
    assert!(
        pts.option("ptmxmode=666") && pts.option("mode=620"),
        "{pts:?}"
    );
});

compliance!(devices_work, {
    let out = bare().args(["--dev", "/dev"]).shell(
        "echo x >/dev/null && head -c3 /dev/zero | od -An -tx1 && head -c5 /dev/urandom | wc -c",
    );
    assert_eq!(
        out.split_whitespace().collect::<Vec<_>>(),
        ["00", "00", "00", "5"]
    );
});

compliance!(links_and_directories_are_there, {
    let script = "for name in stdin stdout stderr fd core ptmx; do readlink /dev/$name; done; \
                  stat -c %a /dev/shm /dev/pts; ls /dev | tr '\\n' ' '";
    let out = bare().args(["--dev", "/dev"]).shell(script);
    let lines: Vec<_> = out.lines().collect();
    let links = [
        "/proc/self/fd/0",
        "/proc/self/fd/1",
        "/proc/self/fd/2",
        "/proc/self/fd",
    ];
    assert_eq!(lines[..4], links);
    assert_eq!(lines[4..8], ["/proc/kcore", "pts/ptmx", "755", "755"]);
    let names = "core fd full null ptmx pts random shm stderr stdin stdout tty urandom zero";
    assert_eq!(lines[8].trim(), names);
});

compliance!(the_user_keeps_its_ids, {
    let facts = bare().args(["--unshare-user", "--dev", "/dev"]).facts();
    assert_eq!(
        (facts.uid.0, facts.gid.0),
        (getuid().as_raw(), getgid().as_raw())
    );
    let inner = facts.uid_map.expect("a map")[0].clone();
    assert!(
        inner.starts_with(&format!("{} ", getuid().as_raw())),
        "{inner}"
    );
});

compliance!(a_console_appears_with_a_terminal_on_standard_output, {
    let flags = OpenptFlags::RDWR | OpenptFlags::NOCTTY | OpenptFlags::CLOEXEC;
    let terminal = openpt(flags).expect("open a terminal");
    grantpt(&terminal)
        .and_then(|()| unlockpt(&terminal))
        .expect("unlock the terminal");
    let name = ptsname(&terminal, Vec::new()).expect("its name");
    let name = name.to_str().expect("a path that is text").to_owned();
    let flags = rustix::fs::OFlags::RDWR | rustix::fs::OFlags::NOCTTY | rustix::fs::OFlags::CLOEXEC;
    let user = rustix::fs::open(&name, flags, rustix::fs::Mode::empty()).expect("open its end");
    let number = rustix::fs::fstat(&user).expect("stat the terminal").st_rdev;
    let bwrap = bare()
        .args(["--dev", "/dev"])
        .stdout(user)
        .fd(9, aril_tests::fds::data(b""));
    let script = "stat -c %t:%T /dev/console >&2";
    let done = bwrap.args(["sh", "-c", script]).finish().success();
    let expected = format!(
        "{:x}:{:x}\n",
        rustix::fs::major(number),
        rustix::fs::minor(number)
    );
    assert_eq!(done.stderr, expected);
});

compliance!(without_a_terminal_there_is_no_console, {
    bare()
        .args(["--dev", "/dev"])
        .shell("! test -e /dev/console");
});
