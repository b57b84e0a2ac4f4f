//! The command's inheritance: what the caller of `bwrap` has made of signals, descriptors, limits, the
//! working directory and its own namespaces. The original and ours must make the same of it.

use crate::both::{Asked, Seen, programs, without_hints};
use crate::judge::compliance;
use crate::roots;
use aril_tests::{Bwrap, Finished, Scratch, under_test};
use std::path::Path;

/// What is done by a shell before it becomes `bwrap`; `{scratch}` is a directory of the user.
const PREPARED: [(&str, &str); 18] = [
    ("nothing", "true"),
    ("no standard input", "exec <&-"),
    ("no standard error", "exec 2>&-"),
    (
        "ignored signals",
        "trap '' INT TERM HUP QUIT TSTP USR1 PIPE",
    ),
    ("a closed umask", "umask 777"),
    ("an open umask", "umask 0"),
    (
        "many descriptors",
        "for i in 3 4 5 6 7 8 9; do eval \"exec $i</dev/null\"; done",
    ),
    ("few descriptors", "ulimit -n 24"),
    ("a small stack", "ulimit -s 64"),
    ("no core dumps", "ulimit -c 0"),
    ("no locked memory", "ulimit -l 0"),
    ("little address space", "ulimit -v 100000"),
    (
        "a removed directory",
        "d=$(mktemp -d {scratch}/XXXXXX) && cd $d && rmdir $d",
    ),
    (
        "a closed directory",
        "d=$(mktemp -d {scratch}/XXXXXX) && cd $d && chmod 0 $d",
    ),
    ("a directory that is not inside", "cd {scratch}"),
    (
        "a lying environment",
        "export PWD=/lie OLDPWD=/lie HOME=/usr",
    ),
    (
        "an empty environment",
        "for name in PATH HOME LC_ALL; do unset $name; done",
    ),
    (
        "a large environment",
        "export LARGE=$(printf '%0120000d' 0)",
    ),
];

/// Programs that start `bwrap` in a place of its own.
const AROUND: [&[&str]; 5] = [
    &["setsid", "--wait"],
    &["nice", "-n", "3"],
    &["unshare", "--user", "--map-root-user"],
    // With a /proc that belongs to it: the original looks itself up there.
    &[
        "unshare",
        "--user",
        "--map-root-user",
        "--pid",
        "--fork",
        "--mount-proc",
    ],
    &["env", "--block-signal=USR1,USR2"],
];

/// Options beside which each is tried.
const OPTIONS: [&[&str]; 3] = [&[], &["--unshare-pid"], &["--unshare-all", "--dev", "/dev"]];

fn inside(bwrap: Bwrap, options: &[&str]) -> Finished {
    let bwrap = bwrap.args(roots::system()).args(["--proc", "/proc"]);
    let bwrap = bwrap.args(["--ro-bind", under_test::probe(), "/probe"]);
    bwrap.args(options).args(["/probe"]).finish()
}

/// What the command saw, or how it failed and what was said.
fn seen(done: Finished) -> Result<Seen, (i32, String)> {
    match done.code() {
        0 => Ok(Seen::told(done)),
        code => Err((code, without_hints(&done.stderr))),
    }
}

fn compare(name: &str, options: &[&str], start: impl Fn(&Path) -> Bwrap) {
    let (original, ours) = programs();
    let mut asked = Asked::by(options.iter().map(|word| word.as_bytes()));
    asked.as_root |= name.contains("--map-root-user");
    let expected = seen(inside(start(&original), options)).map(|seen| seen.of_original(asked));
    let found = seen(inside(start(ours), options)).map(|seen| seen.of_ours(asked));
    assert_eq!(found, expected, "{name} {options:?}");
}

compliance!(whatever_the_caller_has_set_is_inherited, {
    let scratch = Scratch::new();
    for (name, prepare) in PREPARED {
        let prepare = prepare.replace("{scratch}", &scratch.at(""));
        let script = format!("{prepare}; exec \"$@\"");
        for options in OPTIONS {
            compare(name, options, |program| {
                let bwrap = Bwrap::of("/bin/sh").args(["-c", &script, "sh"]);
                bwrap.args([program])
            });
        }
    }
});

compliance!(it_works_the_same_inside_other_programs, {
    for around in AROUND {
        for options in OPTIONS {
            compare(&around.join(" "), options, |program| {
                Bwrap::of(around[0]).args(&around[1..]).args([program])
            });
        }
    }
});
