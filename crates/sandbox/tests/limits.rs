//! Limits: each is reached inside, and without it is not.

mod support;

use aril_sandbox::spec::Landlock;
use aril_sandbox::{Access, Entry, Host, LaunchError, Plan, PlanError};
use support::{output, run, shell};

#[test]
fn a_process_opens_no_more_files_than_it_may() {
    let script = "import os
fds = []
try:
    while len(fds) < 100: fds.append(os.open('/', os.O_RDONLY))
except OSError as error: print(error.errno)
print(max(fds))";
    let mut spec = shell("");
    spec.program.path = "/usr/bin/python3".into();
    spec.program.args = ["-c", script].map(Into::into).to_vec();
    let control = output(&spec);
    spec.limits.open_files = Some(20);
    assert_eq!(output(&spec), "24\n19\n");
    assert!(!control.contains("24\n"), "the control: {control}");
}

#[test]
fn no_file_grows_beyond_its_limit() {
    let mut spec = shell(
        "head -c 100000 /dev/zero > /tmp/file; (ulimit -f unlimited) 2>/dev/null && echo raised; wc -c < /tmp/file",
    );
    spec.tree.push(Entry::tmpfs("/tmp"));
    let control = output(&spec);
    assert_eq!(control, "raised\n100000\n", "the control");
    spec.limits.file_size = Some(4096);
    assert_eq!(output(&spec).lines().last(), Some("4096"));
    assert!(!output(&spec).contains("raised"));
}

/// Starts twelve processes and tells how many there were at once.
const FORKS: &str = "import os, signal
pids = []
try:
    while len(pids) < 12:
        pid = os.fork()
        if pid == 0: signal.pause()
        pids.append(pid)
except OSError as error: print('error', error.errno)
print('forked', len(pids))
for pid in pids: os.kill(pid, 9)";

#[test]
fn processes_are_counted_for_the_sandbox_alone() {
    let mut spec = shell("");
    spec.program.path = "/usr/bin/python3".into();
    spec.program.args = ["-c", FORKS].map(Into::into).to_vec();
    assert_eq!(output(&spec), "forked 12\n", "the control");
    spec.limits.processes = Some(6);
    let host = Host::gather().expect("facts");
    if host.uid == 0 {
        let refused = aril_sandbox::Plan::new(&spec, &host).expect_err("root is not counted");
        assert!(
            matches!(refused, PlanError::Unenforceable { .. }),
            "{refused}"
        );
        return;
    }
    // The payload itself is one of the six. A second sandbox has a count of its own.
    for _ in 0..2 {
        assert_eq!(output(&spec), "error 11\nforked 5\n");
    }
}

#[test]
fn a_user_namespace_inside_is_no_way_out_of_the_count() {
    let host = Host::gather().expect("facts");
    if host.uid == 0 {
        eprintln!("skipped: root's processes are not counted");
        return;
    }
    use aril_sandbox::spec::{Nesting, NewUserNs, UserNs};
    let mut spec = shell("");
    spec.program.path = "/usr/bin/unshare".into();
    spec.program.args = ["-Ur", "/usr/bin/python3", "-c", FORKS]
        .map(Into::into)
        .to_vec();
    spec.namespaces.user = UserNs::New(NewUserNs {
        nesting: Nesting::Allowed,
        ..NewUserNs::default()
    });
    spec.tree
        .push(Entry::bind("/etc", "/etc", Access::ReadOnly));
    assert_eq!(run(&spec).output, "forked 12\n", "the control");
    spec.limits.processes = Some(6);
    assert_eq!(run(&spec).output, "error 11\nforked 5\n");
}

/// How many processes there are in the pid namespace of the payload.
fn processes_with(payload: i32) -> usize {
    let namespace = |pid: &str| std::fs::read_link(format!("/proc/{pid}/ns/pid_for_children")).ok();
    let own = namespace(&payload.to_string());
    let entries = std::fs::read_dir("/proc").expect("proc").flatten();
    entries
        .filter_map(|entry| entry.file_name().into_string().ok())
        .filter(|name| name.parse::<i32>().is_ok())
        .filter(|pid| own.is_some() && namespace(pid) == own)
        .count()
}

#[test]
fn a_fork_bomb_is_held_and_ended() {
    let host = Host::gather().expect("facts");
    if host.uid == 0 {
        eprintln!("skipped: root's processes are not counted without a cgroup");
        return;
    }
    // A shell that cannot fork ends, so the payload itself forks once, and what has grown stays.
    let bomb = "bomb() { while :; do sleep 300 & done; }; (bomb | bomb | bomb) & exec sleep 300";
    let mut spec = shell(bomb);
    spec.limits.processes = Some(12);
    spec.program.streams = [aril_sandbox::spec::Stream::Null; 3];
    let plan = aril_sandbox::Plan::new(&spec, &host).expect("a plan");
    let mut sandbox = plan.launch().expect("a start");
    let first = sandbox.instance().pid;
    let payload = sandbox.payload_pid().expect("a pid");
    let mut most = 0;
    support::eventually("the bomb goes off", || {
        most = most.max(processes_with(payload));
        most > 4
    });
    for _ in 0..50 {
        most = most.max(processes_with(payload));
    }
    // A list of what comes and goes may have a few too many.
    assert!(most < 30, "{most}");
    sandbox
        .terminate(std::time::Duration::from_millis(50))
        .expect("an end");
    assert!(!support::is_alive(first));
}

/// The child may fail before it reads that it may go on. The kernel tells the launcher that it has left a
/// message unread (`ECONNRESET`), and what failed is told all the same.
#[test]
fn a_limit_that_set_up_itself_runs_into_is_told() {
    let mut spec = shell("true");
    spec.limits.open_files = Some(1);
    spec.landlock = Some(Landlock::around(&spec));
    spec.supervision.announce = true;
    let plan = Plan::new(&spec, &Host::gather().expect("facts")).expect("a plan");
    for _ in 0..50 {
        match plan.launch() {
            Err(LaunchError::Step(failure)) => {
                let said = failure.to_string();
                assert!(said.contains("too many open files"), "{said}");
            }
            other => panic!("{other:?}"),
        }
    }
}
