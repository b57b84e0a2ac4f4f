//! What the host mounts after the start. A sandbox that was made read-only stays so.

use crate::judge::compliance;
use crate::roots::host;
use aril_tests::run::Helper;
use aril_tests::skip::skip;
use aril_tests::{Bwrap, Scratch, is_root, under_test};
use std::process::Stdio;

compliance!(later_mounts_do_not_appear_under_a_read_only_bind, {
    if !is_root() {
        skip("only root can mount on the host");
    }
    let scratch = Scratch::new();
    let late = scratch.dir("late");
    // The "host" is a mount namespace of its own whose mounts are shared, as systemd makes them.
    let args = ["unshare", "--mount", "--propagation", "shared"];
    let outer = Helper::start(&args);
    let enter = format!("--mount=/proc/{}/ns/mnt", outer.pid());
    let script = format!("echo ready; read line; grep -c ' {late} ' /proc/self/mountinfo; true");
    let bwrap = Bwrap::of("nsenter")
        .args([&enter])
        .args([under_test::path()]);
    let bwrap = bwrap.args(["--ro-bind", "/", "/", "sh", "-c", &script]);
    let (input, release) = aril_tests::fds::pipe();
    let mut running = bwrap.stdin(Stdio::from(input)).spawn();
    running.says("ready");
    let mount = ["mount", "-t", "tmpfs", "late", &late];
    let done = Bwrap::of("nsenter").args([&enter]).args(mount).finish();
    done.success();
    aril_tests::run::write_and_close(release, "go\n");
    assert_eq!(running.wait().stdout, "ready\n0\n");
});

compliance!(nothing_is_mounted_on_the_host, {
    let table = || std::fs::read_to_string("/proc/self/mountinfo").expect("our mount table");
    let before = table();
    host()
        .args(["--dev", "/dev", "--tmpfs", "/tmp", "true"])
        .finish()
        .success();
    assert_eq!(before, table());
});
