//! System calls that lead around the default filter: new calls, other ABIs, and io_uring
//! (CVE-2021-41133 and its kin); and the parts of the kernel that no sandbox needs.

use crate::control::{escape, ours};
use crate::terminal::default_filter;
use aril_seccomp::{Action, Arch, Decision, RuleSet};
use aril_tests::{fds, roots};
use std::collections::BTreeMap;

fn native() -> Arch {
    if cfg!(target_arch = "x86_64") {
        Arch::X86_64
    } else {
        Arch::Aarch64
    }
}

/// Runs a Python script in a sandbox, with or without the default filter.
fn python(script: &str, args: &[&str], is_filtered: bool) -> String {
    let bwrap = roots::bare(ours()).args(["--proc", "/proc", "--dev", "/dev", "--tmpfs", "/tmp"]);
    let bwrap = bwrap.args(["--unshare-all", "--unshare-user"]).args(args);
    let bwrap = if is_filtered {
        bwrap
            .fd(9, fds::data(&default_filter()))
            .args(["--seccomp", "9"])
    } else {
        bwrap
    };
    bwrap
        .args(["python3", "-c", script])
        .finish()
        .success()
        .stdout
}

/// Each call in a child of its own, with arguments that do nothing where it is allowed.
const CALLS: &str = "
import ctypes, os, sys
libc = ctypes.CDLL(None, use_errno=True)
zero = [ctypes.c_long(0)] * 6
for number in NUMBERS:
    pid = os.fork()
    if pid == 0:
        ctypes.set_errno(0)
        done = libc.syscall(ctypes.c_long(number), *[ctypes.c_long(-1)] * 6)
        os.write(1, b'%d errno %d\\n' % (number, ctypes.get_errno() if done == -1 else 0))
        os._exit(0)
    _, status = os.waitpid(pid, 0)
    if os.WIFSIGNALED(status):
        os.write(1, b'%d signal %d\\n' % (number, os.WTERMSIG(status)))
";

fn outcomes(numbers: &[u32], is_filtered: bool) -> BTreeMap<u32, String> {
    let script = CALLS.replace("NUMBERS", &format!("{numbers:?}"));
    let out = python(&script, &[], is_filtered);
    let lines = out
        .lines()
        .map(|line| line.split_once(' ').expect("a number and an outcome"));
    lines
        .map(|(number, end)| (number.parse().expect("a number"), end.to_owned()))
        .collect()
}

escape!(every_refused_call_is_refused, {
    // The kernel's answers against the table of rules, by number.
    let policy = RuleSet::default().policy(native());
    let minus_one = [u64::MAX; 6];
    let decide = |number: u32| match policy.decide(native(), number, &minus_one) {
        Decision::Rule(rule) => Some(rule.action),
        _ => None,
    };
    let refused: BTreeMap<u32, u16> = (0..600)
        .filter_map(|number| match decide(number) {
            Some(Action::Errno(errno)) => Some((number, errno)),
            _ => None,
        })
        .collect();
    assert!(refused.len() > 50, "{refused:?}");
    let numbers: Vec<u32> = refused.keys().copied().collect();
    let found = outcomes(&numbers, true);
    for (number, errno) in &refused {
        assert_eq!(found[number], format!("errno {errno}"), "{number}");
    }
    let open = outcomes(&numbers, false);
    let differing = numbers
        .iter()
        .filter(|number| open[number] != found[number])
        .count();
    assert!(differing > 30, "the control: {open:?}");
});

/// Calls by name with the flags that make them dangerous.
const DOORS: &str = "
import ctypes, os, socket, struct
libc = ctypes.CDLL(None, use_errno=True)
def call(name, number, *arguments):
    ctypes.set_errno(0)
    pid = os.fork()
    if pid == 0:
        done = libc.syscall(ctypes.c_long(number), *arguments)
        os.write(1, b'%s %d\\n' % (name.encode(), ctypes.get_errno() if done == -1 else 0))
        os._exit(0)
    os.waitpid(pid, 0)
long = ctypes.c_long
clone, unshare, setns = {'x86_64': (56, 272, 308), 'aarch64': (220, 97, 268)}[os.uname().machine]
call('io_uring_setup', 425, long(4), ctypes.create_string_buffer(120))
call('clone3', 435, struct.pack('QQQQQQQQ', 0x10000000, 0, 0, 0, 17, 0, 0, 0), long(64))
call('clone', clone, long(0x10000011), long(0), long(0), long(0), long(0))
call('clone-high', clone, long(0x7000000010000011), long(0), long(0), long(0), long(0))
call('unshare', unshare, long(0x10000000))
call('setns', setns, long(os.open('/proc/self/ns/user', 0)), long(0x10000000))
call('fsopen', 430, b'tmpfs', long(0))
call('open_tree', 428, long(-100), b'/', long(1))
call('mount_setattr', 442, long(-100), b'/', long(0), ctypes.create_string_buffer(32), long(32))
call('bpf', {'x86_64': 321, 'aarch64': 280}[os.uname().machine], long(0), ctypes.create_string_buffer(80), long(80))
call('userfaultfd', {'x86_64': 323, 'aarch64': 282}[os.uname().machine], long(1))
call('perf_event_open', {'x86_64': 298, 'aarch64': 241}[os.uname().machine], struct.pack('II', 1, 112) + bytes(104), long(0), long(-1), long(-1), long(0))
call('add_key', {'x86_64': 248, 'aarch64': 217}[os.uname().machine], b'user', b'x', b'y', long(1), long(-2))
call('keyctl', {'x86_64': 250, 'aarch64': 219}[os.uname().machine], long(0), long(-3), long(1))
def family(name, *arguments):
    try:
        socket.socket(*arguments).close()
        end = 0
    except OSError as error:
        end = error.errno
    print(name, end, flush=True)
