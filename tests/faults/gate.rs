//! The payload waits for init: `strace` holds init up just before it becomes itself.

use super::Place;
use aril_tests::under_test;
use std::process::{Command, Stdio};

#[test]
fn the_payload_sees_no_init_that_is_not_shut_off() {
    let place = Place::new("gate");
    let run = |options: &[&str]| {
        let mut command = Command::new("strace");
        let command = command.args(["-f", "-qq", "-o", "/dev/null"]).args(options);
        let command = command.arg(under_test::path());
        let words = "--ro-bind / / --unshare-user --unshare-pid --proc /proc";
        let command = command.args(words.split(' '));
        // Until its exec init is a process of the launcher's; until it is undumpable it can be read.
        let script =
            "cat /proc/1/comm; head -c 1 /proc/1/maps >/dev/null 2>&1 && echo open || echo closed";
        let command = command
            .args(["sh", "-c", script])
            .current_dir(&place.directory);
        let output = command
            .stdin(Stdio::null())
            .output()
            .expect("strace runs: install it");
        String::from_utf8_lossy(&output.stdout).into_owned()
    };
    for call in ["execveat", "prctl", "signalfd4"] {
        let trace = format!("--trace={call}");
        let delay = format!("--inject={call}:delay_enter=30000");
        assert_eq!(run(&[&trace, &delay]), "aril-init\nclosed\n", "{call}");
    }
    assert_eq!(run(&["--trace=execveat"]), "aril-init\nclosed\n");
}
