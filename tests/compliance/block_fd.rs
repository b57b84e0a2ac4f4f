//! `--block-fd`, `--userns-block-fd`: the caller prepares the namespace while the sandbox waits.

use crate::judge::compliance;
use crate::roots::host;
use aril_tests::run::write_and_close;
use aril_tests::{Facts, fds, under_test, wait};
use std::collections::BTreeMap;
use std::time::Duration;

compliance!(the_command_waits_for_a_byte, {
    let (read, write) = fds::pipe();
    let bwrap = host().fd(9, read).args(["--block-fd", "9", "echo", "ran"]);
    let mut running = bwrap.spawn();
    // The control is in what follows: it does run once the byte is there.
    std::thread::sleep(Duration::from_millis(200));
    assert!(!running.has_ended() && running.stdout().is_empty());
    write_and_close(write, "x");
    assert_eq!(running.wait().success().stdout, "ran\n");
});

compliance!(the_end_of_file_releases_it_too, {
    let (read, write) = fds::pipe();
    let running = host()
        .fd(9, read)
        .args(["--block-fd", "9", "echo", "ran"])
        .spawn();
    drop(write);
    assert_eq!(running.wait().success().stdout, "ran\n");
});

compliance!(it_is_closed_in_the_command, {
    let facts = host()
        .fd(9, fds::data(b"x"))
        .args(["--block-fd", "9"])
        .facts();
    assert!(!facts.fds().contains_key(&9));
});

compliance!(the_caller_writes_the_maps, {
    let (info, info_write) = fds::pipe();
    let (block, release) = fds::pipe();
    let args = ["--unshare-user", "--info-fd", "8", "--userns-block-fd", "9"];
    let bwrap = host()
        .fd(8, info_write)
        .fd(9, block)
        .args(args)
        .args([under_test::probe()]);
    let running = bwrap.spawn();
    wait::readable(&info, "the info");
    let info: BTreeMap<String, u64> = serde_json::from_str(&fds::drain(info)).expect("JSON");
    let (uid, gid) = (
        rustix::process::getuid().as_raw(),
        rustix::process::getgid().as_raw(),
    );
    let child = format!("/proc/{}", info["child-pid"]);
    let write = |name, text: String| std::fs::write(format!("{child}/{name}"), text).expect(name);
    write("setgroups", "deny".into());
    write("uid_map", format!("1234 {uid} 1"));
    write("gid_map", format!("4321 {gid} 1"));
    write_and_close(release, "x");
    let facts: Facts = running.wait().facts();
    assert_eq!((facts.uid, facts.gid), ((1234, 1234), (4321, 4321)));
});

compliance!(blocking_the_namespace_needs_more_options, {
    let done = host().args(["--userns-block-fd", "9", "true"]).finish();
    done.refused("--userns-block-fd requires --unshare-user");
    let done = host()
        .args(["--unshare-user", "--userns-block-fd", "9", "true"])
        .finish();
    done.refused("--userns-block-fd requires --info-fd");
});
