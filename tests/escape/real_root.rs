//! A real root: what its payload, which is root too, must not reach.

use crate::control::escape;
use crate::control::ours;
use crate::descriptors::reach_the_launcher;
use aril_tests::{Bwrap, Canary, Scratch, is_root, roots};

escape!(a_root_does_not_reach_its_launcher, {
    // Without a user and a pid namespace the launcher is a process of the same user with no
    // capability left, and dumpable: its root directory and its memory are open.
    if is_root() {
        for args in [&[][..], &["--cap-drop", "ALL"]] {
            let out = reach_the_launcher(args);
            assert!(!out.contains("REACHED"), "{out}");
        }
    }
});

escape!(a_root_cannot_write_what_is_read_only, {
    // With a user namespace, and no capability asked for, it has all of them in the namespace that
    // owns the mounts: it takes off the flag, and the cover, and is the host's root on its files.
    if is_root() {
        for args in [&["--unshare-all"][..], &["--unshare-user"]] {
            let scratch = Scratch::new();
            let canary = Canary::new(&scratch);
            let script = "mount -n -o remount,rw,bind /x; touch /x/made; umount /y; cat /y/file";
            let bwrap = roots::bare(ours()).args(args);
            let bwrap = bwrap.args([
                "--proc",
                "/proc",
                "--dev",
                "/dev",
                "--ro-bind",
                canary.path(),
            ]);
            let bwrap = bwrap.args(["/x", "--ro-bind", canary.path(), "/y", "--tmpfs", "/y"]);
            let done = bwrap.args(["sh", "-c", script]).finish();
            canary.unchanged(&format!("{args:?}: {done:?}"));
            assert!(!done.stdout.contains(Canary::SECRET), "{done:?}");
        }
    }
});

escape!(ambient_capabilities_do_not_come_along, {
    // A login or a service manager may give them; they survive every exec by a user who is not root.
    if is_root() {
        let found = |words: &[&str]| {
            let setpriv =
                Bwrap::of("setpriv").args(["--inh-caps", "+chown", "--ambient-caps", "+chown"]);
            let done = setpriv
                .args(words)
                .args(["grep", "^CapAmb", "/proc/self/status"]);
            done.finish().success().stdout
        };
        let ours = ours().to_str().expect("text");
        assert_eq!(
            found(&[ours, "--bind", "/", "/"]),
            "CapAmb:\t0000000000000000\n"
        );
        assert_eq!(
            found(&["env"]),
            "CapAmb:\t0000000000000001\n",
            "the control"
        );
    }
});