family('unix', 1, 1, 0)
family('inet', 2, 1, 0)
family('route', 16, 3, 0)
family('alg', 38, 5, 0)
family('vsock', 40, 1, 0)
family('xfrm', 16, 3, 6)
family('netfilter', 16, 3, 12)
family('packet', 17, 3, 0)
family('old-packet', 2, 10, 0)
";

fn answers(out: &str) -> BTreeMap<&str, i32> {
    let lines = out.lines().filter_map(|line| line.split_once(' '));
    lines
        .map(|(name, errno)| (name, errno.parse().expect("an errno")))
        .collect()
}

escape!(doors_of_the_kernel_are_closed, {
    let out = python(DOORS, &[], true);
    let found = answers(&out);
    for (name, errno) in [
        ("io_uring_setup", 38),
        ("clone3", 38),
        ("clone", 1),
        ("clone-high", 1),
        ("unshare", 1),
        ("setns", 1),
        ("fsopen", 38),
        ("open_tree", 38),
        ("mount_setattr", 38),
        ("bpf", 1),
        ("userfaultfd", 1),
        ("perf_event_open", 1),
        ("add_key", 1),
        ("keyctl", 1),
        ("alg", 97),
        ("vsock", 97),
        ("xfrm", 93),
        ("netfilter", 93),
        ("packet", 97),
        ("old-packet", 97),
        ("unix", 0),
        ("inet", 0),
        ("route", 0),
    ] {
        assert_eq!(found.get(name), Some(&errno), "{name}: {out}");
    }
    // The control: without the filter most of them work.
    let out = python(DOORS, &["--uid", "0", "--cap-add", "ALL"], false);
    let found = answers(&out);
    for name in ["clone3", "clone", "clone-high", "unshare", "add_key"] {
        assert_eq!(found[name], 0, "{name}: {out}");
    }
    // These fail for want of privileges only: they are there.
    for name in ["open_tree", "fsopen", "mount_setattr"] {
        assert_ne!(found[name], 38, "{name}: {out}");
    }
});

/// Calls the kernel through its 32-bit doors: the x32 numbers, and the i386 interrupt.
const OTHER_ABI: &str = "
import ctypes, mmap, os
libc = ctypes.CDLL(None, use_errno=True)
def child(name, action):
    pid = os.fork()
    if pid == 0:
        os._exit(42 if action() >= 0 else 43)
    _, status = os.waitpid(pid, 0)
    print(name, -os.WTERMSIG(status) if os.WIFSIGNALED(status) else os.WEXITSTATUS(status), flush=True)
child('x32', lambda: libc.syscall(ctypes.c_long(0x40000000 + 39)))
page = mmap.mmap(-1, 4096, prot=7)
# push rbx; mov eax, 20 (getpid); int 0x80; pop rbx; ret
page.write(bytes.fromhex('53b814000000cd805bc3'))
address = ctypes.addressof(ctypes.c_char.from_buffer(page))
function = ctypes.CFUNCTYPE(ctypes.c_int)(address)
child('i386', function)
";

escape!(other_abis_end_the_caller, {
    if cfg!(not(target_arch = "x86_64")) {
        aril_tests::skip::skip("written for x86_64");
    }
    let found = python(OTHER_ABI, &[], true);
    assert_eq!(found, "x32 -31\ni386 -31\n");
    // The control: without the filter they are calls as any other, if the kernel has the ABI.
    let found = python(OTHER_ABI, &[], false);
    assert!(!found.contains("-31"), "{found}");
});

escape!(the_filter_holds_for_everything_that_is_started, {
    // It cannot be taken off, and it is there before the first instruction of the payload.
    let script = "
import os, re
print([re.search('Seccomp:.([0-9])', open(path).read())[1] for path in ['/proc/self/status']], flush=True)
os.execvp('sh', ['sh', '-c', 'grep -E \"Seccomp:|NoNewPrivs:\" /proc/self/status; unshare -U true; echo $?'])
";
    let out = python(script, &[], true);
    assert_eq!(out, "['2']\nNoNewPrivs:\t1\nSeccomp:\t2\n1\n");
    let out = python(script, &[], false);
    assert_eq!(
        out, "['0']\nNoNewPrivs:\t1\nSeccomp:\t0\n0\n",
        "the control"
    );
});

escape!(a_filter_that_cannot_be_had_stops_the_start, {
    for filter in [
        aril_tests::filter::invalid(),
        vec![1, 2, 3],
        vec![0; 8 * 5000],
    ] {
        let bwrap = roots::bare(ours())
            .fd(9, fds::data(&filter))
            .args(["--seccomp", "9"]);
        let done = bwrap.args(["echo", "ran"]).finish();
        assert_eq!((done.code(), done.stdout.as_str()), (1, ""), "{done:?}");
    }
    let bwrap = roots::bare(ours())
        .fd(9, fds::data(&default_filter()))
        .args(["--seccomp", "9"]);
    assert_eq!(
        bwrap.args(["echo", "ran"]).finish().stdout,
        "ran\n",
        "the control"
    );
});
