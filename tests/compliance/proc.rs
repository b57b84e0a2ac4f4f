//! `--proc`.

use crate::judge::compliance;
use crate::roots::bare_without_proc;

compliance!(a_new_pid_namespace_gets_a_new_procfs, {
    let facts = bare_without_proc()
        .args(["--unshare-pid", "--proc", "/proc"])
        .facts();
    let mount = facts.mounts_at("/proc")[0];
    assert_eq!((mount.kind.as_str(), mount.root.as_str()), ("proc", "/"));
    assert!(
        mount.has("nosuid") && mount.has("nodev") && mount.has("noexec"),
        "{mount:?}"
    );
    let processes = facts.processes.expect("processes");
    assert_eq!(processes.len(), 2, "init and the probe: {processes:?}");
});

compliance!(otherwise_it_is_the_hosts, {
    let facts = bare_without_proc().args(["--proc", "/proc"]).facts();
    let mount = facts.mounts_at("/proc")[0];
    assert!(
        mount.kind == "proc" && mount.has("nosuid") && mount.has("nodev"),
        "{mount:?}"
    );
    let ours = i32::try_from(std::process::id()).expect("a pid");
    assert!(
        facts.processes.expect("processes").contains_key(&ours),
        "the host's processes show"
    );
});

compliance!(dangerous_parts_cannot_be_written, {
    let args = ["--unshare-pid", "--proc", "/proc"];
    let script =
        "for name in sys sysrq-trigger irq bus; do test -w /proc/$name && echo $name; done";
    assert_eq!(
        bare_without_proc()
            .args(args)
            .args(["--"])
            .shell(&format!("{script}; true")),
        ""
    );
    let facts = bare_without_proc().args(args).facts();
    let mounts = facts.mounts.iter().flatten();
    for mount in mounts.filter(|mount| mount.target.starts_with("/proc/")) {
        assert!(mount.has("ro"), "{mount:?}");
    }
});

compliance!(it_may_lie_elsewhere, {
    let out = bare_without_proc()
        .args(["--unshare-pid", "--proc", "/a/b"])
        .shell("cat /a/b/1/comm");
    assert!(!out.is_empty());
});
