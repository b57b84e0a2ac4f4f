//! `--args FD`. flatpak, pressure-vessel and nixpak pass nearly everything this way, because it
//! hides host paths from `/proc/1/cmdline` and knows no limit of the command line's length.

use crate::judge::compliance;
use crate::roots::host;
use aril_tests::{Bwrap, fds};

compliance!(words_are_taken_from_the_file, {
    let file = fds::words(&[
        "--setenv",
        "A",
        "from the file",
        "--uid",
        "7",
        "--unshare-user",
    ]);
    let facts = host().fd(9, file).args(["--args", "9"]).facts();
    assert_eq!(facts.environ["A"], "from the file");
    assert_eq!(facts.uid, (7, 7));
});

compliance!(the_last_word_needs_no_nul, {
    let file = fds::data(b"--setenv\0A\0last");
    let facts = host().fd(9, file).args(["--args", "9"]).facts();
    assert_eq!(facts.environ["A"], "last");
});

compliance!(an_empty_word_is_kept, {
    let file = fds::data(b"--setenv\0A\0\0--setenv\0B\0b\0");
    let facts = host().fd(9, file).args(["--args", "9"]).facts();
    assert_eq!(
        (facts.environ["A"].as_str(), facts.environ["B"].as_str()),
        ("", "b")
    );
});

compliance!(an_empty_file_is_no_error, {
    host()
        .fd(9, fds::data(b""))
        .args(["--args", "9", "true"])
        .finish()
        .success();
});

compliance!(a_pipe_is_read_to_its_end, {
    let (read, write) = fds::pipe();
    aril_tests::run::write_and_close(write, "--setenv\0A\0piped\0");
    let facts = host().fd(9, read).args(["--args", "9"]).facts();
    assert_eq!(facts.environ["A"], "piped");
});

compliance!(the_file_is_closed, {
    let facts = host()
        .fd(9, fds::words(&["--unshare-ipc"]))
        .args(["--args", "9"])
        .facts();
    assert!(!facts.fds().contains_key(&9), "{:?}", facts.fds());
});

compliance!(it_may_be_given_again, {
    let bwrap = host().fd(8, fds::words(&["--setenv", "A", "1", "--setenv", "B", "1"]));
    let bwrap = bwrap.fd(9, fds::words(&["--setenv", "A", "2"]));
    let facts = bwrap.args(["--args", "8", "--args", "9"]).facts();
    assert_eq!(
        (facts.environ["A"].as_str(), facts.environ["B"].as_str()),
        ("2", "1")
    );
});

compliance!(it_stands_where_it_is_given, {
    let file = fds::words(&["--setenv", "A", "file"]);
    let args = ["--setenv", "A", "before", "--args", "9"];
    assert_eq!(host().fd(9, file).args(args).facts().environ["A"], "file");
    let file = fds::words(&["--setenv", "A", "file"]);
    let args = ["--args", "9", "--setenv", "A", "after"];
    assert_eq!(host().fd(9, file).args(args).facts().environ["A"], "after");
});

compliance!(a_command_in_the_file_ends_the_file_silently, {
    for end in ["--", "false"] {
        let file = fds::words(&["--setenv", "A", "1", end, "--setenv", "A", "2", "--bogus"]);
        let facts = host().fd(9, file).args(["--args", "9"]).facts();
        assert_eq!(facts.environ["A"], "1");
    }
});

compliance!(files_do_not_nest, {
    let done = host()
        .fd(9, fds::words(&["--args", "8"]))
        .args(["--args", "9", "true"])
        .finish();
    done.refused("--args not supported in arguments file");
});

compliance!(an_unknown_option_in_the_file_is_refused, {
    let done = host()
        .fd(9, fds::words(&["--bogus"]))
        .args(["--args", "9", "true"])
        .finish();
    done.refused("Unknown option --bogus");
});

compliance!(a_missing_value_is_not_taken_from_behind_the_file, {
    let done = host()
        .fd(9, fds::words(&["--setenv", "A"]))
        .args(["--args", "9", "true"])
        .finish();
    done.refused("--setenv takes two arguments");
});

compliance!(a_bad_descriptor_is_refused, {
    let done = Bwrap::new().args(["--args", "99", "true"]).finish();
    done.refused("Can't read --args data: Bad file descriptor");
});
