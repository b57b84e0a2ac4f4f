//! What the set `default` does with every number of every ABI, written out by number.
//!
//! The tables in `expected/` were made from the numbers in the C library's headers and in
//! libseccomp, not from the crate that the compiler uses.

use std::collections::BTreeMap;

use aril_seccomp::{Action, Arch, Program, RuleSet, compile, simulate};

const EPERM: Action = Action::Errno(1);
const ENOSYS: Action = Action::Errno(38);
const EPROTONOSUPPORT: Action = Action::Errno(93);
const EAFNOSUPPORT: Action = Action::Errno(97);

const X32: u32 = 0x4000_0000;

fn program(words: &str, native: Arch) -> Program {
    compile(&RuleSet::parse(words).unwrap().policy(native)).unwrap()
}

/// A line of a table: the action, or none when the arguments decide, and the name.
type Expected = BTreeMap<u32, (Option<Action>, &'static str)>;

fn expected(arch: Arch) -> Expected {
    let text = match arch {
        Arch::X86_64 | Arch::X32 => include_str!("expected/x86_64.txt"),
        Arch::I386 => include_str!("expected/i386.txt"),
        Arch::Aarch64 => include_str!("expected/aarch64.txt"),
        Arch::Arm => include_str!("expected/arm.txt"),
    };
    text.lines().map(line).collect()
}

fn line(text: &'static str) -> (u32, (Option<Action>, &'static str)) {
    let [number, word, name] = text.split_whitespace().collect::<Vec<_>>()[..] else {
        panic!("{text}");
    };
    let action = match word {
        "EPERM" => Some(EPERM),
        "ENOSYS" => Some(ENOSYS),
        "ARGUMENTS" => None,
        other => panic!("{other}"),
    };
    (number.parse().unwrap(), (action, name))
}

/// Arguments that matter, and what the set `default` does with them. `JUNK` in the upper half
/// of an int must change nothing.
const JUNK: u64 = 0xdead_beef_0000_0000;
const ARGUMENTS: &[(&str, [u64; 3], Action)] = &[
    ("clone", [0, 0, 0], Action::Allow),
    ("clone", [0x003d_0f00, 0, 0], Action::Allow),
    ("clone", [0x6c02_0011, 0, 0], Action::Allow),
    ("clone", [0x1000_0000, 0, 0], EPERM),
    ("clone", [0x7e02_0011, 0, 0], EPERM),
    ("clone", [JUNK | 0x1000_0011, 0, 0], EPERM),
    ("clone", [JUNK, 0x1000_0000, 0], Action::Allow),
    ("ioctl", [0, 0x5412, 0], EPERM),
    ("ioctl", [0, 0x541c, 0], EPERM),
    ("ioctl", [0, 0x1_0000_5412, 0], EPERM),
    ("ioctl", [0, JUNK | 0x541c, 0], EPERM),
    ("ioctl", [0, 0x5413, 0], Action::Allow),
    ("ioctl", [0x5412, 0x5401, 0x5412], Action::Allow),
    ("personality", [0, 0, 0], Action::Allow),
    ("personality", [0xffff_ffff, 0, 0], EPERM),
    ("personality", [8, 0, 0], EPERM),
    ("personality", [0x0004_0000, 0, 0], EPERM),
    ("socket", [0, 0, 0], Action::Allow),
    ("socket", [1, 1, 0], Action::Allow),
    ("socket", [2, 1, 0], Action::Allow),
    ("socket", [10, 2, 0], Action::Allow),
    ("socket", [16, 3, 0], Action::Allow),
    ("socket", [JUNK | 1, 1, 0], Action::Allow),
    ("socket", [3, 1, 0], EAFNOSUPPORT),
    ("socket", [17, 3, 0], EAFNOSUPPORT),
    ("socket", [29, 3, 1], EAFNOSUPPORT),
    ("socket", [31, 3, 1], EAFNOSUPPORT),
    ("socket", [38, 5, 0], EAFNOSUPPORT),
    ("socket", [40, 1, 0], EAFNOSUPPORT),
    ("socket", [JUNK | 40, 1, 0], EAFNOSUPPORT),
    ("socket", [0xffff_ffff, 1, 0], EAFNOSUPPORT),
    ("socket", [2, 10, 0], EAFNOSUPPORT),
    ("socket", [2, 0x8080a, 0], EAFNOSUPPORT),
    ("socket", [16, 3, 6], EPROTONOSUPPORT),
    ("socket", [16, 3, JUNK | 12], EPROTONOSUPPORT),
    ("socketcall", [1, 0, 0], EAFNOSUPPORT),
    ("socketcall", [JUNK | 1, 0, 0], EAFNOSUPPORT),
    ("socketcall", [2, 0, 0], Action::Allow),
    ("socketcall", [8, 1, 1], Action::Allow),
];

