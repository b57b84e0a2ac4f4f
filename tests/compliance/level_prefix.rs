//! `--level-prefix`: messages begin with a syslog level, for journald and flatpak's logs.

use crate::judge::compliance;
use crate::roots::host;

compliance!(a_fatal_error_is_3, {
    let done = host().args(["--level-prefix", "--bogus"]).finish();
    assert_eq!(done.stderr, "<3>bwrap: Unknown option --bogus\n");
    assert_eq!(done.code(), 1);
});

compliance!(a_warning_is_4, {
    let done = host()
        .args(["--level-prefix", "--chdir", "/", "--chdir", "/", "true"])
        .finish();
    assert_eq!(
        done.stderr,
        "<4>bwrap: Only the last --chdir option will take effect\n"
    );
    assert_eq!(done.code(), 0);
});

compliance!(errors_at_run_time_have_it_too, {
    let done = host()
        .args(["--level-prefix", "--chdir", "/nonexistent", "true"])
        .finish();
    let text = "<3>bwrap: Can't chdir to /nonexistent: No such file or directory\n";
    assert_eq!(done.stderr, text);
    let done = host()
        .args(["--level-prefix", "--", "/nonexistent"])
        .finish();
    assert_eq!(
        done.stderr,
        "<3>bwrap: execvp /nonexistent: No such file or directory\n"
    );
});

compliance!(it_acts_from_where_it_stands, {
    let done = host()
        .args(["--chdir", "/", "--chdir", "/", "--level-prefix", "--bogus"])
        .finish();
    let warning = "bwrap: Only the last --chdir option will take effect\n";
    assert_eq!(
        done.stderr,
        format!("{warning}<3>bwrap: Unknown option --bogus\n")
    );
});
