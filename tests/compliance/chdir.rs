//! `--chdir`, and without it: the old directory, else `$HOME`, else `/`; and `PWD`.

use crate::judge::compliance;
use crate::roots::{bare, host};
use aril_tests::skip::skip;
use aril_tests::{Scratch, is_root};
use std::fs::Permissions;
use std::os::unix::fs::PermissionsExt;

compliance!(the_command_starts_there, {
    let facts = host().args(["--chdir", "/usr/bin"]).facts();
    assert_eq!(facts.cwd.as_deref(), Some("/usr/bin"));
    assert_eq!(facts.environ["PWD"], "/usr/bin");
});

compliance!(pwd_is_the_word_that_was_given, {
    let facts = host().args(["--chdir", "/usr/../usr/./bin/"]).facts();
    assert_eq!(facts.cwd.as_deref(), Some("/usr/bin"));
    assert_eq!(facts.environ["PWD"], "/usr/../usr/./bin/");
});

compliance!(a_relative_directory_is_relative_to_the_root, {
    let facts = host()
        .current_dir("/usr")
        .args(["--chdir", "usr/bin"])
        .facts();
    assert_eq!(facts.cwd.as_deref(), Some("/usr/bin"));
    assert_eq!(facts.environ["PWD"], "usr/bin");
});

compliance!(it_is_entered_after_all_mounts, {
    let facts = bare()
        .args(["--chdir", "/new/directory", "--dir", "/new/directory"])
        .facts();
    assert_eq!(facts.cwd.as_deref(), Some("/new/directory"));
});

compliance!(a_missing_directory_is_fatal, {
    let done = host().args(["--chdir", "/nonexistent", "true"]).finish();
    done.refused("Can't chdir to /nonexistent: No such file or directory");
    let done = host().args(["--chdir", "/etc/passwd", "true"]).finish();
    done.refused("Can't chdir to /etc/passwd: Not a directory");
});

compliance!(without_it_the_old_directory_is_kept, {
    let facts = bare()
        .current_dir("/usr/lib")
        .env("HOME", "/usr/bin")
        .facts();
    assert_eq!(facts.cwd.as_deref(), Some("/usr/lib"));
    assert_eq!(facts.environ["PWD"], "/usr/lib");
});

compliance!(without_the_old_directory_home_is_taken, {
    let scratch = Scratch::new();
    let facts = bare()
        .current_dir(scratch.path())
        .env("HOME", "/usr/bin")
        .facts();
    assert_eq!(facts.cwd.as_deref(), Some("/usr/bin"));
    assert_eq!(facts.environ["PWD"], "/usr/bin");
});

compliance!(home_is_that_of_the_sandbox, {
    let scratch = Scratch::new();
    let bwrap = bare().current_dir(scratch.path()).env("HOME", "/usr/bin");
    let facts = bwrap.args(["--setenv", "HOME", "/usr/lib"]).facts();
    assert_eq!(facts.cwd.as_deref(), Some("/usr/lib"));
    assert_eq!(facts.environ["PWD"], "/usr/lib");
});

compliance!(without_a_home_it_is_the_root, {
    let scratch = Scratch::new();
    let facts = bare()
        .current_dir(scratch.path())
        .env("HOME", "/nonexistent")
        .facts();
    assert_eq!(
        (facts.cwd.as_deref(), facts.environ["PWD"].as_str()),
        (Some("/"), "/")
    );
    let facts = bare()
        .current_dir(scratch.path())
        .without_env("HOME")
        .facts();
    assert_eq!(
        (facts.cwd.as_deref(), facts.environ["PWD"].as_str()),
        (Some("/"), "/")
    );
});

compliance!(it_needs_the_payloads_own_rights, {
    if is_root() {
        skip("root may enter every directory");
    }
    let scratch = Scratch::new();
    let closed = scratch.dir("closed");
    std::fs::set_permissions(&closed, Permissions::from_mode(0o000)).expect("close a directory");
    let bwrap = || bare().args(["--bind", &closed, "/closed"]);
    let done = bwrap().args(["--chdir", "/closed", "true"]).finish();
    done.refused("Can't chdir to /closed: Permission denied");
    let bwrap = bwrap().args(["--setenv", "HOME", "/closed"]);
    assert_eq!(bwrap.facts().cwd.as_deref(), Some("/"));
});
