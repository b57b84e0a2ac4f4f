//! `--chmod`.

use crate::judge::compliance;
use crate::roots::{bare, host};

compliance!(it_changes_a_mode, {
    let out = bare()
        .args(["--dir", "/a", "--chmod", "1730", "/a"])
        .shell("stat -c %a /a");
    assert_eq!(out, "1730");
});

compliance!(it_follows_symlinks, {
    let args = [
        "--dir",
        "/a",
        "--symlink",
        "a",
        "/l",
        "--chmod",
        "0711",
        "/l",
    ];
    assert_eq!(bare().args(args).shell("stat -c %a /a"), "711");
});

compliance!(it_creates_nothing, {
    let done = bare().args(["--chmod", "700", "/x", "true"]).finish();
    done.refused("Can't chmod 0700 /x: No such file or directory");
});

compliance!(a_read_only_place_is_an_error, {
    let done = host().args(["--chmod", "700", "/usr", "true"]).finish();
    // An ordinary user may not change it anyway, but read-only is what the kernel checks first.
    done.refused("Can't chmod 0700 /usr: Read-only file system");
});

compliance!(the_mode_is_octal, {
    for word in ["", "8", "10000", "0x7", "7 "] {
        let done = bare().args(["--chmod", word, "/x", "true"]).finish();
        done.refused("--chmod takes an octal argument <= 07777");
    }
});
