//! The lists of `recorded.txt`, run by both programs.

use super::{Call, MERGED};
use crate::judge::compliance;
use aril_tests::{Scratch, filter};
use std::os::unix::fs::symlink;
use std::panic::{AssertUnwindSafe, catch_unwind};

const LISTS: &str = include_str!("recorded.txt");

/// Names and lists, in the order of the file.
fn lists() -> impl Iterator<Item = (&'static str, String)> {
    let lines = LISTS.lines().filter(|line| !line.starts_with('#'));
    let text: String = lines.map(|line| format!("{line}\n")).collect();
    let lists: Vec<_> = LISTS
        .lines()
        .filter_map(|line| line.strip_prefix("== "))
        .zip(text.split("== ").skip(1).map(str::to_owned))
        .collect();
    lists.into_iter()
}

/// The list as this user of this machine gives it.
fn here(list: &str, scratch: &Scratch) -> String {
    for name in ["home/.config", "home/.cache", "root"] {
        scratch.dir(name);
    }
    let (_, words) = list.split_once('\n').expect("a name and words");
    let file = scratch.file("file", "content");
    for name in ["bin", "sbin", "lib", "lib64"] {
        symlink(format!("usr/{name}"), scratch.at(&format!("root/{name}"))).expect("a symlink");
    }
    let places = [
        ("{home}", scratch.dir("home")),
        ("{work}", scratch.dir("work")),
        ("{root}", scratch.at("root")),
        ("{file}", file),
        ("{merged}", MERGED.to_owned()),
    ];
    let replace = |text: String, (name, place): &(&str, String)| text.replace(name, place);
    places.iter().fold(words.to_owned(), replace)
}

fn call(list: &str, scratch: &Scratch) -> Call {
    let call = Call::new(&here(list, scratch));
    let call = call
        .file(10, b"user:x:1000:1000::/:/bin/sh\n")
        .file(11, b"text\n");
    let call = call
        .file(12, b"")
        .file(13, &filter::deny(filter::PERSONALITY, 38));
    call.place(14, scratch.at("work"))
}

compliance!(lists_of_many_clients, {
    let mut failed = Vec::new();
    for (name, list) in lists() {
        let compared = catch_unwind(AssertUnwindSafe(|| compare(&list)));
        failed.extend(compared.is_err().then_some(name));
    }
    assert!(failed.is_empty(), "{failed:?}");
});

fn compare(list: &str) {
    let scratch = Scratch::new();
    let bare = call(list, &scratch);
    // In a root that is the host's the probe is where it always is.
    let has_host = bare.args.windows(2).any(|pair| pair == ["/", "/"]);
    let call = if has_host { bare } else { bare.with_probe() };
    call.compare();
    call.in_a_file().compare_facts();
}

#[test]
fn every_list_has_a_name_and_words() {
    let mut count = 0;
    for (name, list) in lists() {
        assert!(list.starts_with(name) && list.contains("\n--"), "{name}");
        count += 1;
    }
    assert!(count >= 25, "{count}");
}
