//! Parts of the kernel that no sandbox needs, by every ABI and with bits that only the kernel ignores.

use crate::place::{Place, attack};
use aril_tests::is_root;
use std::collections::BTreeMap;

/// Each call in a child of its own; says how it ended.
const DOORS: &str = "
import ctypes, mmap, os, struct, sys, time
libc = ctypes.CDLL(None, use_errno=True)
x86 = os.uname().machine == 'x86_64'
def call(name, number, *arguments):
    pid = os.fork()
    if pid == 0:
        ctypes.set_errno(0)
        done = libc.syscall(ctypes.c_long(number), *arguments)
        os.write(1, b'%s %d\\n' % (name.encode(), ctypes.get_errno() if done == -1 else 0))
        os._exit(0)
    _, status = os.waitpid(pid, 0)
    if os.WIFSIGNALED(status):
        os.write(1, b'%s -%d\\n' % (name.encode(), os.WTERMSIG(status)))
long, buffer = ctypes.c_long, ctypes.create_string_buffer
def number(x, a): return x if x86 else a
HIGH = 0x7fffffff00000000
call('io_uring_setup', 425, long(4), buffer(120))
call('clone3', 435, struct.pack('QQQQQQQQ', 0x10000000, 0, 0, 0, 17, 0, 0, 0), long(64))
call('clone', number(56, 220), long(0x10000011), long(0), long(0), long(0), long(0))
call('clone-high', number(56, 220), long(HIGH | 0x10000011), long(0), long(0), long(0), long(0))
call('unshare', number(272, 97), long(0x10000000))
call('setns', number(308, 268), long(os.open('/proc/self/ns/user', 0)), long(0x10000000))
call('setns-pidfd', number(308, 268), long(os.pidfd_open(1)), long(0x20000000))
call('mount', number(165, 40), b'x', b'/tmp', b'tmpfs', long(0), long(0))
call('umount', number(166, 39), b'/tmp', long(2))
call('pivot_root', number(155, 41), b'/', b'/tmp')
call('chroot', number(161, 51), b'/tmp')
call('fsopen', 430, b'tmpfs', long(0))
call('open_tree', 428, long(-100), b'/', long(1))
call('move_mount', 429, long(-100), b'/', long(-100), b'/tmp', long(0))
call('mount_setattr', 442, long(-100), b'/', long(0), buffer(32), long(32))
call('bpf', number(321, 280), long(0), buffer(80), long(80))
call('userfaultfd', number(323, 282), long(1))
call('perf', number(298, 241), struct.pack('II', 1, 112) + bytes(104), long(0), long(-1), long(-1), long(0))
call('add_key', number(248, 217), b'user', b'x', b'y', long(1), long(-2))
call('request_key', number(249, 218), b'user', b'x', long(0), long(-2))
call('keyctl', number(250, 219), long(0), long(-3), long(1))
call('ptrace', number(101, 117), long(0), long(0), long(0), long(0))
# The first process inside; outside it is somebody else's, which would stay stopped.
victim = 1 if sys.argv[1:] == ['inside'] else os.fork()
if victim == 0: time.sleep(100)
call('ptrace-init', number(101, 117), long(16), long(victim), long(0), long(0))
if victim != 1: os.kill(victim, 9)
call('process_vm', number(310, 270), long(os.getppid()), long(0), long(0), long(0), long(0), long(0))
call('pidfd_getfd', 438, long(os.pidfd_open(1)), long(0), long(0))
call('kcmp', number(312, 272), long(1), long(1), long(0), long(0), long(0))
call('handle', number(304, 265), long(-100), buffer(128), long(0))
call('personality', number(135, 92), long(0x0040000))
call('syslog', number(103, 116), long(3), buffer(10), long(10))
call('module', number(313, 273), long(0), b'', long(0))
call('own-group', number(141, 140), long(1), long(0), long(19))
call('own-group-high', number(141, 140), long(HIGH | 1), long(HIGH), long(19))
def family(name, *arguments): call(name, number(41, 198), *[long(a) for a in arguments])
family('unix', 1, 1, 0)
family('inet', 2, 1, 0)
family('alg', 38, 5, 0)
family('alg-high', HIGH | 38, 5, 0)
family('vsock', 40, 1, 0)
family('xfrm', 16, 3, 6)
family('xfrm-high', HIGH | 16, 3, HIGH | 6)
family('netfilter', 16, 3, 12)
family('packet', 17, 3, 0)
family('old-packet', 2, 10, 0)
family('old-packet-flags', 2, 10 | 0o2000000, 0)
family('bluetooth', 31, 3, 1)
family('can', 29, 3, 1)
family('rds', 21, 5, 0)
family('tipc', 30, 1, 0)
if x86:
    call('x32', 0x40000000 + 39)
    call('x32-ioctl', 0x40000000 + 514, long(0), long(0x5412), b'x')
    page = mmap.mmap(-1, 4096, prot=7)
    # push rbx; mov eax, 20 (getpid); int 0x80; pop rbx; ret
    page.write(bytes.fromhex('53b814000000cd805bc3'))
    function = ctypes.CFUNCTYPE(ctypes.c_int)(ctypes.addressof(ctypes.c_char.from_buffer(page)))
    pid = os.fork()
    if pid == 0:
        function()
        os._exit(0)
    _, status = os.waitpid(pid, 0)
    print('i386', -os.WTERMSIG(status) if os.WIFSIGNALED(status) else 0, flush=True)
