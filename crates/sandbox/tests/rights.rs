//! Every right on files that Landlock knows, one at a time: what it names fails without it and works with it.

mod support;

use aril_sandbox::spec::{Data, FileRules, Landlock, Node, PathRule};
use aril_sandbox::{Entry, FileAccess, Host, Spec};
use support::{output, shell};

/// One deed for each right, told by the error's number, or 0. To make a block device takes more than any
/// sandbox has, so that it fails with another number where the right is given.
const DEEDS: &str = "
import fcntl, os, socket, subprocess, sys
def execute():
    if os.fork() == 0:
        try: os.execv('/place/program', ['program'])
        except OSError as error: os._exit(error.errno)
    raise Ended(os.waitstatus_to_exitcode(os.wait()[1]))
class Ended(Exception):
    pass
def ioctl():
    fcntl.ioctl(os.open('/dev/urandom', os.O_RDONLY), 0x80045200, bytes(4))
deeds = {
    'execute': execute,
    'write_file': lambda: os.open('/place/file', os.O_WRONLY),
    'read_file': lambda: os.open('/place/file', os.O_RDONLY),
    'read_dir': lambda: os.listdir('/place'),
    'remove_dir': lambda: os.rmdir('/place/empty'),
    'remove_file': lambda: os.unlink('/place/file'),
    'make_char': lambda: os.mknod('/place/new', 0o020600, 0),
    'make_block': lambda: os.mknod('/place/new', 0o060600, os.makedev(7, 0)),
    'make_dir': lambda: os.mkdir('/place/new'),
    'make_reg': lambda: os.open('/place/new', os.O_CREAT | os.O_WRONLY, 0o600),
    'make_sock': lambda: socket.socket(socket.AF_UNIX).bind('/place/new'),
    'make_fifo': lambda: os.mkfifo('/place/new'),
    'make_sym': lambda: os.symlink('x', '/place/new'),
    'refer': lambda: os.rename('/place/file', '/place/empty/file'),
    'truncate': lambda: os.truncate('/place/file', 0),
    'ioctl_dev': ioctl,
}
try:
    deeds[sys.argv[1]]()
    print(0)
except Ended as ended:
    print(ended.args[0])
except OSError as error:
    print(error.errno)
";

const EACCES: &str = "13\n";
const EPERM: &str = "1\n";
const EXDEV: &str = "18\n";
const DONE: &str = "0\n";

/// The name of each right, the ABI that brought it, and what its deed fails with.
const RIGHTS: [(&str, u32, &str); 16] = [
    ("execute", 1, EACCES),
    ("write_file", 1, EACCES),
    ("read_file", 1, EACCES),
    ("read_dir", 1, EACCES),
    ("remove_dir", 1, EACCES),
    ("remove_file", 1, EACCES),
    ("make_char", 1, EACCES),
    ("make_block", 1, EACCES),
    ("make_dir", 1, EACCES),
    ("make_reg", 1, EACCES),
    ("make_sock", 1, EACCES),
    ("make_fifo", 1, EACCES),
    ("make_sym", 1, EACCES),
    // As if it were on another filesystem, so that programs copy.
    ("refer", 2, EXDEV),
    ("truncate", 3, EACCES),
    ("ioctl_dev", 5, EACCES),
];

/// Does the deed where these rights are left on `/place` and `/dev`, or all are without Landlock.
fn deed(name: &str, left: Option<FileAccess>, abi: u32) -> String {
    let mut spec: Spec = shell("");
    spec.program.path = "/usr/bin/python3".into();
    spec.program.args = vec!["-c".into(), DEEDS.into(), name.into()];
    spec.tree.push(Entry::tmpfs("/place"));
    let directory = Node::Directory { mode: 0o755 };
    spec.tree.push(Entry::new("/place/empty", directory));
    for (path, mode, text) in [
        ("/place/file", 0o644, &b"text"[..]),
        ("/place/program", 0o755, b"#!/bin/true\n"),
    ] {
        let data = Data::Bytes(text.into());
        spec.tree.push(Entry::new(path, Node::File { mode, data }));
    }
    let reads = FileAccess::READ.with(FileAccess::EXECUTE);
    let programs = ["/usr", "/bin", "/lib", "/lib64", "/proc"];
    spec.landlock = left.map(|left| {
        let rule = |path: &str, access| PathRule {
            path: path.into(),
            access,
            optional: true,
        };
        let rules = programs.map(|path| rule(path, reads)).into_iter();
        let rules = rules.chain(["/place", "/dev"].map(|path| rule(path, left)));
        Landlock {
            files: Some(FileRules {
                handled: FileAccess::of_abi(abi),
                rules: rules.collect(),
            }),
            ..Landlock::default()
        }
    });
    output(&spec)
}

#[test]
fn each_right_is_missed_by_itself() {
    let abi = Host::gather().expect("facts").landlock.unwrap_or(0);
    for (name, since, fails_with) in RIGHTS {
        if abi < since {
            println!("skipped: Landlock ABI {since} is needed for {name}, this kernel has {abi}");
            continue;
        }
        let right = FileAccess::parse(name).expect("a right");
        let allowed = if name == "make_block" { EPERM } else { DONE };
        let all = FileAccess::of_abi(abi);
        assert_eq!(
            deed(name, Some(all.without(right)), abi),
            fails_with,
            "{name}"
        );
        assert_eq!(deed(name, Some(all), abi), allowed, "the control: {name}");
        assert_eq!(deed(name, None, abi), allowed, "the control: {name}");
    }
}
