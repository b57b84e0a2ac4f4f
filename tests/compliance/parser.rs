//! The parser's general rules. Clients build argument lists by machine and probe `--help` and
//! `--version`, so word boundaries, the end of options and where usage is printed are contract.

use crate::judge::compliance;
use crate::roots::{bare, host};
use aril_tests::{Bwrap, Scratch};

compliance!(an_equals_sign_is_part_of_the_option, {
    Bwrap::new()
        .args(["--chdir=/", "true"])
        .finish()
        .refused("Unknown option --chdir=/");
});

compliance!(short_options_are_unknown, {
    Bwrap::new()
        .args(["-h"])
        .finish()
        .refused("Unknown option -h");
    Bwrap::new()
        .args(["-"])
        .finish()
        .refused("Unknown option -");
});

compliance!(options_are_not_abbreviated, {
    Bwrap::new()
        .args(["--unshare-al", "true"])
        .finish()
        .refused("Unknown option --unshare-al");
});

compliance!(two_dashes_end_the_options, {
    let done = host()
        .args(["--", "printf", "%s", "--bogus"])
        .finish()
        .success();
    assert_eq!(done.stdout, "--bogus");
});

compliance!(only_the_first_two_dashes_are_taken, {
    host()
        .args(["--", "--", "true"])
        .finish()
        .refused("execvp --: No such file or directory");
});

compliance!(the_first_word_without_a_dash_is_the_command, {
    let done = host()
        .args(["printf", "%s ", "--chdir", "--", "-x"])
        .finish()
        .success();
    assert_eq!(done.stdout, "--chdir -- -x ");
});

compliance!(an_empty_word_is_a_command, {
    host()
        .args([""])
        .finish()
        .refused("execvp : No such file or directory");
});

compliance!(version_is_printed_to_standard_output, {
    let done = Bwrap::new().args(["--version"]).finish().success();
    assert!(done.stdout.starts_with("bubblewrap 0."), "{done:?}");
    assert_eq!(done.stdout.lines().count(), 1);
    assert_eq!(done.stderr, "");
});

compliance!(version_acts_when_it_is_reached, {
    let done = Bwrap::new()
        .args(["--version", "--bogus"])
        .finish()
        .success();
    assert!(done.stdout.starts_with("bubblewrap 0."), "{done:?}");
    Bwrap::new()
        .args(["--bogus", "--version"])
        .finish()
        .refused("Unknown option --bogus");
});

compliance!(help_is_printed_to_standard_output, {
    let done = Bwrap::new()
        .args(["--help"])
        .argv0("/x/name")
        .finish()
        .success();
    let first = done.stdout.lines().next();
    assert_eq!(
        first,
        Some("usage: /x/name [OPTIONS...] [--] COMMAND [ARGS...]")
    );
    assert_eq!(done.stderr, "");
});

compliance!(help_names_every_option, {
    // codex searches this text for an option before it uses it.
    let done = Bwrap::new().args(["--help"]).finish().success();
    let listed = |option: &str| {
        done.stdout
            .lines()
            .any(|line| line.split_whitespace().next() == Some(option))
    };
    let missing: Vec<_> = OPTIONS.iter().filter(|option| !listed(option)).collect();
    assert!(missing.is_empty(), "missing: {missing:?}");
});

compliance!(help_names_the_options_since_0_9, {
    let done = Bwrap::new().args(["--help"]).finish().success();
    for option in [
        "--argv0",
        "--level-prefix",
        "--overlay-src",
        "--overlay",
        "--ro-overlay",
    ] {
        assert!(done.stdout.contains(&format!("    {option} ")), "{option}");
    }
    assert!(done.stdout.contains("    --tmp-overlay "));
});

compliance!(help_acts_when_it_is_reached, {
    let done = Bwrap::new()
        .args(["--unshare-all", "--help", "--bogus"])
        .finish()
        .success();
    assert!(done.stdout.starts_with("usage: "), "{done:?}");
});

compliance!(without_words_usage_goes_to_standard_error, {
    let done = Bwrap::new().argv0("/x/name").finish();
    let first = done.stderr.lines().next();
    assert_eq!(
        first,
        Some("usage: /x/name [OPTIONS...] [--] COMMAND [ARGS...]")
    );
    assert_eq!((done.code(), done.stdout.as_str()), (1, ""));
});

compliance!(without_a_command_usage_goes_to_standard_error, {
    for args in [&["--unshare-all"][..], &["--ro-bind", "/", "/", "--"]] {
        let done = Bwrap::new().args(args).finish();
        assert!(done.stderr.starts_with("usage: "), "{done:?}");
        assert_eq!((done.code(), done.stdout.as_str()), (1, ""));
    }
});

compliance!(the_command_is_searched_in_the_path_of_the_sandbox, {
    let scratch = Scratch::new();
    scratch.file("hello", "#!/bin/sh\necho found\n");
    let path = scratch.path().to_str().expect("a path that is text");
    let bwrap = bare().args(["--bind", path, "/own", "--chmod", "755", "/own/hello"]);
    let done = bwrap
        .args(["--setenv", "PATH", "/own", "hello"])
        .finish()
        .success();
    assert_eq!(done.stdout, "found\n");
});

compliance!(without_a_path_the_default_path_is_searched, {
    let done = host().args(["--clearenv", "true"]).finish();
    done.success();
});

compliance!(a_path_is_resolved_inside, {
    let done = bare().args(["/etc/hostname"]).finish();
    done.refused("execvp /etc/hostname: No such file or directory");
});

const OPTIONS: &[&str] = &[
    "--help",
    "--version",
    "--args",
    "--unshare-all",
    "--share-net",
    "--unshare-user",
    "--unshare-user-try",
    "--unshare-ipc",
    "--unshare-pid",
    "--unshare-net",
    "--unshare-uts",
    "--unshare-cgroup",
    "--unshare-cgroup-try",
    "--userns",
    "--userns2",
    "--disable-userns",
    "--assert-userns-disabled",
    "--pidns",
    "--uid",
    "--gid",
    "--hostname",
    "--chdir",
    "--clearenv",
    "--setenv",
    "--unsetenv",
    "--lock-file",
    "--sync-fd",
    "--bind",
    "--bind-try",
    "--dev-bind",
    "--dev-bind-try",
    "--ro-bind",
    "--ro-bind-try",
    "--bind-fd",
    "--ro-bind-fd",
    "--remount-ro",
    "--exec-label",
    "--file-label",
    "--proc",
    "--dev",
    "--tmpfs",
    "--mqueue",
    "--dir",
    "--file",
    "--bind-data",
    "--ro-bind-data",
    "--symlink",
    "--seccomp",
    "--add-seccomp-fd",
    "--block-fd",
    "--userns-block-fd",
    "--info-fd",
    "--json-status-fd",
    "--new-session",
    "--die-with-parent",
    "--as-pid-1",
    "--cap-add",
    "--cap-drop",
    "--perms",
    "--size",
    "--chmod",
];