";

fn answers(out: &str) -> BTreeMap<&str, i32> {
    let lines = out.lines().filter_map(|line| line.split_once(' '));
    lines
        .map(|(name, errno)| (name, errno.parse().expect("an errno")))
        .collect()
}

/// What the default rules answer. `EPERM` is 1, `ENOSYS` 38, `EPROTONOSUPPORT` 93, `EAFNOSUPPORT` 97.
const EXPECTED: &[(&str, i32)] = &[
    ("io_uring_setup", 38),
    ("clone3", 38),
    ("clone", 1),
    ("clone-high", 1),
    ("unshare", 1),
    ("setns", 1),
    ("setns-pidfd", 1),
    ("mount", 1),
    ("umount", 1),
    ("pivot_root", 1),
    ("chroot", 1),
    ("fsopen", 38),
    ("open_tree", 38),
    ("move_mount", 38),
    ("mount_setattr", 38),
    ("bpf", 1),
    ("userfaultfd", 1),
    ("perf", 1),
    ("add_key", 1),
    ("request_key", 1),
    ("keyctl", 1),
    ("ptrace", 1),
    ("ptrace-init", 1),
    ("process_vm", 1),
    ("pidfd_getfd", 1),
    ("kcmp", 38),
    ("handle", 1),
    ("personality", 1),
    ("syslog", 1),
    ("module", 1),
    ("own-group", 1),
    ("own-group-high", 1),
    ("unix", 0),
    ("inet", 0),
    ("alg", 97),
    ("alg-high", 97),
    ("vsock", 97),
    ("xfrm", 93),
    ("xfrm-high", 93),
    ("netfilter", 93),
    ("packet", 97),
    ("old-packet", 97),
    ("old-packet-flags", 97),
    ("bluetooth", 97),
    ("can", 97),
    ("rds", 97),
    ("tipc", 97),
];

attack!(doors_of_the_kernel_are_closed, {
    let place = Place::new();
    let out = place.inside(DOORS, &["inside"]);
    let found = answers(&out);
    for (name, errno) in EXPECTED {
        assert_eq!(found.get(name), Some(errno), "{name}: {out}");
    }
    if cfg!(target_arch = "x86_64") {
        for name in ["x32", "x32-ioctl", "i386"] {
            assert_eq!(found[name], -31, "{name}: {out}");
        }
    }
    // The controls: without the rules these work, or the kernel itself answers otherwise.
    let open = place.python(place.exec(&["--seccomp", "none"]), DOORS, &["inside"]);
    let open = answers(&open);
    for name in [
        "add_key",
        "ptrace",
        "personality",
        "own-group",
        "own-group-high",
    ] {
        assert_eq!(open.get(name), Some(&0), "{name}: {open:?}");
    }
    let differing = EXPECTED.iter().filter(|(name, errno)| open[name] != *errno);
    assert!(differing.count() > 15, "the control: {open:?}");
    let out = place.outside_apart(DOORS);
    let outside = answers(&out);
    for name in ["clone3", "clone", "clone-high", "unshare"] {
        assert_eq!(outside[name], 0, "the control, {name}: {out}");
    }
});

