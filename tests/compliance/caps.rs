//! `--cap-add`, `--cap-drop`. An ordinary user starts from none, root from all that it has.

use crate::judge::compliance;
use crate::roots::host;
use aril_tests::skip::skip;
use aril_tests::status::Status;
use aril_tests::under_test::{self, CONTAINER, Program};
use aril_tests::{Bwrap, is_root};

const CHOWN: u64 = 1;
const NET_RAW: u64 = 1 << 13;

fn ours() -> Status {
    Status::parse(&std::fs::read_to_string("/proc/self/status").expect("our status"))
}

/// The sets in a new user namespace.
fn own(args: &[&str]) -> Status {
    host()
        .args(["--unshare-user"])
        .args(args)
        .facts()
        .status()
        .clone()
}

fn all() -> u64 {
    let last = std::fs::read_to_string("/proc/sys/kernel/cap_last_cap").expect("the last one");
    (2 << last.trim().parse::<u32>().expect("a number")) - 1
}

compliance!(an_ordinary_user_gets_none, {
    if is_root() {
        skip("only an ordinary user starts from none");
    }
    for args in [&[][..], &["--cap-drop", "ALL"], &["--uid", "0"]] {
        let status = own(args);
        let sets = [
            status.inheritable,
            status.permitted,
            status.effective,
            status.ambient,
        ];
        assert_eq!((sets, status.bounding), ([0; 4], 0), "{args:?}");
    }
});

/// What root keeps of its real capabilities: in the original all, in ours those that reach neither
/// the kernel nor the host's devices (docs/bwrap-compat.md).
fn kept(set: u64) -> u64 {
    match under_test::program() {
        Program::Ours => set & CONTAINER,
        Program::Original { .. } => set,
    }
}

compliance!(root_keeps_what_it_has, {
    if !is_root() {
        skip("only root has any");
    }
    let (outside, status) = (ours(), host().facts().status().clone());
    assert_eq!(
        (status.permitted, status.effective),
        (kept(outside.permitted), kept(outside.effective))
    );
    assert_eq!((status.inheritable, status.ambient), (0, 0));
    assert_eq!(status.bounding, kept(outside.bounding));
});

compliance!(added_ones_are_in_every_set, {
    if is_root() {
        skip("root starts from all");
    }
    let status = own(&["--cap-add", "CAP_NET_RAW", "--cap-add", "cap_chown"]);
    let sets = [
        status.inheritable,
        status.permitted,
        status.effective,
        status.ambient,
    ];
    assert_eq!(
        (sets, status.bounding),
        ([CHOWN | NET_RAW; 4], CHOWN | NET_RAW)
    );
});

compliance!(they_survive_a_nested_namespace, {
    let status = own(&["--uid", "0", "--cap-add", "ALL", "--disable-userns"]);
    assert_eq!(
        (status.permitted, status.ambient, status.bounding),
        (all(), all(), all())
    );
});

compliance!(all_is_a_name, {
    for name in ["ALL", "all", "aLL"] {
        let status = own(&["--cap-add", name]);
        assert_eq!(
            (status.permitted, status.bounding),
            (all(), all()),
            "{name}"
        );
        assert_eq!(
            own(&["--cap-add", "ALL", "--cap-drop", name]).permitted,
            0,
            "{name}"
        );
    }
});

compliance!(options_act_in_order, {
    let dropped = own(&["--cap-drop", "ALL", "--cap-add", "cap_net_raw"]);
    assert_eq!(
        (dropped.permitted, dropped.bounding, dropped.ambient),
        (NET_RAW, NET_RAW, NET_RAW)
    );
    let status = own(&["--cap-add", "ALL", "--cap-drop", "cap_net_raw"]);
    assert_eq!(
        (status.permitted, status.ambient),
        (all() & !NET_RAW, all() & !NET_RAW)
    );
    assert_eq!(
        own(&["--cap-drop", "cap_chown", "--cap-drop", "ALL"]).permitted,
        0
    );
});

compliance!(numbers_are_names, {
    assert_eq!(
        own(&["--cap-drop", "ALL", "--cap-add", "13"]).permitted,
        NET_RAW
    );
});

compliance!(unknown_names_are_refused, {
    for option in ["--cap-add", "--cap-drop"] {
        for name in ["foo", "net_raw", "", "cap_"] {
            Bwrap::new()
                .args([option, name, "true"])
                .finish()
                .refused(&format!("unknown cap: {name}"));
        }
    }
});

compliance!(root_without_a_user_namespace_can_drop, {
    if !is_root() {
        skip("an ordinary user always has a user namespace");
    }
    let status = host()
        .args(["--cap-drop", "CAP_CHOWN"])
        .facts()
        .status()
        .clone();
    let left = kept(ours().permitted) & !CHOWN;
    assert_eq!(
        (status.permitted, status.effective, status.ambient),
        (left, left, left)
    );
    let status = host().args(["--cap-drop", "ALL"]).facts().status().clone();
    assert_eq!(
        (status.permitted, status.effective, status.ambient),
        (0, 0, 0)
    );
});

compliance!(a_drop_is_never_forgotten, {
    if !is_root() || ours().permitted == all() {
        skip("needs a root that lacks a capability");
    }
    let bwrap = host().args(["--cap-add", "ALL", "--cap-drop", "CAP_CHOWN", "true"]);
    if bwrap.finish().code() == 0 {
        let bwrap = host().args(["--cap-add", "ALL", "--cap-drop", "CAP_CHOWN"]);
        assert_eq!(bwrap.facts().status().permitted & CHOWN, 0);
    }
});
