//! Files that would run as their owner outside: made by every call that gives a file a mode, and looked at
//! from outside afterwards.

use crate::place::{Place, attack};
use aril_tests::is_root;
use std::fs;
use std::os::unix::fs::{FileTypeExt, MetadataExt};

/// Every way to a file with the set-user-id or set-group-id bit, each under a name of its own.
const MAKE: &str = "
import ctypes, os, platform, struct
libc = ctypes.CDLL(None, use_errno=True)
libc.syscall.restype = ctypes.c_long
here = -100
def attempt(name, action):
    try:
        action(name)
    except OSError:
        pass
def raw(*args):
    if libc.syscall(*(ctypes.c_long(a) if isinstance(a, int) else a for a in args)) < 0:
        raise OSError(ctypes.get_errno(), 'raw')
def file(name):
    with open(name, 'w') as made:
        made.write('#!/bin/sh\\n')
    return name
def temporary(bits):
    def make(name):
        fd = os.open('.', os.O_TMPFILE | os.O_RDWR, bits | 0o755)
        os.link('/proc/self/fd/%d' % fd, name, follow_symlinks=True)
    return make
def by_descriptor(bits):
    def make(name):
        fd = os.open(file(name), os.O_RDWR)
        os.fchmod(fd, bits | 0o755)
    return make
def by_open2(bits):
    how = struct.pack('QQQ', os.O_CREAT | os.O_RDWR, bits | 0o755, 0)
    return lambda name: raw(437, here, name.encode(), how, len(how))
old = platform.machine() == 'x86_64'
os.umask(0)
for bits in (0o4000, 0o2000, 0o6000):
    mode = bits | 0o755
    ways = {
        'chmod': lambda name: os.chmod(file(name), mode),
        'fchmod': by_descriptor(bits),
        'fchmodat2': lambda name: raw(452, here, file(name).encode(), mode, 0),
        'open': lambda name: os.open(name, os.O_CREAT | os.O_RDWR, mode),
        'open-junk': lambda name: raw(257 if old else 56, here, name.encode(), os.O_CREAT | 1, mode | 0xdead << 32),
        'tmpfile': temporary(bits),
        'openat2': by_open2(bits),
        'mknod': lambda name: os.mknod(name, 0o100000 | mode),
    }
    if old:
        ways['chmod-old'] = lambda name: raw(90, file(name).encode(), mode)
        ways['open-old'] = lambda name: raw(2, name.encode(), os.O_CREAT | os.O_RDWR, mode)
        ways['creat-old'] = lambda name: raw(85, name.encode(), mode)
        ways['mknod-old'] = lambda name: raw(133, name.encode(), 0o100000 | mode, 0)
    for way, action in ways.items():
        attempt('%s-%o' % (way, bits), action)
attempt('device', lambda name: os.mknod(name, 0o020666, os.makedev(1, 3)))
attempt('block', lambda name: os.mknod(name, 0o060666, os.makedev(7, 0)))
capability = struct.pack('<IIIII', 0x02000001, 1 << 21, 0, 0, 0)
attempt('capability', lambda name: os.setxattr(file(name), 'security.capability', capability))
print('done')
";

/// What in the project would give something to whoever runs or opens it.
fn privileged(place: &Place) -> Vec<String> {
    let entries = fs::read_dir(place.at("home/project")).expect("list");
    let entries = entries.map(|entry| entry.expect("an entry").path());
    let gives = entries.filter(|path| {
        let status = fs::symlink_metadata(path).expect("look");
        let is_device = status.file_type().is_char_device() || status.file_type().is_block_device();
        let mut none = [0; 0];
        let has_capability = rustix::fs::getxattr(path, "security.capability", &mut none).is_ok();
        status.mode() & 0o6000 != 0 || is_device || has_capability
    });
    let names = gives.map(|path| path.file_name().expect("a name").to_owned());
    let mut names: Vec<_> = names
        .map(|name| name.into_string().expect("text"))
        .collect();
    names.sort();
    names
}

attack!(no_file_becomes_one_that_runs_as_its_owner, {
    let made = |options: &[&str]| {
        let place = Place::new();
        let out = place.python(place.exec(options), MAKE, &[]);
        assert_eq!(out, "done\n");
        privileged(&place)
    };
    let none: [&str; 0] = [];
    for options in [
        &["-q"][..],
        &["-q", "--user", "root"],
        &["-q", "--seccomp", "default"],
        &["-q", "--seccomp", "+group_signals"],
    ] {
        assert_eq!(made(options), none, "{options:?}");
    }
    let lifted = made(&["-q", "--seccomp=-suid"]);
    assert!(lifted.len() >= 21, "the control: {lifted:?}");
    // What needs a capability is refused all the same.
    let needs = ["device", "block", "capability"];
    assert!(
        !lifted.iter().any(|name| needs.contains(&name.as_str())),
        "{lifted:?}"
    );
    let outside = Place::new();
    outside.outside(MAKE, &[]);
    let found = privileged(&outside);
    assert!(
        found.len() >= if is_root() { 24 } else { 21 },
        "the control: {found:?}"
    );
});
