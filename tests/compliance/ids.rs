//! `--uid`, `--gid`: flatpak-builder and ansible-runner run as another id, rpm-ostree as root.

use crate::judge::compliance;
use crate::roots::{bare, host};
use aril_tests::is_root;
use rustix::process::{getgid, getuid};

compliance!(the_ids_are_those_asked_for, {
    let facts = host()
        .args(["--unshare-user", "--uid", "12", "--gid", "34"])
        .facts();
    assert_eq!((facts.uid, facts.gid), ((12, 12), (34, 34)));
    assert_eq!(
        facts.uid_map,
        Some(vec![format!("12 {} 1", getuid().as_raw())])
    );
    assert_eq!(
        facts.gid_map,
        Some(vec![format!("34 {} 1", getgid().as_raw())])
    );
});

compliance!(one_may_be_given_without_the_other, {
    let facts = host().args(["--unshare-user", "--uid", "12"]).facts();
    assert_eq!((facts.uid.0, facts.gid.0), (12, getgid().as_raw()));
    let facts = host().args(["--unshare-user", "--gid", "0"]).facts();
    assert_eq!((facts.uid.0, facts.gid.0), (getuid().as_raw(), 0));
});

compliance!(uid_0_is_root_inside_only, {
    let facts = host().args(["--unshare-user", "--uid", "0"]).facts();
    assert_eq!(facts.uid, (0, 0));
    if !is_root() {
        assert_eq!(facts.status().effective, 0, "no capabilities come with it");
    }
});

compliance!(with_dev_the_map_is_nested_and_the_ids_are_the_same, {
    let facts = bare().args([
        "--dev",
        "/dev",
        "--unshare-user",
        "--uid",
        "12",
        "--gid",
        "34",
    ]);
    let facts = facts.facts();
    assert_eq!((facts.uid, facts.gid), ((12, 12), (34, 34)));
});

compliance!(the_largest_id_is_2_to_the_31_minus_1, {
    let facts = host()
        .args(["--unshare-user", "--uid", "2147483647"])
        .facts();
    assert_eq!(facts.uid, (2_147_483_647, 2_147_483_647));
});

compliance!(wart_ids_from_2147483648_are_refused, {
    let done = host()
        .args(["--unshare-user", "--uid", "2147483648", "true"])
        .finish();
    done.refused("Invalid uid: 2147483648");
});

compliance!(negative_ids_and_words_are_refused, {
    for word in ["-1", "x", "", "1x"] {
        let done = host()
            .args(["--unshare-user", "--uid", word, "true"])
            .finish();
        done.refused(&format!("Invalid uid: {word}"));
        let done = host()
            .args(["--unshare-user", "--gid", word, "true"])
            .finish();
        done.refused(&format!("Invalid gid: {word}"));
    }
});

compliance!(ids_which_wrap_around_are_refused, {
    let done = host()
        .args(["--unshare-user", "--uid", "4294967296", "true"])
        .finish();
    done.refused("Invalid uid: 4294967296");
    let done = host()
        .args(["--unshare-user", "--gid", "4294967296", "true"])
        .finish();
    done.refused("Invalid gid: 4294967296");
});

compliance!(wart_an_id_which_wraps_around_is_root, {
    assert_eq!(
        host()
            .args(["--unshare-user", "--uid", "4294967296"])
            .facts()
            .uid,
        (0, 0)
    );
});

compliance!(root_needs_a_user_namespace, {
    for kind in ["uid", "gid"] {
        let option = format!("--{kind}");
        let done = host().args([option.as_str(), "3", "true"]).finish();
        if is_root() {
            let text = format!("Specifying {option} requires --unshare-user or --userns");
            done.refused(&text);
        } else {
            done.success();
        }
    }
});
