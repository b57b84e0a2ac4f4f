//! Random lists of options, run by the original and by the program under test in the same place. What
//! the command sees, what is left on the host, how it ends and what is said must be the same.
//!
//! `SEEDS=FROM..TO` runs others than the few of every run.

mod generate;

use crate::both::{Asked, Seen, programs, without_hints};
use crate::judge::compliance;
use crate::roots;
use aril_tests::{Bwrap, Scratch, fds, tree, under_test};
use generate::{CONTENTS, List, SOURCE};
use std::fs::{self, Permissions};
use std::os::fd::OwnedFd;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;

/// The seeds of every run.
const FEW: std::ops::Range<u64> = 0..150;

/// What a list leads to.
#[derive(Debug, PartialEq)]
struct Outcome {
    /// What the command saw, or the exit status and the message.
    seen: Result<Box<Seen>, (i32, String)>,
    /// What is on the host afterwards.
    host: Vec<String>,
    /// What was written to the descriptors of `--info-fd` and `--json-status-fd`, without numbers.
    told: [String; 2],
}

impl Outcome {
    fn map(self, change: impl FnOnce(Seen) -> Seen) -> Self {
        Self {
            seen: self.seen.map(|seen| Box::new(change(*seen))),
            ..self
        }
    }
}

compliance!(random_lists_lead_to_the_same, {
    let (original, ours) = programs();
    let mut failed = Vec::new();
    for seed in seeds() {
        let list = generate::list(seed);
        let compared = catch_unwind(AssertUnwindSafe(|| compare(&list, &original, ours)));
        if compared.is_err() {
            eprintln!(
                "seed {seed}: {:?}, in a file {:?}",
                list.words, list.in_file
            );
        }
        failed.extend(compared.is_err().then_some(seed));
    }
    assert!(failed.is_empty(), "seeds {failed:?}");
});

fn seeds() -> std::ops::Range<u64> {
    let Ok(range) = std::env::var("SEEDS") else {
        return FEW;
    };
    let ends = range
        .split_once("..")
        .and_then(|(from, to)| Some(from.parse().ok()?..to.parse().ok()?));
    ends.unwrap_or_else(|| panic!("SEEDS={range} is no range like 0..1000"))
}

fn compare(list: &List, original: &Path, ours: &Path) {
    let words = list.words.iter().chain(&list.in_file);
    let asked = Asked::by(words.map(String::as_bytes));
    let mut expected = outcome(list, original).map(|seen| seen.of_original(asked));
    let mut found = outcome(list, ours).map(|seen| seen.of_ours(asked));
    if asked.as_root && asked.capabilities && !asked.user_namespace {
        expected = expected.map(Seen::without_capabilities);
        found = found.map(Seen::without_capabilities);
    }
    if expected.seen.is_err() {
        // A named difference: who fails need not have told of a process.
        found.told.clone_from(&expected.told);
    }
    assert_eq!(found, expected, "{:?} {:?}", list.words, list.in_file);
}

fn outcome(list: &List, program: &Path) -> Outcome {
    let scratch = Scratch::new();
    fill(&scratch);
    let source = scratch.at("src");
    let here = |words: &[String]| -> Vec<String> {
        words
            .iter()
            .map(|word| word.replace(SOURCE, &source))
            .collect()
    };
    let told = [fds::data(b""), fds::data(b"")];
    let file = here(&list.in_file).join("\0");
    let bwrap = CONTENTS
        .iter()
        .fold(Bwrap::of(program), |bwrap, (number, text)| {
            bwrap.fd(*number, fds::data(text.as_bytes()))
        });
    let bwrap = bwrap
        .args(roots::system())
        .fd(20, fds::data(file.as_bytes()));
    let bwrap = bwrap
        .fd(21, fds::twin(&told[0]))
        .fd(22, fds::twin(&told[1]));
    let bwrap = bwrap.args(here(&list.words));
    let bwrap = bwrap.args([
        "--ro-bind",
        under_test::probe(),
        "/probe",
        "--proc",
        "/proc",
    ]);
    let done = bwrap.args(["/probe", "--tree"]).finish();
    let seen = match done.code() {
        0 => Ok(Box::new(Seen::told(done))),
        code => Err((code, message(&done.stderr, &source))),
    };
    Outcome {
        seen,
        host: tree::lines(source.as_ref(), &[]),
        told: told.map(without_numbers),
    }
}

/// What was said, without what differs from run to run.
fn message(text: &str, source: &str) -> String {
    let text = without_hints(text).replace(source, SOURCE);
    // A name that ends in six random letters.
    match text.split_once("/bindfile") {
        Some((before, after)) => format!("{before}/data{}", &after[6..]),
        None => text,
    }
}

/// The source: files of several kinds, and links that lead somewhere, nowhere and in a circle.
fn fill(scratch: &Scratch) {
    for name in ["src/dir/sub", "src/empty", "src/closed"] {
        scratch.dir(name);
    }
    for (name, mode) in [
        ("src/file", 0o644),
        ("src/dir/a", 0o600),
        ("src/sp ace", 0o444),
        ("src/secret", 0),
    ] {
        let path = scratch.file(name, name);
        fs::set_permissions(path, Permissions::from_mode(mode)).expect("change a mode");
    }
    let links = [
        ("dir", "link"),
        ("file", "file link"),
        ("nothing", "nowhere"),
        ("loop", "loop"),
    ];
    for (to, name) in links {
        symlink(to, scratch.at(&format!("src/{name}"))).expect("make a symlink");
    }
    let closed = Permissions::from_mode(0o000);
    fs::set_permissions(scratch.at("src/closed"), closed).expect("close a directory");
}

fn without_numbers(fd: OwnedFd) -> String {
    let text = String::from_utf8(fds::content(&fd)).expect("JSON is text");
    text.chars()
        .filter(|letter| !letter.is_ascii_digit())
        .collect()
}
