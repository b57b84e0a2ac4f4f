//! `--bind`, `--ro-bind`, `--dev-bind` and their `-try` forms: the heart of every client's list.
//! Binds are recursive; a bind is nosuid, without `dev-` nodev, and with `ro-` read-only, on every
//! mount below it, and keeps each flag that the host's mount has.

use crate::judge::compliance;
use crate::roots::{bare, bare_without_proc, host};
use aril_tests::mountinfo::{self, Mount, reachable};
use aril_tests::{Bwrap, Facts, Scratch, is_root, under_test};
use std::fs;

/// Asserts the flags of every mount that came in with `option / /`.
fn assert_flags(option: &str, read_only: bool, no_devices: bool) {
    assert_flags_after(&[option], read_only, no_devices);
}

/// The same with options before it.
fn assert_flags_after(options: &[&str], read_only: bool, no_devices: bool) {
    let option = options.join(" ");
    let outside = fs::read_to_string("/proc/self/mountinfo").expect("our mount table");
    let outside = mountinfo::parse(&outside);
    let inside = Bwrap::new()
        .args(options)
        .args(["/", "/"])
        .facts()
        .mounts
        .expect("a mount table");
    let inside = reachable(&inside);
    for theirs in reachable(&outside) {
        let found = inside.iter().find(|mount| mount.target == theirs.target);
        let mount = found.unwrap_or_else(|| panic!("{option}: {} is missing", theirs.target));
        assert!(mount.has("nosuid"), "{option}: {mount:?}");
        assert_eq!(
            mount.has("ro"),
            read_only || theirs.has("ro"),
            "{option}: {mount:?}"
        );
        assert_eq!(
            mount.has("nodev"),
            no_devices || theirs.has("nodev"),
            "{option}: {mount:?}"
        );
        for flag in ["noexec", "noatime", "nodiratime", "relatime"] {
            assert_eq!(
                mount.has(flag),
                theirs.has(flag),
                "{option}, {flag}: {mount:?}"
            );
        }
    }
}

compliance!(bind_is_nosuid_and_nodev_everywhere, {
    assert_flags("--bind", false, true)
});

compliance!(ro_bind_is_read_only_as_well, {
    assert_flags("--ro-bind", true, true)
});

compliance!(submounts_that_may_refuse_get_the_flags_where_they_do_not, {
    assert_flags_after(&["--not-a-security-boundary", "--ro-bind"], true, true)
});

compliance!(dev_bind_leaves_devices_usable, {
    assert_flags("--dev-bind", false, false)
});

compliance!(flags_of_the_host_are_kept, {
    // An outer sandbox stands in for a host whose /proc is noexec.
    let outer = host().args(["--unshare-pid", "--proc", "/proc"]);
    // Without a user namespace the inner one mounts with real capabilities.
    let outer = if is_root() {
        outer.args(["--cap-add", "ALL"])
    } else {
        outer
    };
    let program = under_test::path().to_str().expect("a path that is text");
    let facts = outer.args([program, "--bind", "/", "/"]).facts();
    assert!(
        facts.mount("/proc").has("noexec"),
        "{:?}",
        facts.mount("/proc")
    );
});

compliance!(a_file_can_be_bound, {
    let scratch = Scratch::new();
    let file = scratch.file("file", "before");
    let bwrap = bare().args([
        "--bind",
        &file,
        "/etc/file",
        "--ro-bind",
        &file,
        "/etc/other",
    ]);
    let out = bwrap.shell("cat /etc/other; echo x 2>&1 >/etc/other; printf after >/etc/file");
    assert!(
        out.starts_with("before") && out.contains("Read-only file system"),
        "{out}"
    );
    assert_eq!(scratch.read("file"), "after");
});

compliance!(the_source_is_resolved_on_the_host, {
    let scratch = Scratch::new();
    let target = scratch.dir("target");
    scratch.file("target/file", "found");
    std::os::unix::fs::symlink(&target, scratch.at("link")).expect("make a symlink");
    let out = bare()
        .args(["--bind", &scratch.at("link"), "/x"])
        .shell("cat /x/file");
    assert_eq!(out, "found");
});

compliance!(a_relative_source_is_relative_to_the_old_directory, {
    let scratch = Scratch::new();
    scratch.dir("sub");
    scratch.file("sub/file", "found");
    let out = bare()
        .current_dir(scratch.path())
        .args(["--ro-bind", "sub", "/x"]);
    assert_eq!(out.shell("cat /x/file"), "found");
});

compliance!(a_source_that_an_earlier_bind_covers_is_still_the_hosts, {
    let scratch = Scratch::new();
    let (one, two) = (scratch.dir("one"), scratch.dir("two"));
    scratch.file("two/file", "two");
    let bwrap = bare().args(["--bind", &one, &two, "--bind", &two, "/x"]);
    assert_eq!(bwrap.shell("cat /x/file"), "two");
});

compliance!(a_missing_source_is_fatal, {
    for option in ["--bind", "--ro-bind", "--dev-bind"] {
        let done = Bwrap::new()
            .args([option, "/nonexistent/x", "/x", "true"])
            .finish();
        done.refused("Can't find source path /nonexistent/x: No such file or directory");
    }
});

compliance!(a_try_ignores_a_missing_source, {
    for option in ["--bind-try", "--ro-bind-try", "--dev-bind-try"] {
        let bwrap = bare().args([option, "/nonexistent/x", "/a/x"]);
        assert_eq!(
            bwrap.shell("test -e /a || echo nothing"),
            "nothing",
            "{option}"
        );
    }
});

