//! The launcher's own executable file (CVE-2019-5736): until the exec the payload's process runs it,
//! so a payload that is `/proc/self/exe` by another name makes the kernel execute it inside. Who is
//! inside can then keep a descriptor of it, and write to it when nobody runs it any more.

use crate::control::{escape, original, ours};
use aril_tests::run::write_and_close;
use aril_tests::{Bwrap, Scratch, fds, filter, roots, wait};
use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::Path;
use std::process::Stdio;

/// A copy that belongs to whoever runs the tests.
fn copy_of(program: &Path, scratch: &Scratch) -> String {
    let copy = scratch.at("bwrap");
    // By another process: a file that one of ours has open for writing, a child's copy too, is busy.
    let words = [program.as_os_str(), copy.as_ref()];
    Bwrap::of("cp").args(words).finish().success();
    copy
}

/// A root in which `/link` and the script `/script` lead to the launcher's file.
fn trap(program: &str) -> Bwrap {
    Bwrap::of(program)
        .args(roots::system())
        .args(["--proc", "/proc", "--symlink", "/proc/self/exe", "/link"])
        .fd(19, fds::data(b"#!/proc/self/exe --version\n"))
        .args(["--perms", "0755", "--file", "19", "/script"])
}

/// How the payload is named, each of which would print a version.
const NAMES: [&[&str]; 4] = [
    &["/link", "--version"],
    &["/proc/self/exe", "--version"],
    &["/script"],
    &["--setenv", "PATH", "/nowhere:/", "link", "--version"],
];

escape!(a_payload_is_never_the_launchers_own_file, {
    let scratch = Scratch::new();
    let copy = copy_of(ours(), &scratch);
    for more in [
        &[][..],
        &["--unshare-pid"],
        &["--unshare-all", "--as-pid-1"],
        &["--unshare-user", "--uid", "7", "--disable-userns"],
        &["--seccomp", "18"],
    ] {
        for name in NAMES {
            let bwrap = trap(&copy).fd(18, fds::data(&filter::allow()));
            let done = bwrap.args(more).args(name).finish();
            assert_eq!(done.stdout, "", "{more:?} {name:?}: {done:?}");
            assert_eq!(done.code(), 126, "{more:?} {name:?}: {done:?}");
        }
    }
});

escape!(control_the_original_is_executed_inside, {
    let Some(original) = original() else { return };
    let scratch = Scratch::new();
    let copy = copy_of(&original, &scratch);
    for name in NAMES {
        let done = trap(&copy).args(name).finish().success();
        assert!(done.stdout.contains("bubblewrap 0."), "{name:?}: {done:?}");
    }
});

/// Looks for a process that runs the file with a given inode, keeps a descriptor of that, and writes
/// to it when told to.
const WATCH: &str = r#"use Errno qw(ETXTBSY);
    $| = 1; my ($inode, $held) = (shift); print "watching\n";
    WATCH: until ($held) {
        my $input = ''; vec($input, 0, 1) = 1;
        last if select($input, undef, undef, 0.001);
        for my $process (glob "/proc/[0-9]*") {
            next unless ((stat "$process/exe")[1] // 0) == $inode;
            sysopen($held, "$process/exe", 010000000) or next;
            print "HELD\n"; last WATCH;
        }
    }
    <STDIN>;
    exit print "nothing held\n" unless $held;
    until (open my $file, ">", "/proc/self/fd/" . fileno $held) {
        exit print "refused: $!\n" unless $!{ETXTBSY};
    }
    print "WRITTEN\n";"#;

/// Starts `program` in the namespaces of a sandbox in which somebody watches; what the watcher says.
fn attack(program: &Path, is_held: bool) -> (String, bool) {
    let scratch = Scratch::new();
    let copy = copy_of(program, &scratch);
    let before = fs::read(&copy).expect("read it");
    let inode = fs::metadata(&copy).expect("stat it").ino().to_string();
    let (input, tell) = fds::pipe();
    let words = ["-U", "-r", "-p", "-f", "--kill-child", "--mount-proc"];
    let watcher = Bwrap::of("unshare").args(words);
    let watcher = watcher.args(["perl", "-e", WATCH, &inode]);
    let mut watcher = watcher.stdin(Stdio::from(input)).spawn();
    watcher.says("watching");
    let pid = watcher.pid().as_raw_nonzero();
    let children = fs::read_to_string(format!("/proc/{pid}/task/{pid}/children"));
    let child = children.expect("the children").trim().to_owned();
    let open = |kind| fds::open(format!("/proc/{child}/ns/{kind}"));
    let (hold, release) = fds::pipe();
    let bwrap = trap(&copy).fd(8, open("user")).fd(9, open("pid"));
    let bwrap = bwrap.args(["--userns", "8", "--pidns", "9", "/link"]);
    // What is executed inside stays for as long as its own payload does.
    let bwrap = bwrap.args(["--unshare-user", "--ro-bind", "/", "/", "cat"]);
    let mut running = bwrap.stdin(Stdio::from(hold)).spawn();
    if is_held {
        wait::until("HELD", || {
            watcher.stdout().contains("HELD") || running.has_ended()
        });
    }
    drop(release);
    running.wait();
    write_and_close(tell, "now\n");
    let said = watcher.wait().stdout;
    (said, fs::read(&copy).expect("read it") != before)
}

escape!(nobody_inside_gets_hold_of_the_launchers_file, {
    let (said, is_changed) = attack(ours(), false);
    assert_eq!(said, "watching\nnothing held\n");
    assert!(!is_changed, "{said}");
});

escape!(control_the_originals_file_is_overwritten, {
    let Some(original) = original() else { return };
    // Several originals at once may take each other's mount point in a shared directory away.
    let mut attacks = (0..20).map(|_| attack(&original, true));
    let found = attacks.find(|(said, _)| said.contains("HELD"));
    let expected = "watching\nHELD\nWRITTEN\n".to_owned();
    assert_eq!(found, Some((expected, true)));
});

escape!(aril_exec_does_not_execute_its_own_file_inside, {
    // The control is the library's, which can leave the protection out: there the file is executed.
    let scratch = Scratch::new();
    let copy = copy_of(aril_tests::under_test::aril(), &scratch);
    let place = scratch.dir("place");
    std::os::unix::fs::symlink("/proc/self/exe", scratch.at("place/link")).expect("a symlink");
    let run = |words: &[&str]| {
        let aril = Bwrap::of(&copy).env("HOME", scratch.path().to_str().expect("text"));
        let aril = aril.current_dir(&place).args(["exec", "--"]);
        aril.args(words).finish()
    };
    assert_eq!(run(&["echo", "ran"]).success().stdout, "ran\n");
    let done = run(&["./link", "--version"]);
    assert_eq!((done.code(), done.stdout.as_str()), (126, ""), "{done:?}");
});
