//! `--unshare-*` and `--share-net`: which namespaces are new, and what is in them.

use crate::judge::compliance;
use crate::roots::{bare_without_proc, host};
use aril_tests::{Facts, facts, is_root};
use std::collections::BTreeMap;

const ALL: [&str; 6] = ["cgroup", "ipc", "net", "pid", "user", "uts"];

fn outside() -> BTreeMap<String, u64> {
    facts::namespaces("self").expect("our own namespaces")
}

/// Which namespaces the facts show as new, except mnt, in the order of the alphabet.
fn new(facts: &Facts) -> Vec<String> {
    let outside = outside();
    let inside = facts.namespaces.clone().expect("namespaces");
    assert_ne!(
        inside["mnt"], outside["mnt"],
        "the mount namespace is always new"
    );
    let new = inside
        .into_iter()
        .filter(|(kind, inode)| outside[kind] != *inode);
    new.map(|(kind, _)| kind)
        .filter(|kind| kind != "mnt")
        .collect()
}

/// An ordinary user always gets a user namespace.
fn implied<'a>(kinds: &[&'a str]) -> Vec<&'a str> {
    let mut kinds = kinds.to_vec();
    if !is_root() && !kinds.contains(&"user") {
        kinds.push("user");
    }
    kinds.sort_unstable();
    kinds
}

compliance!(without_options_nothing_but_mounts_is_new, {
    assert_eq!(new(&host().facts()), implied(&[]));
});

compliance!(each_option_makes_its_own_namespace_new, {
    for kind in ["cgroup", "ipc", "net", "pid", "uts", "user"] {
        let facts = host().args([format!("--unshare-{kind}")]).facts();
        assert_eq!(new(&facts), implied(&[kind]), "--unshare-{kind}");
    }
});

compliance!(the_tries_make_them_new_where_possible, {
    for kind in ["cgroup", "user"] {
        let facts = host().args([format!("--unshare-{kind}-try")]).facts();
        assert_eq!(new(&facts), implied(&[kind]), "--unshare-{kind}-try");
    }
});

compliance!(all_are_all_but_time, {
    assert_eq!(new(&host().args(["--unshare-all"]).facts()), ALL);
});

compliance!(share_net_takes_the_network_back, {
    let facts = host().args(["--unshare-all", "--share-net"]).facts();
    assert_eq!(new(&facts), ["cgroup", "ipc", "pid", "user", "uts"]);
    let facts = host().args(["--unshare-net", "--share-net"]).facts();
    assert_eq!(new(&facts), implied(&[]));
});

compliance!(share_net_must_come_later, {
    assert_eq!(
        new(&host().args(["--share-net", "--unshare-all"]).facts()),
        ALL
    );
});

compliance!(a_new_network_has_a_loopback_which_is_up, {
    // With lo down or without its address, the text is "Network is unreachable".
    let script = "(exec 3<>/dev/tcp/127.0.0.1/9) 2>&1; grep -c : /proc/net/dev";
    let done = host()
        .args(["--unshare-net", "bash", "-c", script])
        .finish();
    assert!(done.stdout.contains("Connection refused"), "{done:?}");
    assert!(done.stdout.ends_with("\n1\n"), "only lo: {done:?}");
});

compliance!(in_a_new_pid_namespace_the_command_is_2, {
    let bwrap = bare_without_proc().args(["--unshare-pid", "--proc", "/proc"]);
    let facts = bwrap.facts();
    assert_eq!((facts.pid, facts.ppid), (2, 1));
    let processes = facts.processes.expect("processes");
    assert_eq!(processes.keys().copied().collect::<Vec<_>>(), [1, 2]);
});

compliance!(the_user_keeps_its_ids, {
    let ids = (
        rustix::process::getuid().as_raw(),
        rustix::process::getgid().as_raw(),
    );
    for option in ["--unshare-user", "--unshare-all", "--unshare-user-try"] {
        let facts = host().args([option]).facts();
        assert_eq!(
            (facts.uid, facts.gid),
            ((ids.0, ids.0), (ids.1, ids.1)),
            "{option}"
        );
        assert_eq!(facts.uid_map, Some(vec![format!("{} {} 1", ids.0, ids.0)]));
        assert_eq!(facts.gid_map, Some(vec![format!("{} {} 1", ids.1, ids.1)]));
        assert_eq!(facts.setgroups.as_deref(), Some("deny"));
    }
});
