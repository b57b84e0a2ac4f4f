//! Names in a runtime directory of the test's own.

use super::*;
use aril_flatpak::instances::RuntimeDir;
use aril_sandbox::spec::{FileRules, Landlock, PathRule, SeccompProgram};
use aril_sandbox::{FileAccess, Spec};
use std::ffi::OsStr;
use std::path::Path;

fn case() -> (tempfile::TempDir, RuntimeDir) {
    let place = tempfile::tempdir().unwrap();
    let runtime = RuntimeDir::open(Some(place.path().as_os_str()), Path::new("/")).unwrap();
    (place, runtime)
}

#[test]
fn names() {
    for good in ["a", "build-2", "A.b_c"] {
        assert_eq!(good.parse::<Name>().unwrap().as_str(), good);
    }
    for bad in ["", "1", ".a", "-a", "a/b", "a b", "a\n", &"a".repeat(65)] {
        assert!(bad.parse::<Name>().is_err(), "{bad:?}");
    }
    let of = |command: &str| Name::of_command(OsStr::new(command)).as_str().to_owned();
    assert_eq!(of("/usr/bin/python3.11"), "python3.11");
    assert_eq!(of("./7z x"), "zx");
    assert_eq!(of("/"), "command");
}

#[test]
fn a_name_is_taken_once_and_given_back() {
    let (place, runtime) = case();
    let name: Name = "build".parse().unwrap();
    let first = Registration::take(&runtime, &name).unwrap();
    let refused = Registration::take(&runtime, &name).unwrap_err().to_string();
    assert!(refused.contains("a sandbox of that name runs"), "{refused}");
    let second = Registration::take_like(&runtime, &name).unwrap();
    assert_eq!(second.name().as_str(), "build-2");
    let listed = named(&runtime).unwrap();
    let listed: Vec<_> = listed.iter().map(|found| found.name.as_str()).collect();
    assert_eq!(listed, ["build", "build-2"]);
    first.release().unwrap();
    assert!(!place.path().join("aril/build").exists());
    assert!(find(&runtime, "build").unwrap().is_none());
    assert!(find(&runtime, "build-2").unwrap().is_some());
    drop(second);
    assert!(named(&runtime).unwrap().is_empty());
}

#[test]
fn what_a_killed_launcher_left_is_replaced() {
    let (place, runtime) = case();
    let left = place.path().join("aril/build");
    std::fs::create_dir_all(&left).unwrap();
    std::fs::write(left.join(".ref"), "").unwrap();
    std::fs::write(left.join("facts.json"), "{}").unwrap();
    assert!(named(&runtime).unwrap().is_empty());
    let name: Name = "build".parse().unwrap();
    let taken = Registration::take(&runtime, &name).unwrap();
    assert!(!left.join("facts.json").exists());
    taken.release().unwrap();
}

#[test]
fn confinement_comes_back() {
    let (_place, runtime) = case();
    let mut spec = Spec::new("/bin/true");
    spec.seccomp = vec![SeccompProgram::Bytes(vec![1, 2, 3, 4, 5, 6, 7, 255])];
    spec.landlock = Some(Landlock {
        files: Some(FileRules {
            handled: FileAccess(7),
            rules: vec![PathRule {
                path: "/usr".into(),
                access: FileAccess(3),
                optional: true,
            }],
        }),
        tcp_connect: Some(vec![443]),
        ..Landlock::default()
    });
    let directory = runtime.own().unwrap();
    Confinement::of(&spec).unwrap().keep(&directory).unwrap();
    let mut other = Spec::new("/bin/sh");
    Confinement::find(&directory).unwrap().apply(&mut other);
    assert_eq!(other.seccomp, spec.seccomp);
    assert_eq!(other.landlock, spec.landlock);
    spec.seccomp = vec![SeccompProgram::Fd(3)];
    assert!(Confinement::of(&spec).is_err());
}