attack!(no_namespace_below_even_without_the_rules, {
    // The rules are not the only border: the limit of user namespaces and the lost capabilities hold.
    let place = Place::new();
    let script = "import ctypes\nlibc = ctypes.CDLL(None, use_errno=True)\n\
                  print(libc.unshare(0x10000000), libc.unshare(0x20000), libc.mount(b'x', b'/tmp', b'tmpfs', 0, 0))";
    let found = place.python(place.exec(&["--seccomp", "none"]), script, &[]);
    assert!(
        found.ends_with("-1 -1\n"),
        "no mount namespace and no mount: {found}"
    );
    assert!(
        place.outside_apart(script).starts_with("0 0"),
        "the control"
    );
});

/// All the identities and rights of a process.
const STATUS: &str = "
for line in open('/proc/self/status'):
    if line.split(':')[0] in ('CapInh', 'CapPrm', 'CapEff', 'CapBnd', 'CapAmb', 'NoNewPrivs', 'Seccomp'):
        print(line.split()[1])
";

attack!(every_namespace_is_its_own, {
    let script = "
import os
for kind in ['cgroup', 'ipc', 'mnt', 'net', 'pid', 'user', 'uts']:
    try: print(kind, os.stat('/proc/self/ns/' + kind).st_ino)
    except OSError: pass";
    let place = Place::new();
    let numbers = |out: String| out.lines().map(str::to_owned).collect::<Vec<_>>();
    let inside = numbers(place.inside(script, &[]));
    let outside = numbers(place.outside(script, &[]));
    assert_eq!(inside.len(), outside.len(), "{inside:?}");
    for line in &inside {
        assert!(!outside.contains(line), "it is the host's: {line}");
    }
    assert_eq!(numbers(place.outside(script, &[])), outside, "the control");
});

attack!(no_capability_is_left_nor_to_be_had, {
    let place = Place::new();
    let none = "0000000000000000\n".repeat(5);
    assert_eq!(place.inside(STATUS, &[]), format!("{none}1\n2\n"));
    let as_root = place.python(place.exec(&["--user", "root"]), STATUS, &[]);
    assert_eq!(as_root, format!("{none}1\n2\n"));
    assert_ne!(
        place.outside(STATUS, &[]),
        format!("{none}1\n2\n"),
        "the control"
    );
});

attack!(settings_of_the_kernel_cannot_be_changed, {
    // A pipe in core_pattern runs on the host (CVE-2022-0492 is the same with release_agent).
    let place = Place::new();
    let script = "
import os
for path in ['/proc/sys/kernel/core_pattern', '/proc/sys/kernel/modprobe', '/proc/sysrq-trigger',
             '/proc/sys/vm/drop_caches', '/proc/sys/net/ipv4/ip_forward', '/proc/irq/default_smp_affinity',
             '/proc/sys/user/max_user_namespaces', '/proc/mtrr', '/proc/bus/pci/devices', '/proc/self/timens_offsets',
             '/proc/self/uid_map', '/proc/self/setgroups', '/proc/self/loginuid', '/proc/1/mem', '/proc/1/root',
             '/sys/fs/cgroup/cgroup.procs', '/dev/mem', '/dev/kmsg', '/proc/kcore', '/proc/kmsg']:
    try:
        os.close(os.open(path, os.O_WRONLY))
        print(path)
    except OSError:
        pass
for top, _, names in os.walk('/proc/sys'):
    for name in names:
        try:
            os.close(os.open(os.path.join(top, name), os.O_WRONLY))
            print(os.path.join(top, name))
        except OSError:
            pass
";
    // Its own id maps can be opened, but were written once and for all; the rest are settings of its
    // own IPC and pid namespaces.
    let own = [
        "/proc/self/uid_map",
        "/proc/self/setgroups",
        "/proc/self/loginuid",
        "/proc/self/timens_offsets",
    ];
    let found = place.inside(script, &[]);
    let own_namespaces = [
        "fs/mqueue/",
        "kernel/auto_msgmni",
        "kernel/msg",
        "kernel/sem",
        "kernel/shm",
        "kernel/ns_last_pid",
        "kernel/pid_max",
    ];
    let is_own = |path: &str| {
        let setting = path.strip_prefix("/proc/sys/").unwrap_or_default();
        own.contains(&path) || own_namespaces.iter().any(|own| setting.starts_with(own))
    };
    let left: Vec<&str> = found.lines().filter(|path| !is_own(path)).collect();
    assert!(left.is_empty(), "{left:?}");
    if is_root() {
        let outside = place.outside(script, &[]);
        assert!(outside.contains("core_pattern"), "the control: {outside}");
    }
});
