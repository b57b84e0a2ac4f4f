//! A person at a terminal: Ctrl-C ends what it should end, and nothing else.
#![forbid(unsafe_code)]

use aril_tests::under_test;
use std::path::Path;
use std::process::Command;

/// Runs the words after the first on a terminal of their own, presses Ctrl-C once they have printed
/// `ready`, and prints how they ended and what they wrote. Python makes the terminal.
const TERMINAL: &str = r#"
import os, pty, sys
pid, fd = pty.fork()
if pid == 0:
    os.execv(sys.argv[1], sys.argv[1:])
text = b""
try:
    while b"ready" not in text:
        text += os.read(fd, 1000)
    os.write(fd, b"\x03")
    while True:
        more = os.read(fd, 1000)
        if not more:
            break
        text += more
except OSError:
    pass
status = os.waitpid(pid, 0)[1]
if os.WIFSIGNALED(status):
    print("signal", os.WTERMSIG(status))
else:
    print("exit", os.WEXITSTATUS(status))
print(text.decode())
"#;

/// A payload that takes Ctrl-C as a wish, as editors and interpreters do, and ends when it likes.
const PAYLOAD: &str = "trap 'echo caught; sleep 0.1; exit 3' INT; echo ready; sleep 60 & wait";

fn press(program: &Path, more: &[&str], payload: &str) -> String {
    let output = Command::new("python3")
        .args(["-c", TERMINAL])
        .arg(program)
        .args("--die-with-parent --unshare-pid --ro-bind / / --dev /dev --proc /proc".split(' '))
        .args(more)
        .args(["/bin/sh", "-c", payload])
        .output()
        .expect("python3 runs");
    String::from_utf8_lossy(&output.stdout).into_owned()
}

#[test]
fn the_launcher_waits_for_a_payload_that_goes_on() {
    for more in [&[][..], &["--new-session"]] {
        let text = press(under_test::path(), more, PAYLOAD);
        assert!(
            text.starts_with("exit 3\n") && text.contains("caught"),
            "{more:?}: {text}"
        );
    }
}

#[test]
fn the_original_is_gone_before_its_payload() {
    let Some(original) = under_test::original() else {
        eprintln!("skipped: no original is installed, so there is no control");
        return;
    };
    let text = press(&original, &[], PAYLOAD);
    assert!(text.starts_with("signal 2\n"), "{text}");
}

#[test]
fn a_payload_that_dies_of_it_is_told() {
    let text = press(under_test::path(), &[], "echo ready; exec sleep 60");
    assert!(text.starts_with("exit 130\n"), "{text}");
}