fn numbers() -> impl Iterator<Item = u32> {
    (0..=600).chain(0x0f_0000..0x0f_0008).chain([0x3fff_ffff])
}

fn assert_every_number(program: &Program, arch: Arch) {
    let expected = expected(arch);
    for number in numbers() {
        match expected.get(&number) {
            Some((None, name)) => assert_arguments(program, arch, number, name),
            row => {
                let action = row.and_then(|row| row.0).unwrap_or(Action::Allow);
                for args in [[0; 6], [u64::MAX; 6]] {
                    assert_eq!(
                        simulate(program, arch, number, &args),
                        action,
                        "{arch} {number}"
                    );
                }
            }
        }
    }
}

fn assert_arguments(program: &Program, arch: Arch, number: u32, name: &str) {
    let cases: Vec<_> = ARGUMENTS.iter().filter(|case| case.0 == name).collect();
    assert!(!cases.is_empty(), "{name}");
    for (_, [a, b, c], action) in cases {
        let args = [*a, *b, *c, 0, 0, 0];
        let found = simulate(program, arch, number, &args);
        assert_eq!(found, *action, "{arch} {name} {args:#x?}");
    }
}

fn assert_refused(program: &Program, arch: Arch, base: u32) {
    for number in numbers() {
        let found = simulate(program, arch, base + number, &[0; 6]);
        assert_eq!(found, Action::KillThread, "{arch} {number}");
    }
}

#[test]
fn x86_64_alone() {
    let program = program("default", Arch::X86_64);
    assert_every_number(&program, Arch::X86_64);
    assert_refused(&program, Arch::X86_64, X32);
    assert_refused(&program, Arch::I386, 0);
    assert_refused(&program, Arch::Aarch64, 0);
}

#[test]
fn x86_64_with_i386() {
    let program = program("default,multiarch,+modify_ldt", Arch::X86_64);
    assert_every_number(&program, Arch::X86_64);
    assert_every_number(&program, Arch::I386);
    assert_refused(&program, Arch::X86_64, X32);
    assert_refused(&program, Arch::Arm, 0);
}

#[test]
fn aarch64_with_arm() {
    let program = program("default,multiarch", Arch::Aarch64);
    assert_every_number(&program, Arch::Aarch64);
    assert_every_number(&program, Arch::Arm);
    assert_refused(&program, Arch::X86_64, 0);
}

#[test]
fn arm_alone_and_i386_alone() {
    assert_every_number(&program("default", Arch::Arm), Arch::Arm);
    assert_every_number(&program("default", Arch::I386), Arch::I386);
}

/// The numbers that x32 does not share with x86_64, among those that the set refuses.
#[test]
fn x32_where_it_is_the_native_abi() {
    let program = program("default", Arch::X32);
    let mut expected = expected(Arch::X32);
    for (old, new) in [
        (16, Some(514)),
        (101, Some(521)),
        (134, None),
        (246, Some(528)),
        (279, Some(533)),
        (310, Some(539)),
        (311, Some(540)),
    ] {
        let row = expected.remove(&old).unwrap();
        expected.extend(new.map(|new| (new, row)));
    }
    for number in numbers() {
        let found = simulate(&program, Arch::X32, X32 + number, &[0, 0x5412, 0, 0, 0, 0]);
        let action = match expected.get(&number) {
            Some((None, "ioctl")) => EPERM,
            Some((None, _)) | None => Action::Allow,
            Some((Some(action), _)) => *action,
        };
        assert_eq!(found, action, "x32 {number}");
    }
    assert_refused(&program, Arch::X86_64, 0);
}

