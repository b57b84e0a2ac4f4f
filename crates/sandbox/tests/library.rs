//! The library inside other programs: threads, memory, children that end.

mod support;

use aril_sandbox::{Host, Outcome, Plan};
use std::alloc::{GlobalAlloc, Layout, System};
use std::sync::atomic::{AtomicBool, AtomicI32, Ordering::Relaxed};
use support::{eventually, is_alive, shell};

/// An allocator that ends a process that is not the one it was made for: what runs between clone and
/// exec shares this memory, and must not allocate.
struct Tripwire;

static OWNER: AtomicI32 = AtomicI32::new(0);

fn check_owner() {
    let owner = OWNER.load(Relaxed);
    if owner != 0 && aril_sandbox::sys::process::id() != owner {
        aril_sandbox::sys::process::exit_now(99);
    }
}

// SAFETY: everything is passed on to the system's allocator.
unsafe impl GlobalAlloc for Tripwire {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        check_owner();
        // SAFETY: as the caller vouches.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, block: *mut u8, layout: Layout) {
        check_owner();
        // SAFETY: as the caller vouches.
        unsafe { System.dealloc(block, layout) }
    }
}

#[global_allocator]
static TRIPWIRE: Tripwire = Tripwire;

#[test]
fn nothing_is_allocated_between_clone_and_exec() {
    OWNER.store(aril_sandbox::sys::process::id(), Relaxed);
    let mut spec = shell("exit 3");
    spec.namespaces.host_name = Some("x".into());
    spec.tree
        .push(aril_sandbox::Entry::symlink("/nowhere", "/link"));
    spec.tree.push(aril_sandbox::Entry::tmpfs("/link/a/b"));
    let plan = Plan::new(&spec, &Host::gather().expect("facts")).expect("a plan");
    assert_eq!(
        plan.launch().expect("a start").wait(),
        Ok(Outcome::Exited(3))
    );
    // The control: the tripwire does go off in a process with another id.
    assert_ne!(OWNER.load(Relaxed), 0);
}

#[test]
fn any_thread_may_launch_while_others_allocate() {
    let done = AtomicBool::new(false);
    std::thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|| {
                let mut kept = Vec::new();
                while !done.load(Relaxed) {
                    kept.push(vec![1_u8; 4096]);
                    if kept.len() > 1000 {
                        kept.clear();
                    }
                }
            });
        }
        let launchers: Vec<_> = (0..4_u8)
            .map(|thread| {
                scope.spawn(move || {
                    for round in 0..20 {
                        let status = thread * 20 + round;
                        let spec = shell(&format!("exit {status}"));
                        let plan = Plan::new(&spec, &Host::gather().expect("facts")).expect("plan");
                        let outcome = plan.launch().expect("a start").wait();
                        assert_eq!(outcome, Ok(Outcome::Exited(status)));
                    }
                })
            })
            .collect();
        let results: Vec<_> = launchers
            .into_iter()
            .map(|launcher| launcher.join())
            .collect();
        done.store(true, Relaxed);
        assert!(results.iter().all(Result::is_ok));
    });
}

#[test]
fn a_plan_can_be_launched_again_and_again() {
    let spec = shell("exit 5");
    let plan = Plan::new(&spec, &Host::gather().expect("facts")).expect("a plan");
    for _ in 0..5 {
        assert_eq!(
            plan.launch().expect("a start").wait(),
            Ok(Outcome::Exited(5))
        );
    }
}

#[test]
fn a_dropped_sandbox_is_killed_and_a_detached_one_is_not() {
    let spec = shell("exec sleep 300");
    let plan = Plan::new(&spec, &Host::gather().expect("facts")).expect("a plan");
    let dropped = plan.launch().expect("a start");
    let pid = dropped.payload_pid().expect("a pid");
    assert!(is_alive(pid));
    drop(dropped);
    eventually("the payload is gone", || !is_alive(pid));

    let detached = plan.launch().expect("a start");
    let (pid, first) = (
        detached.payload_pid().expect("a pid"),
        detached.instance().pid,
    );
    detached.detach();
    assert!(is_alive(pid));
    let killed = std::process::Command::new("kill")
        .args(["-9", &first.to_string()])
        .status();
    assert!(killed.is_ok_and(|status| status.success()));
    eventually("the payload is gone with its init", || !is_alive(pid));
}

#[test]
fn a_signal_ends_the_payload_and_is_told() {
    let plan = Plan::new(&shell("exec sleep 300"), &Host::gather().expect("facts")).expect("plan");
    let mut sandbox = plan.launch().expect("a start");
    sandbox.signal(15).expect("it was sent");
    assert_eq!(sandbox.wait(), Ok(Outcome::Signaled(15)));
}

#[test]
fn the_status_comes_when_the_payload_ends_though_others_live_on() {
    let mut spec = shell("sleep 300 & exit 4");
    spec.program.streams[1] = aril_sandbox::spec::Stream::Null;
    let plan = Plan::new(&spec, &Host::gather().expect("facts")).expect("a plan");
    let mut sandbox = plan.launch().expect("a start");
    assert_eq!(sandbox.wait(), Ok(Outcome::Exited(4)));
    let first = sandbox.instance().pid;
    assert!(is_alive(first), "init waits for the other");
    drop(sandbox);
    eventually("the rest is killed on drop", || !is_alive(first));

    spec.supervision.kill_at_exit = true;
    let plan = Plan::new(&spec, &Host::gather().expect("facts")).expect("a plan");
    let mut sandbox = plan.launch().expect("a start");
    assert_eq!(sandbox.wait(), Ok(Outcome::Exited(4)));
    let first = sandbox.instance().pid;
    eventually("init ends with the payload", || !is_alive(first));
}

#[test]
fn init_can_be_neither_traced_nor_read_from_inside() {
    let script = "cat /proc/1/environ /proc/1/maps; ls /proc/1/cwd/ /proc/1/root/";
    let ran = support::run(&shell(script));
    assert!(
        matches!(ran.outcome, Outcome::Exited(code) if code != 0),
        "{ran:?}"
    );
    // Two files and two directories, each refused.
    assert_eq!(
        ran.output.matches("Permission denied").count(),
        4,
        "{}",
        ran.output
    );
    let control = support::output(&shell("ls /proc/self/fd"));
    assert!(control.starts_with("0\n1\n2\n"), "the control: {control}");
}
