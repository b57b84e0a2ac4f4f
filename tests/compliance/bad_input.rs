//! Bad words, numbers, descriptors and paths: a clear error, status 1, and nothing was started. Odd
//! but good paths: they work.

use crate::judge::compliance;
use crate::roots::{bare, host};
use aril_tests::under_test::{self, Program};
use aril_tests::{Bwrap, Scratch};
use std::ffi::{OsStr, OsString};
use std::os::unix::ffi::{OsStrExt, OsStringExt};

/// Words that must be refused, and a command that would leave a file behind.
fn nothing_starts(words: &[&OsStr]) {
    let scratch = Scratch::new();
    let mark = format!("{}/started", scratch.dir("place"));
    let place = scratch.dir("place");
    let bwrap: Bwrap = host().args(["--bind", &place, &place]).args(words);
    let done = bwrap.args(["touch", &mark]).finish();
    assert_eq!(done.code(), 1, "{words:?}: {done:?}");
    let is_clear = done.stderr.starts_with("bwrap: ") && done.stderr.len() > "bwrap: \n".len();
    assert!(is_clear, "{words:?}: {done:?}");
    assert!(
        !std::path::Path::new(&mark).exists(),
        "{words:?} started the command"
    );
}

/// Options with a descriptor, and the words after it.
const DESCRIPTORS: [(&str, &[&str]); 13] = [
    ("--args", &[]),
    ("--bind-fd", &["/tmp"]),
    ("--ro-bind-fd", &["/tmp"]),
    ("--file", &["/tmp/x"]),
    ("--bind-data", &["/tmp/x"]),
    ("--ro-bind-data", &["/tmp/x"]),
    ("--seccomp", &[]),
    ("--add-seccomp-fd", &[]),
    ("--userns", &[]),
    ("--pidns", &[]),
    ("--block-fd", &[]),
    ("--json-status-fd", &[]),
    ("--sync-fd", &[]),
];

compliance!(descriptors_that_are_no_numbers_start_nothing, {
    for (option, rest) in DESCRIPTORS {
        for number in ["", "x", "-1", "3x", "99999999999999999999"] {
            let words = [option, number].into_iter().chain(rest.iter().copied());
            nothing_starts(&words.map(OsStr::new).collect::<Vec<_>>());
        }
    }
});

compliance!(descriptors_that_are_not_open_start_nothing, {
    // The original writes no status to a descriptor that is not there, and goes on.
    let is_original = !matches!(under_test::program(), Program::Ours);
    let lenient = ["--json-status-fd", "--sync-fd", "--block-fd"];
    for (option, rest) in DESCRIPTORS {
        if is_original && lenient.contains(&option) {
            continue;
        }
        let words = [option, "987"].into_iter().chain(rest.iter().copied());
        nothing_starts(&words.map(OsStr::new).collect::<Vec<_>>());
    }
});

compliance!(numbers_that_are_none_start_nothing, {
    for (option, rest) in [
        ("--uid", &[][..]),
        ("--gid", &[]),
        ("--perms", &["--dir", "/tmp/x"]),
        ("--size", &["--tmpfs", "/tmp"]),
        ("--chmod", &["/tmp"]),
    ] {
        for number in ["", "x", "-1", "9z"] {
            let words = ["--unshare-user", option, number].into_iter();
            let words = words.chain(rest.iter().copied());
            nothing_starts(&words.map(OsStr::new).collect::<Vec<_>>());
        }
    }
});

compliance!(paths_that_are_too_long_start_nothing, {
    for length in [4096, 5000] {
        let long = OsString::from_vec([b"/".to_vec(), b"a".repeat(length - 1)].concat());
        nothing_starts(&[OsStr::new("--ro-bind"), &long, OsStr::new("/tmp")]);
        nothing_starts(&[OsStr::new("--dir"), &long]);
        nothing_starts(&[OsStr::new("--chdir"), &long]);
    }
});

compliance!(paths_with_any_bytes_work, {
    for name in [
        &b"not \xff\xfe utf-8"[..],
        b"two\nlines",
        b" ",
        b"-dash",
        b"a\\b:c,d=e",
    ] {
        let scratch = Scratch::new();
        let name = OsStr::from_bytes(name);
        let source = std::path::PathBuf::from(scratch.dir("d")).join(name);
        std::fs::write(&source, "content").expect("a file");
        let target = std::path::Path::new("/in").join(name);
        let bwrap = bare().args([
            OsStr::new("--ro-bind"),
            source.as_os_str(),
            target.as_os_str(),
        ]);
        let done = bwrap
            .args([OsStr::new("cat"), target.as_os_str()])
            .finish()
            .success();
        assert_eq!(done.stdout, "content", "{name:?}");
    }
});
