//! `--argv0`: login shells and programs with many names are started by their own name's path.

use crate::judge::compliance;
use crate::roots::host;

compliance!(it_names_the_command, {
    assert_eq!(
        host().args(["--argv0", "-name with blank"]).facts().argv,
        ["-name with blank"]
    );
});

compliance!(the_command_is_still_what_is_searched, {
    let done = host()
        .args(["--argv0", "other", "sh", "-c", "echo $0"])
        .finish()
        .success();
    assert_eq!(done.stdout, "other\n");
});

compliance!(twice_is_an_error, {
    let done = host()
        .args(["--argv0", "a", "--argv0", "b", "true"])
        .finish();
    done.refused("--argv0 used multiple times");
});

compliance!(it_needs_a_value, {
    host()
        .args(["--argv0"])
        .finish()
        .refused("--argv0 takes one argument");
});
