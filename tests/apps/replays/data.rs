//! The application replaces directories of its own by links (GHSA-8688-9x26-hhxj,
//! GHSA-99wv-m8rp-g58x, CVE-2026-34079, CVE-2024-42472).

use super::{SECRET, inside, names, prize, repaired, replay};
use crate::case::{Case, Runner};
use crate::fixture::SMALL;
use std::fs;
use std::os::unix::fs::symlink;

/// A directory of the data directory, and where it is seen as well.
const DIRECTORIES: &[(&str, &str)] = &[
    ("cache", "/var/cache"),
    ("data", "/var/data"),
    ("config", "/var/config"),
    ("cache/tmp", "/var/tmp"),
];

/// The application makes the link itself in a first run, and uses it in a second. Whether it read
/// the secret, and whether it wrote beside it.
fn link_out(runner: Runner, (directory, seen): (&str, &str), is_relative: bool) -> (bool, bool) {
    let case = Case::new();
    let prize = prize(&case);
    let up = "../".repeat(3 + directory.matches('/').count());
    let target = match is_relative {
        true => format!("{up}prize"),
        false => prize.to_str().expect("text").to_owned(),
    };
    let first = format!(
        "cd ~/.var/app/{SMALL} && mv {directory} {directory}.old && ln -s {target} {directory} && echo made"
    );
    assert_eq!(
        inside(&case, runner, SMALL, &first),
        "made\n",
        "the attack is set up"
    );
    let second = format!("echo planted >{seen}/planted; cat {seen}/secret");
    let read = inside(&case, runner, SMALL, &second) == SECRET;
    (read, names(&prize).contains(&"planted".to_owned()))
}

replay!(data_directories_as_links, {
    let mut open = 0;
    for directory in DIRECTORIES {
        for is_relative in [false, true] {
            let ours = link_out(Runner::Aril, *directory, is_relative);
            assert_eq!(ours, (false, false), "{directory:?} {is_relative}");
            let (read, written) = link_out(Runner::Flatpak, *directory, is_relative);
            open += u32::from(read && written);
        }
    }
    match open {
        0 => repaired("GHSA-8688-9x26-hhxj"),
        _ => assert_eq!(open, 8, "the control"),
    }
});

replay!(directories_are_not_made_behind_links, {
    // What does not exist there yet would be made by the launcher, outside.
    for directory in ["cache", "data", ".local", "config"] {
        let case = Case::new();
        let prize = prize(&case);
        let data = case.data(SMALL);
        fs::create_dir_all(&data).expect("make a directory");
        symlink(&prize, data.join(directory)).expect("make a link");
        let done = case.run(Runner::Aril, &[SMALL]).finish();
        assert!(!done.status.success(), "{directory}: {done:?}");
        assert_eq!(names(&prize), ["secret"], "{directory}");
        // The control: a directory in its place is fine.
        fs::remove_file(data.join(directory)).expect("remove the link");
        case.run(Runner::Aril, &[SMALL]).finish().success();
    }
});

/// Where the loader's caches are kept is a link.
fn write_caches_elsewhere(runner: Runner) -> Vec<String> {
    let case = Case::new();
    let target = case.home_dir("target");
    fs::create_dir_all(case.data(SMALL)).expect("make a directory");
    symlink(&target, case.data(SMALL).join(".ld.so")).expect("make a link");
    case.run(runner, &[SMALL]).finish();
    names(&target)
}

replay!(the_directory_of_caches_as_a_link, {
    let ours = write_caches_elsewhere(Runner::Aril);
    assert!(ours.is_empty(), "{ours:?}");
    if write_caches_elsewhere(Runner::Flatpak).is_empty() {
        repaired("GHSA-99wv-m8rp-g58x");
    }
});

replay!(the_active_cache_names_a_victim, {
    // The cache that was active is removed when there is a new one.
    let case = Case::new();
    let victim = case.home().join("victim");
    fs::write(&victim, SECRET).expect("write a file");
    for target in ["../../../../victim", victim.to_str().expect("text")] {
        let caches = case.data(SMALL).join(".ld.so");
        if caches.exists() {
            fs::remove_dir_all(&caches).expect("remove the caches");
        }
        fs::create_dir_all(&caches).expect("make a directory");
        symlink(target, caches.join("active")).expect("make a link");
        case.run(Runner::Aril, &[SMALL]).finish();
        assert_eq!(fs::read_to_string(&victim).expect("the victim"), SECRET);
    }
    // The control: what may be removed is removed, so the attack has met the code.
    let caches = case.data(SMALL).join(".ld.so");
    fs::remove_dir_all(&caches).expect("remove the caches");
    fs::create_dir_all(&caches).expect("make a directory");
    fs::write(caches.join("0123abc"), "old").expect("write a file");
    symlink("0123abc", caches.join("active")).expect("make a link");
    case.run(Runner::Aril, &[SMALL]).finish().success();
    let left = names(&caches);
    assert!(
        left.len() == 2 && !left.contains(&"0123abc".to_owned()),
        "{left:?}"
    );
});

replay!(a_persistent_directory_as_a_link, {
    let case = Case::new();
    let prize = prize(&case);
    fs::create_dir_all(case.data(SMALL)).expect("make a directory");
    let kept = case.data(SMALL).join("kept");
    symlink(&prize, &kept).expect("make a link");
    let script = "cat ~/kept/secret; echo planted >~/kept/planted";
    let words = ["--persist=kept", "--command=sh", SMALL, "-c", script];
    let done = case.run(Runner::Aril, &words).finish();
    assert!(!done.stdout.contains(SECRET), "{done:?}");
    assert!(
        done.stderr.contains("not allowed to avoid sandbox escape"),
        "{done:?}"
    );
    assert_eq!(names(&prize), ["secret"]);
    // The control: a real directory is kept.
    fs::remove_file(&kept).expect("remove the link");
    case.run(Runner::Aril, &words).finish().success();
    assert_eq!(names(&kept), ["planted"]);
});
