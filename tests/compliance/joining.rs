//! `--userns`, `--userns2`, `--pidns`: flatpak puts a sub-sandbox into an application's namespaces.

use crate::judge::compliance;
use crate::roots::{bare_without_proc, host};
use aril_tests::run::Helper;
use aril_tests::{Bwrap, facts, fds};

const USER: [&str; 3] = ["unshare", "--user", "--map-root-user"];

compliance!(a_user_namespace_is_joined, {
    let helper = Helper::start(&USER);
    let namespace = facts::namespaces(&helper.pid().to_string()).expect("its namespaces")["user"];
    let facts = host()
        .fd(9, helper.namespace("user"))
        .args(["--userns", "9"])
        .facts();
    assert_eq!(facts.namespace("user"), namespace);
    assert_eq!((facts.uid, facts.gid), ((0, 0), (0, 0)));
    let bwrap = host()
        .fd(9, helper.namespace("user"))
        .args(["--userns", "9"]);
    let done = bwrap.args(["--uid", "0", "--gid", "0", "true"]).finish();
    done.success();
});

compliance!(standard_input_may_be_the_namespace, {
    let helper = Helper::start(&USER);
    let namespace = facts::namespaces(&helper.pid().to_string()).expect("its namespaces")["user"];
    let facts = host()
        .stdin(helper.namespace("user"))
        .args(["--userns", "0"])
        .facts();
    assert_eq!(facts.namespace("user"), namespace);
});

compliance!(an_id_that_is_not_mapped_is_refused, {
    let helper = Helper::start(&USER);
    let bwrap = host()
        .fd(9, helper.namespace("user"))
        .args(["--userns", "9", "--uid", "1", "true"]);
    bwrap
        .finish()
        .refused("unable to switch to uid 1: Invalid argument");
});

compliance!(our_own_user_namespace_cannot_be_joined, {
    let bwrap = host()
        .fd(9, fds::open("/proc/self/ns/user"))
        .args(["--userns", "9", "true"]);
    bwrap.finish().refused(
        "Joining the specified user namespace failed, it might not be a descendant of the current \
         user namespace.",
    );
});

compliance!(a_second_user_namespace_is_joined_late, {
    let outer = Helper::start(&USER);
    let path = format!("--user=/proc/{}/ns/user", outer.pid());
    let enter = ["nsenter", &path, "--preserve-credentials"];
    let inner = Helper::start(&[&enter[..], &USER].concat());
    let namespace = facts::namespaces(&inner.pid().to_string()).expect("its namespaces")["user"];
    let bwrap = host()
        .fd(8, outer.namespace("user"))
        .fd(9, inner.namespace("user"));
    let facts = bwrap.args(["--userns", "8", "--userns2", "9"]).facts();
    assert_eq!(facts.namespace("user"), namespace);
});

/// A process that is 1 in a pid namespace which belongs to a user namespace of its own.
fn process_1() -> Helper {
    Helper::start(&[&USER[..], &["--pid", "--fork", "--kill-child"]].concat())
}

/// The only child of a process.
fn child(helper: &Helper) -> i32 {
    let path = format!("/proc/{0}/task/{0}/children", helper.pid());
    let children = std::fs::read_to_string(path).expect("the children");
    children.trim().parse().expect("exactly one child")
}

fn joined(args: &[&str]) -> aril_tests::Facts {
    let helper = process_1();
    let open = |kind| fds::open(format!("/proc/{}/ns/{kind}", child(&helper)));
    let bwrap = bare_without_proc().fd(8, open("user")).fd(9, open("pid"));
    bwrap
        .args(["--userns", "8", "--pidns", "9"])
        .args(args)
        .args(["--proc", "/proc"])
        .facts()
}

compliance!(a_pid_namespace_is_joined, {
    let facts = joined(&[]);
    let names: Vec<_> = facts
        .processes
        .as_ref()
        .expect("processes")
        .values()
        .cloned()
        .collect();
    assert_eq!(
        names,
        ["cat", "probe"],
        "the helper is 1, and there is no init of ours"
    );
    assert_eq!(facts.mounts_at("/proc")[0].kind, "proc");
    assert!(facts.mounts_at("/proc")[0].has("noexec"), "a new procfs");
});

compliance!(a_new_pid_namespace_lies_below_the_joined_one, {
    let facts = joined(&["--unshare-pid"]);
    assert_eq!((facts.pid, facts.ppid), (2, 1));
});

compliance!(the_exit_code_comes_through, {
    let helper = process_1();
    let open = |kind| fds::open(format!("/proc/{}/ns/{kind}", child(&helper)));
    let bwrap = host().fd(8, open("user")).fd(9, open("pid"));
    let args = ["--userns", "8", "--pidns", "9", "sh", "-c", "exit 8"];
    assert_eq!(bwrap.args(args).finish().code(), 8);
});

compliance!(closed_descriptors_are_refused, {
    let done = host().args(["--userns", "99", "true"]).finish();
    done.refused("Joining specified user namespace failed: Bad file descriptor");
    let done = host().args(["--userns2", "99", "true"]).finish();
    done.refused("Setting userns2 failed: Bad file descriptor");
    let done = host().args(["--pidns", "99", "true"]).finish();
    assert!(
        done.stderr
            .starts_with("bwrap: Setting pidns failed: Bad file descriptor\n")
    );
    assert_eq!(done.code(), 1);
});

compliance!(joining_excludes_making, {
    let refused = |args: &[&str], text| Bwrap::new().args(args).finish().refused(text);
    refused(
        &["--userns", "9", "--unshare-user", "true"],
        "--userns not compatible --unshare-user",
    );
    let text = "--userns not compatible --unshare-user-try";
    refused(&["--userns", "9", "--unshare-user-try", "true"], text);
    refused(&["--userns", "9", "--unshare-all", "true"], text);
});