/// A tracer writes −1 to have a call skipped; that must not kill the thread.
#[test]
fn minus_one_is_no_call() {
    for arch in [Arch::X86_64, Arch::I386] {
        let program = program("default,multiarch", Arch::X86_64);
        assert_eq!(
            simulate(&program, arch, u32::MAX, &[0; 6]),
            Action::Allow,
            "{arch}"
        );
    }
}

/// Under `multiarch` the family filter must stay, on both ABIs.
#[test]
fn multiarch_keeps_the_family_filter() {
    for words in [
        "flatpak,multiarch",
        "default,multiarch",
        "default,devel,multiarch,canbus",
    ] {
        let program = program(words, Arch::X86_64);
        for (arch, socket) in [(Arch::X86_64, 41), (Arch::I386, 359)] {
            for family in [3, 17, 31, 38, 40] {
                let found = simulate(&program, arch, socket, &[family, 1, 0, 0, 0, 0]);
                assert_eq!(found, EAFNOSUPPORT, "{words} {arch} {family}");
            }
        }
        assert_eq!(
            simulate(&program, Arch::I386, 102, &[1, 0, 0, 0, 0, 0]),
            EAFNOSUPPORT
        );
    }
}

#[test]
fn sets_open_what_they_say() {
    let answer =
        |words, number, args| simulate(&program(words, Arch::X86_64), Arch::X86_64, number, &args);
    assert_eq!(
        answer("flatpak,bluetooth", 41, [31, 3, 1, 0, 0, 0]),
        Action::Allow
    );
    assert_eq!(
        answer("flatpak,bluetooth", 41, [29, 3, 1, 0, 0, 0]),
        EAFNOSUPPORT
    );
    assert_eq!(
        answer("flatpak,canbus", 41, [29, 3, 1, 0, 0, 0]),
        Action::Allow
    );
    assert_eq!(answer("flatpak", 41, [16, 3, 12, 0, 0, 0]), Action::Allow);
    for (number, name) in [
        (101, "ptrace"),
        (298, "perf"),
        (135, "personality"),
        (310, "vm"),
    ] {
        let args = [0xffff_ffff, 0, 0, 0, 0, 0];
        assert_eq!(answer("default", number, args), EPERM, "{name}");
        assert_eq!(
            answer("default,devel", number, args),
            Action::Allow,
            "{name}"
        );
    }
    assert_eq!(answer("default,multiarch", 154, [0; 6]), Action::Allow);
    assert_eq!(
        answer("default,+linux32", 135, [8, 0, 0, 0, 0, 0]),
        Action::Allow
    );
}

/// A call that no list knows must be looked at: is it to be refused, or added to the list?
#[test]
fn every_system_call_was_looked_at() {
    let allowed: Vec<_> = include_str!("expected/allowed.txt")
        .split_whitespace()
        .collect();
    let mut unseen: std::collections::BTreeSet<&str> = allowed.iter().copied().collect();
    for arch in Arch::ALL {
        let policy = RuleSet::parse("default").unwrap().policy(arch);
        let ruled: Vec<_> = policy.arches[0]
            .rules
            .iter()
            .map(|rule| rule.syscall.to_string())
            .collect();
        for (number, name) in arch.syscalls() {
            let (refused, allowed) = (ruled.iter().any(|r| r == name), allowed.contains(&name));
            assert!(
                refused != allowed,
                "{arch} {name} ({number}): in one list exactly"
            );
            unseen.remove(name);
        }
    }
    assert!(
        unseen.is_empty(),
        "allowed.txt names calls that are nowhere: {unseen:?}"
    );
}
