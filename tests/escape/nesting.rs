//! Sandboxes in sandboxes: a new user namespace is the door to the kernel's privileged side, and a
//! way to undo an outer sandbox from within (rows 16 and 20).

use crate::control::{escape, ours};
use aril_tests::run::Helper;
use aril_tests::{Bwrap, Canary, Scratch, fds, roots};

/// Every way to a new user namespace, and to another one by descriptor.
const WAYS: &str = "
import ctypes, os, struct, subprocess
libc = ctypes.CDLL(None, use_errno=True)
def child(name, action):
    pid = os.fork()
    if pid == 0:
        ctypes.set_errno(0)
        done = action()
        if done == 0 and name.startswith('clone'):
            os._exit(0)
        os.write(1, b'%s %d\\n' % (name.encode(), ctypes.get_errno() if done < 0 else 0))
        os._exit(0)
    os.waitpid(pid, 0)
long = ctypes.c_long
clone = {'x86_64': 56, 'aarch64': 220}[os.uname().machine]
child('unshare', lambda: libc.unshare(0x10000000))
child('unshare-mount', lambda: libc.unshare(0x10020000))
child('clone', lambda: libc.syscall(long(clone), long(0x10000011), long(0), long(0), long(0), long(0)))
child('clone3', lambda: libc.syscall(long(435), struct.pack('QQQQQQQQ', 0x10000000, 0, 0, 0, 17, 0, 0, 0), long(64)))
for path in ['/proc/self/fd/9', '/proc/1/ns/user']:
    try:
        fd = os.open(path, os.O_RDONLY)
    except OSError:
        continue
    child('setns', lambda: libc.setns(fd, 0x10000000))
for path in ['/proc/sys/user/max_user_namespaces']:
    try:
        open(path, 'w').write('100')
        print('limit 0')
    except OSError as error:
        print('limit', error.errno)
child('unshare', lambda: libc.unshare(0x10000000))
";

fn ways(args: &[&str]) -> String {
    let bwrap = roots::bare(ours())
        .args(["--proc", "/proc", "--dev", "/dev"])
        .args(args);
    bwrap
        .args(["python3", "-c", WAYS])
        .finish()
        .success()
        .stdout
}

escape!(no_way_leads_to_a_user_namespace, {
    for args in [
        &["--unshare-user", "--disable-userns"][..],
        &[
            "--unshare-user",
            "--disable-userns",
            "--uid",
            "0",
            "--cap-add",
            "ALL",
        ],
        &[
            "--unshare-all",
            "--unshare-user",
            "--disable-userns",
            "--uid",
            "12",
        ],
    ] {
        let out = ways(args);
        assert!(out.contains("unshare 28\n"), "{args:?}: {out}");
        // All capabilities may set their own namespace's limit. Those above it hold.
        for line in out.lines().filter(|line| *line != "limit 0") {
            assert!(!line.ends_with(" 0"), "{args:?}: {line}: {out}");
        }
    }
});

escape!(control_without_the_option_all_lead_there, {
    let out = ways(&["--unshare-user"]);
    for name in ["unshare", "unshare-mount", "clone", "clone3"] {
        assert!(out.contains(&format!("{name} 0\n")), "{name}: {out}");
    }
});

escape!(another_namespace_by_descriptor_is_no_way_out, {
    // A descriptor of the host's user namespace was left open, and another one's of the user.
    let helper = Helper::start(&["unshare", "-Ur"]);
    for namespace in [fds::open("/proc/self/ns/user"), helper.namespace("user")] {
        let bwrap = roots::bare(ours()).fd(9, namespace);
        let bwrap = bwrap.args(["--proc", "/proc", "--dev", "/dev", "--unshare-user"]);
        let bwrap = bwrap.args(["--disable-userns", "--uid", "0", "--cap-add", "ALL"]);
        let done = bwrap.args(["python3", "-c", WAYS]).finish().success();
        assert!(done.stdout.contains("setns 1\n"), "{done:?}");
        assert!(!done.stdout.contains("setns 0\n"), "{done:?}");
    }
    // The control: outside, the user's own namespace may be joined.
    let bwrap = Bwrap::of("python3").fd(9, helper.namespace("user"));
    let done = bwrap.args(["-c", WAYS]).finish().success();
    assert!(done.stdout.contains("setns 0\n"), "{done:?}");
});

escape!(an_inner_sandbox_does_not_undo_the_outer, {
    let scratch = Scratch::new();
    let canary = Canary::new(&scratch);
    let host = canary.path();
    let program = ours().to_str().expect("text");
    let inner = format!(
        "try() {{ /bwrap \"$@\" sh -c 'cat /h/file {host}/file /x/file; echo x >/h/made; \
         touch /usr/made; umount -l /x; cat /x/file; ls /proc/1/root/..'; }}; \
         try --bind / / --dev-bind /dev /dev; try --bind / / --bind /.. /mnt; \
         try --ro-bind / / --bind / /mnt --unshare-all --proc /proc; \
         try --bind /proc/1/root / ; try --bind / / --chdir /../.. --uid 0 --cap-add ALL"
    );
    let outer = |cover: &[&str]| {
        let bwrap = roots::bare(ours()).args(["--ro-bind", program, "/bwrap", "--dir", "/mnt"]);
        let bwrap = bwrap.args(["--proc", "/proc", "--dev", "/dev", "--unshare-pid"]);
        let bwrap = bwrap
            .args(["--ro-bind", host, "/h", "--bind", host, "/x"])
            .args(cover);
        bwrap.args(["sh", "-c", &inner]).finish()
    };
    let done = outer(&["--tmpfs", "/h", "--tmpfs", "/x"]);
    assert!(!done.stdout.contains(Canary::SECRET), "{done:?}");
    canary.unchanged("an inner sandbox wrote");
    let done = outer(&[]);
    assert!(
        done.stdout.contains(Canary::SECRET),
        "the control: {done:?}"
    );
    canary.unchanged("a read-only bind was written to");
});

escape!(control_groups_cannot_be_written, {
    // CVE-2022-0492: release_agent runs a program of the host.
    let script = "find /sys/fs/cgroup -maxdepth 1 -writable 2>/dev/null; \
         unshare -UrmC sh -c 'mount -t cgroup2 c /mnt && echo x >/mnt/cgroup.procs; \
         mount -t cgroup -o memory c /mnt && echo x >/mnt/release_agent && echo WRITTEN'; \
         for f in /proc/sys/kernel/core_pattern /proc/sys/kernel/modprobe /proc/sysrq-trigger \
         /proc/sys/vm/panic_on_oom /sys/kernel/uevent_helper; do \
         (echo -n >$f) 2>/dev/null && echo WRITTEN $f; done; true";
    for args in [
        &["--unshare-pid"][..],
        &[
            "--unshare-user",
            "--uid",
            "0",
            "--cap-add",
            "ALL",
            "--unshare-pid",
        ],
    ] {
        let bwrap = roots::host(ours()).args(args).args(["--proc", "/proc"]);
        let done = bwrap.args(["sh", "-c", script]).finish().success();
        assert_eq!(done.stdout, "", "{args:?}: {done:?}");
    }
});
