//! The limit of 9000 words. Clients work around it by counting, so it must be neither lower nor
//! counted otherwise.

use crate::judge::compliance;
use crate::roots::host;
use aril_tests::{Bwrap, fds};

const TEXT: &str = "Exceeded maximum number of arguments 9000";

fn spare(count: usize) -> impl Iterator<Item = &'static str> {
    std::iter::repeat_n("x", count)
}

compliance!(the_words_of_the_command_count, {
    // 3 words of the bind, 1 of the command.
    host().args(["true"]).args(spare(8996)).finish().success();
    host()
        .args(["true"])
        .args(spare(8997))
        .finish()
        .refused(TEXT);
});

compliance!(the_words_of_a_file_count_as_well, {
    let words: Vec<&str> = std::iter::repeat_n("--unshare-ipc", 8994).collect();
    let done = host()
        .fd(9, fds::words(&words))
        .args(["--args", "9", "true"])
        .finish();
    done.success();
    let words: Vec<&str> = std::iter::repeat_n("--unshare-ipc", 8995).collect();
    let done = host()
        .fd(9, fds::words(&words))
        .args(["--args", "9", "true"])
        .finish();
    done.refused(TEXT);
});

compliance!(the_limit_comes_before_any_other_error, {
    Bwrap::new()
        .args(["--bogus"])
        .args(spare(9000))
        .finish()
        .refused(TEXT);
});
