//! `--tmpfs`, with `--perms` and `--size`.

use crate::judge::compliance;
use crate::roots::bare;
use aril_tests::Facts;

fn tmpfs(modifiers: &[&str]) -> Facts {
    bare().args(modifiers).args(["--tmpfs", "/t"]).facts()
}

compliance!(it_is_nosuid_and_nodev_with_mode_755, {
    let facts = tmpfs(&[]);
    let mount = facts.mount("/t");
    assert_eq!(mount.kind, "tmpfs");
    assert!(
        mount.has("nosuid") && mount.has("nodev") && !mount.has("noexec"),
        "{mount:?}"
    );
    assert!(mount.option("mode=755"), "{mount:?}");
    assert!(
        !mount
            .options
            .iter()
            .any(|option| option.starts_with("size=")),
        "{mount:?}"
    );
});

compliance!(perms_set_its_mode, {
    assert!(tmpfs(&["--perms", "0700"]).mount("/t").option("mode=700"));
    let out = bare()
        .args(["--perms", "1777", "--tmpfs", "/t"])
        .shell("stat -c %a /t");
    assert_eq!(out, "1777");
});

compliance!(size_limits_it_to_whole_pages, {
    for (word, kib) in [
        ("1", 4),
        ("4097", 8),
        ("0x10000", 64),
        ("0100000", 32),
        ("1048576", 1024),
    ] {
        let facts = tmpfs(&["--size", word]);
        let mount = facts.mount("/t");
        assert!(mount.option(&format!("size={kib}k")), "{word}: {mount:?}");
    }
});

compliance!(perms_and_size_combine_in_any_order, {
    for modifiers in [
        ["--perms", "700", "--size", "8192"],
        ["--size", "8192", "--perms", "700"],
    ] {
        let facts = tmpfs(&modifiers);
        let mount = facts.mount("/t");
        assert!(
            mount.option("mode=700") && mount.option("size=8k"),
            "{mount:?}"
        );
    }
});

compliance!(modifiers_are_used_up, {
    let args = [
        "--perms", "700", "--size", "8192", "--tmpfs", "/t", "--tmpfs", "/u",
    ];
    let facts = bare().args(args).facts();
    let mount = facts.mount("/u");
    assert!(mount.option("mode=755"), "{mount:?}");
    assert!(
        !mount
            .options
            .iter()
            .any(|option| option.starts_with("size=")),
        "{mount:?}"
    );
});

compliance!(a_second_one_covers_the_first, {
    let args = [
        "--tmpfs", "/t", "--dir", "/t/a", "--tmpfs", "/t", "--dir", "/t/b",
    ];
    assert_eq!(bare().args(args).shell("ls /t"), "b");
});
