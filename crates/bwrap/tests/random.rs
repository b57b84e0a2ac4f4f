//! Random words, the same in every run: a small fuzzer that is always on.

mod support;

use aril_bwrap::table::{self, Kind, Row};
use aril_bwrap::{Caller, Request};
use std::ffi::OsString;
use std::os::unix::ffi::OsStringExt;

const USER: Caller = Caller {
    uid: 1000,
    gid: 1000,
    is_administrator: false,
};
const ROOT: Caller = Caller {
    uid: 0,
    gid: 0,
    is_administrator: true,
};

/// SplitMix64 (Steele, Lea and Flood, 2014).
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    fn below(&mut self, limit: usize) -> usize {
        (self.next() % limit as u64) as usize
    }

    fn pick<'a, T>(&mut self, from: &'a [T]) -> &'a T {
        &from[self.below(from.len())]
    }

    fn caller(&mut self) -> Caller {
        *self.pick(&[USER, ROOT])
    }
}

/// Words that are at the edge of something.
const EDGES: &[&[u8]] = &[
    b"",
    b"-",
    b"--",
    b"---",
    b"-1",
    b"0",
    b"1",
    b"2147483647",
    b"2147483648",
    b"4294967294",
    b"4294967295",
    b"4294967296",
    b"18446744073709551615",
    b"18446744073709551616",
    b"0x10",
    b"0x",
    b"07777",
    b"10000",
    b" 7",
    b"+7",
    b"7 ",
    b"/",
    b"//",
    b"..",
    b"/../x",
    b"a=b",
    b"=",
    b"ALL",
    b"cap_net_raw",
    b"CAP_",
    b"\xff\xfe",
    b"\x1b[2J",
    b"\n",
    b"true",
    b"--bind=x",
    b"--BIND",
];

fn any_word(random: &mut Random, names: &[&str]) -> OsString {
    match random.below(3) {
        0 | 1 => random.pick(names).into(),
        _ => OsString::from_vec(random.pick(EDGES).to_vec()),
    }
}

/// Any words in any order.
fn any_words(random: &mut Random, names: &[&str]) -> Vec<OsString> {
    let count = random.below(12);
    (0..count).map(|_| any_word(random, names)).collect()
}

/// A value of the right kind, most of the time.
fn value(random: &mut Random, row: &Row, kind: Kind) -> OsString {
    if random.below(40) == 0 {
        return OsString::from_vec(random.pick(EDGES).to_vec());
    }
    let choices: &[&str] = match (row.name, kind) {
        ("--perms" | "--chmod", Kind::Word) => &["0", "700", "0755", "1777"],
        ("--uid" | "--gid", _) => &["0", "1", "1000", "4294967294"],
        ("--size", _) => &["1", "4096", "0x100000"],
        (_, Kind::Fd) => &["0", "3", "9", "77"],
        (_, Kind::Path | Kind::Directory) => &["/", "/usr", "relative", "/no such"],
        (_, Kind::Target) => &["/", "/a", "/a/b", "a/../b"],
        (_, Kind::Capability) => &["ALL", "cap_net_raw", "7"],
        (_, Kind::Variable | Kind::Word) => &["A", "b c"],
    };
    random.pick(choices).into()
}

fn push_option(random: &mut Random, row: &Row, words: &mut Vec<OsString>) {
    words.push(row.name.into());
    for kind in row.values.iter().map(|value| value.kind) {
        words.push(value(random, row, kind));
    }
}

/// Whole options, none of which ends the parse or reads a file.
fn whole_options(random: &mut Random, rows: &[&Row]) -> Vec<OsString> {
    let mut words = Vec::new();
    for _ in 0..random.below(8) {
        let row = random.pick(rows);
        if row.name.ends_with("overlay") {
            for _ in 0..2 {
                words.extend(["--overlay-src".into(), "/layer".into()]);
            }
        }
        push_option(random, row, &mut words);
    }
    words
}

#[test]
fn any_words_are_understood_or_refused() {
    let names: Vec<&str> = table::rows().map(|row| row.name).collect();
    let mut random = Random(1);
    for _ in 0..30_000 {
        let words = any_words(&mut random, &names);
        let file = any_words(&mut random, &names);
        let caller = random.caller();
        support::check(&words, caller, &joined(&file));
    }
}

#[test]
fn options_mean_the_same_in_a_file() {
    let rows: Vec<&Row> = table::rows()
        .filter(|row| {
            !matches!(
                row.name,
                "--help" | "--version" | "--aril-version" | "--args"
            )
        })
        .collect();
    let mut random = Random(2);
    let mut runs = 0;
    for _ in 0..20_000 {
        let options = whole_options(&mut random, &rows);
        let caller = random.caller();
        let command: [OsString; 2] = ["true".into(), "--x".into()];
        let direct = [options.as_slice(), &command].concat();
        let by_file = [&["--args".into(), "3".into()], command.as_slice()].concat();
        let direct = support::check(&direct, caller, b"");
        let by_file = support::check(&by_file, caller, &joined(&options));
        runs += usize::from(matches!(direct.request, Ok(Request::Run(_))));
        // Before the command a modifier is ignored, at the end of a file it is not.
        let loose = options.len().checked_sub(2).and_then(|at| options.get(at));
        if loose.is_none_or(|word| word != "--perms" && word != "--size") {
            assert_eq!(direct, by_file, "{options:?}");
        }
    }
    assert!(runs > 2_000, "only {runs} lists were understood");
}

fn joined(words: &[OsString]) -> Vec<u8> {
    words
        .iter()
        .flat_map(|word| [word.as_encoded_bytes(), b"\0"].concat())
        .collect()
}
