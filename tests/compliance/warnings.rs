//! Options that are given twice: the last one wins and a warning says so. flatpak's tests compare
//! the text.

use crate::judge::compliance;
use crate::roots::host;
use aril_tests::{Bwrap, fds, filter};

fn warned(bwrap: Bwrap, option: &str, first: &str, last: &str) {
    let done = bwrap.args([option, first, option, last, "true"]).finish();
    let text = format!("bwrap: Only the last {option} option will take effect\n");
    assert_eq!((done.code(), done.stderr), (0, text), "{option}");
}

compliance!(words_given_twice_are_warned_about, {
    warned(host(), "--chdir", "/", "/usr");
    warned(host().args(["--unshare-user"]), "--uid", "1", "2");
    warned(host().args(["--unshare-user"]), "--gid", "1", "2");
    warned(host().args(["--unshare-uts"]), "--hostname", "a", "b");
});

compliance!(descriptors_given_twice_are_warned_about, {
    let two = || host().fd(8, fds::data(b"")).fd(9, fds::data(b""));
    for option in ["--block-fd", "--info-fd", "--json-status-fd"] {
        warned(two(), option, "8", "9");
    }
    let two = host()
        .fd(8, fds::data(&filter::allow()))
        .fd(9, fds::data(&filter::allow()));
    warned(two, "--seccomp", "8", "9");
});

compliance!(wart_a_second_sync_descriptor_is_warned_about, {
    let two = host().fd(8, fds::data(b"")).fd(9, fds::data(b""));
    warned(two, "--sync-fd", "8", "9");
});

compliance!(each_repetition_is_one_warning, {
    let args = ["--chdir", "/", "--chdir", "/", "--chdir", "/", "true"];
    let done = host().args(args).finish().success();
    let text = "bwrap: Only the last --chdir option will take effect\n";
    assert_eq!(done.stderr, text.repeat(2));
});

compliance!(joins_given_twice_are_warned_about, {
    for option in ["--userns", "--userns2", "--pidns", "--userns-block-fd"] {
        let done = host().args([option, "98", option, "99", "true"]).finish();
        let text = format!("bwrap: Only the last {option} option will take effect\n");
        assert!(done.stderr.starts_with(&text), "{done:?}");
        assert_eq!(done.code(), 1, "{option}: the last one is not open");
    }
});

compliance!(the_last_one_takes_effect, {
    let facts = host().args(["--chdir", "/", "--chdir", "/usr"]);
    let done = facts.args(["pwd"]).finish().success();
    assert_eq!(done.stdout, "/usr\n");
    let args = ["--unshare-user", "--uid", "1", "--uid", "2", "id", "-u"];
    assert_eq!(host().args(args).finish().success().stdout, "2\n");
});

compliance!(flags_may_be_repeated_silently, {
    let args = [
        "--unshare-all",
        "--unshare-all",
        "--new-session",
        "--new-session",
        "true",
    ];
    assert_eq!(host().args(args).finish().success().stderr, "");
});