compliance!(a_try_ignores_nothing_else, {
    for option in ["--bind-try", "--ro-bind-try", "--dev-bind-try"] {
        let done = Bwrap::new()
            .args([option, "/etc/passwd/x", "/x", "true"])
            .finish();
        done.refused("Can't find source path /etc/passwd/x: Not a directory");
    }
});

compliance!(a_try_binds_what_exists, {
    let facts = bare()
        .args(["--bind-try", "/etc", "/e", "--ro-bind-try", "/etc", "/r"])
        .facts();
    assert!(facts.mount("/e").has("nosuid") && !facts.mount("/e").has("ro"));
    assert!(facts.mount("/r").has("ro"));
    let facts = bare().args(["--dev-bind-try", "/dev", "/d"]).facts();
    assert!(!facts.mount("/d").has("nodev") && facts.mount("/d").has("nosuid"));
});

compliance!(a_try_of_a_namespace_link_follows_it, {
    // flatpak: `--ro-bind-try /proc/self/ns/user /run/.userns`.
    // A root that asks for no capability has a second namespace in ours, below the one that is named.
    let bwrap = bare().args(["--unshare-user", "--cap-drop", "ALL"]);
    let bwrap = bwrap.args(["--ro-bind-try", "/proc/self/ns/user", "/run/.userns"]);
    let facts = bwrap.facts();
    let mount = facts.mount("/run/.userns");
    assert_eq!(mount.kind, "nsfs");
    assert_eq!(mount.root, format!("user:[{}]", facts.namespace("user")));
});

compliance!(wart_a_bind_of_a_namespace_link_without_try_dies, {
    let done = bare()
        .args(["--ro-bind", "/proc/self/ns/user", "/x", "true"])
        .finish();
    done.refused("Can't find source path /proc/self/ns/user: No such file or directory");
});

compliance!(devices_need_a_dev_bind, {
    let open = |option| {
        let bwrap = bare().args([option, "/dev/null", "/n"]);
        bwrap.shell("(echo x >/n) 2>&- && echo opened || echo refused")
    };
    assert_eq!(
        (open("--bind").as_str(), open("--dev-bind").as_str()),
        ("refused", "opened")
    );
});

compliance!(writes_reach_the_host_only_through_a_bind, {
    let scratch = Scratch::new();
    let path = scratch.path().to_str().expect("a path that is text");
    bare()
        .args(["--bind", path, "/x"])
        .shell("echo inside >/x/file; echo lost >/file");
    assert_eq!(scratch.read("file"), "inside\n");
});

compliance!(what_is_not_bound_does_not_exist, {
    let facts = bare().facts();
    let targets: Vec<_> = facts
        .mounts
        .iter()
        .flatten()
        .map(|mount| &mount.target)
        .collect();
    assert!(targets.iter().all(|target| {
        ["/", "/usr", "/proc", "/probe"].contains(&target.as_str())
            || target.starts_with("/proc/")
            || target.starts_with("/usr/")
    }));
});

compliance!(the_root_is_a_tmpfs_that_the_user_owns, {
    let facts = bare().facts();
    let root: &Mount = facts.mounts_at("/")[0];
    assert_eq!(root.kind, "tmpfs");
    assert!(
        root.has("rw") && root.has("nosuid") && root.has("nodev"),
        "{root:?}"
    );
    assert_eq!(
        bare()
            .shell("stat -c %a /; id -u; stat -c %u /")
            .lines()
            .next(),
        Some("755")
    );
    assert_eq!(
        bare()
            .shell("ls -A /")
            .split_whitespace()
            .filter(|n| n.contains("root"))
            .count(),
        0
    );
});

compliance!(nothing_of_the_old_root_is_left, {
    let out = bare_without_proc().shell("ls -A / | tr '\\n' ' '");
    let known = ["bin", "lib", "lib64", "probe", "sbin", "usr"];
    assert!(
        out.split_whitespace().all(|name| known.contains(&name)),
        "{out}"
    );
});

fn root_of(facts: &Facts) -> String {
    facts.mounts_at("/")[0].root.clone()
}

compliance!(wart_the_root_is_called_newroot, {
    assert_eq!(root_of(&bare().facts()), "/newroot")
});

compliance!(a_link_that_goes_up_to_the_root_is_followed_outside, {
    let scratch = Scratch::new();
    scratch.dir("a");
    let there = scratch.file("there", "of the host");
    let up = format!("../../..{there}");
    std::os::unix::fs::symlink(&up, scratch.at("a/link")).expect("make a link");
    let link = scratch.at("a/link");
    // The sandbox has another file of that name, and the walk meets it in no order of the words.
    for words in [[link.as_str(), "/first"], [link.as_str(), there.as_str()]] {
        let bwrap = bare().args(["--ro-bind"]).args(words);
        assert_eq!(bwrap.shell(&format!("cat {}", words[1])), "of the host");
    }
});

compliance!(a_missing_source_is_found_before_anything_is_made, {
    let scratch = Scratch::new();
    let place = scratch.dir("place");
    let bwrap = bare().args(["--bind", &place, "/place", "--dir", "/place/made"]);
    let bwrap = bwrap.args(["--ro-bind", "/nonexistent", "/x", "true"]);
    bwrap
        .finish()
        .refused("Can't find source path /nonexistent: No such file or directory");
    assert!(!fs::exists(format!("{place}/made")).expect("look"));
});
