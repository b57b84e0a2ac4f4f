//! Typing into the terminal outside: CVE-2017-5226 (TIOCSTI), CVE-2019-10063 (the same with bits
//! that a filter of 32 bits sees and the kernel does not), CVE-2023-28100 (TIOCLINUX).

use crate::control::{escape, ours};
use aril_seccomp::{Arch, RuleSet, compile};
use aril_tests::run::words;
use aril_tests::skip::left_out;
use aril_tests::terminal::TERMINAL;
use aril_tests::{Bwrap, fds, under_test};
use std::ffi::OsString;

/// The default set's program for this machine.
pub(crate) fn default_filter() -> Vec<u8> {
    let arch = if cfg!(target_arch = "x86_64") {
        Arch::X86_64
    } else {
        Arch::Aarch64
    };
    compile(&RuleSet::default().policy(arch))
        .expect("the default set compiles")
        .to_bytes()
}

/// Asks for the ioctls on standard input, and on the terminal by its name, with 64 bits.
const ATTACK: &str = "
import ctypes, os, struct
libc = ctypes.CDLL(None, use_errno=True)
numbers = {'x86_64': 16, 'aarch64': 29}
number = numbers[os.uname().machine]
def ask(name, fd, request, byte):
    argument = ctypes.create_string_buffer(byte)
    ctypes.set_errno(0)
    done = libc.syscall(ctypes.c_long(number), ctypes.c_long(fd), ctypes.c_long(request), argument)
    print(name, done, ctypes.get_errno(), flush=True)
descriptors = [0]
for path in ['/dev/tty', '/dev/console']:
    try:
        descriptors.append(os.open(path, os.O_RDWR | os.O_NOCTTY))
    except OSError:
        pass
for fd in descriptors:
    ask('sti', fd, 0x5412, b'a')
    ask('sti-high', fd, 0x100005412, b'b')
    ask('sti-higher', fd, 0x7fffffff00005412, b'c')
    ask('linux', fd, 0x541c, b'\\x03')
    ask('linux-high', fd, 0x10000541c, b'\\x03')
    # A controlling terminal again: it has a session, so it cannot be taken.
    ask('ctty', fd, 0x540e, b'\\0')
";

/// Runs the attack on a terminal in what these words make; returns what was said and typed.
fn attack(command: &[OsString], filter: bool) -> String {
    let bwrap = Bwrap::of("python3").args(["-c", TERMINAL]).args(command);
    let bwrap = if filter {
        bwrap.fd(9, fds::data(&default_filter()))
    } else {
        bwrap
    };
    bwrap
        .args(["python3", "-c", ATTACK])
        .finish()
        .success()
        .stdout
}

fn sandbox(more: &[&str]) -> Vec<OsString> {
    let mut command = vec![under_test::path().into()];
    command.extend(words(&[
        "--ro-bind",
        "/",
        "/",
        "--dev-bind",
        "/dev",
        "/dev",
    ]));
    command.extend(words(more));
    command
}

/// Whether the kernel has the ioctl for ordinary users at all.
fn is_allowed_here() -> bool {
    let path = "/proc/sys/dev/tty/legacy_tiocsti";
    std::fs::read_to_string(path).map_or(true, |text| text.trim() == "1")
}

fn typed(out: &str) -> &str {
    let (_, typed) = out.split_once("TYPED[").expect("what was typed");
    typed.split_once(']').expect("its end").0
}

escape!(nothing_is_typed_from_a_new_session, {
    for more in [
        &["--new-session"][..],
        &["--new-session", "--unshare-pid"],
        &["--new-session", "--unshare-pid", "--as-pid-1"],
        &["--new-session", "--unshare-all"],
    ] {
        let out = attack(&sandbox(more), false);
        assert_eq!(typed(&out), "", "{more:?}: {out}");
        assert!(
            out.contains("sti -1 ") && !out.contains("sti 0"),
            "{more:?}: {out}"
        );
    }
});

escape!(nothing_is_typed_under_the_filter, {
    let out = attack(&sandbox(&["--seccomp", "9"]), true);
    assert_eq!(typed(&out), "", "{out}");
    for name in ["sti", "sti-high", "sti-higher", "linux", "linux-high"] {
        let refused = format!("{name} -1 1\r\n");
        assert!(out.contains(&refused), "{name}: {out}");
    }
});

escape!(control_it_is_typed_without_either, {
    if !is_allowed_here() {
        left_out("a control", "dev.tty.legacy_tiocsti is 0");
        return;
    }
    for command in [sandbox(&[]), words(&["env"])] {
        let out = attack(&command, false);
        assert!(typed(&out).starts_with("abc"), "{command:?}: {out}");
    }
    assert!(ours().exists());
});
