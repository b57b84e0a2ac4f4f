//! Typing into the terminal outside, by every request and every ABI.

use crate::place::{Place, aril, attack};
use aril_tests::skip::left_out;
use aril_tests::terminal::TERMINAL;

/// The requests: with high bits, by descriptor and by name, by the 32-bit doors.
const ATTACK: &str = "
import ctypes, mmap, os
libc = ctypes.CDLL(None, use_errno=True)
number = {'x86_64': 16, 'aarch64': 29}[os.uname().machine]
descriptors = [0]
for path in ['/dev/tty', '/dev/console', '/proc/self/fd/0', '/dev/stdin']:
    try:
        descriptors.append(os.open(path, os.O_RDWR | os.O_NOCTTY))
    except OSError:
        pass
for fd in descriptors:
    for request, byte in ((0x5412, b'a'), (0x100005412, b'b'), (0x7fffffff00005412, b'c'),
                          (0x541c, b'\\x03'), (0x10000541c, b'\\x03')):
        done = libc.syscall(ctypes.c_long(number), ctypes.c_long(fd), ctypes.c_long(request), ctypes.create_string_buffer(byte))
        print('done' if done == 0 else 'refused', flush=True)
def child(action):
    pid = os.fork()
    if pid == 0:
        action()
        os._exit(0)
    os.waitpid(pid, 0)
if number == 16:
    child(lambda: libc.syscall(ctypes.c_long(0x40000000 + 514), ctypes.c_long(0), ctypes.c_long(0x5412), b'x'))
    # mmap with MAP_32BIT: the byte must lie low. push rbx; mov eax, 54; xor ebx, ebx; mov ecx, 0x5412; mov edx, BYTE; int 0x80
    page = mmap.mmap(-1, 4096, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS | 0x40, prot=7)
    address = ctypes.addressof(ctypes.c_char.from_buffer(page))
    code = bytes.fromhex('53b83600000031dbb912540000ba') + (address + 100).to_bytes(4, 'little') + bytes.fromhex('cd805bc3')
    page.seek(0); page.write(code); page.seek(100); page.write(b'i')
    child(ctypes.CFUNCTYPE(ctypes.c_int)(address))
";

fn typed(out: &str) -> &str {
    let (_, typed) = out
        .split_once("TYPED[")
        .unwrap_or_else(|| panic!("nothing said: {out}"));
    typed.split_once(']').expect("its end").0
}

attack!(nothing_is_typed_outside, {
    let place = Place::new();
    let on = |prefix: &[&str]| {
        let program = place.bare().args(["python3", "-c", TERMINAL]).args(prefix);
        program
            .args(["python3", "-c", ATTACK])
            .finish()
            .success()
            .stdout
    };
    let program = aril().into_os_string().into_string().expect("text");
    for options in [
        &["exec", "--"][..],
        &["exec", "--new-session", "--"],
        &["exec", "--user", "root", "--"],
    ] {
        let out = on(&[&[program.as_str()], options].concat());
        assert_eq!(typed(&out), "", "{options:?}: {out}");
        assert!(
            out.contains("refused") && !out.contains("done"),
            "{options:?}: {out}"
        );
    }
    let path = "/proc/sys/dev/tty/legacy_tiocsti";
    if std::fs::read_to_string(path).is_ok_and(|text| text.trim() != "1") {
        left_out("a control", "dev.tty.legacy_tiocsti is 0");
        return;
    }
    assert!(
        typed(&on(&[])).starts_with("abc"),
        "the control: {}",
        on(&[])
    );
});
