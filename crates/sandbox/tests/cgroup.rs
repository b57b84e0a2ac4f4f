//! The sandbox's own cgroup on a real hierarchy: begun in, killed with, removed.
//!
//! An ordinary user needs a delegated place: `ARIL_CGROUP` names one, else the nearest of the host's
//! that may be written is used.

mod support;

use aril_sandbox::spec::{CgroupPlace, PidNs};
use aril_sandbox::{Host, LaunchError, Plan, PlanError, Sandbox, Spec};
use std::path::PathBuf;
use std::time::Duration;
use support::{eventually, is_alive, shell};

/// A cgroup for one test, removed at its end, which shows that nothing is left in it.
struct Place(PathBuf);

impl Place {
    fn new(name: &str) -> Option<Self> {
        let named = std::env::var_os("ARIL_CGROUP").map(PathBuf::from);
        let found = Host::gather().expect("facts").cgroups;
        let Some(above) = named.or(found.first().map(|place| place.directory.clone())) else {
            eprintln!("skipped: no cgroup may be made here");
            return None;
        };
        let path = above.join(format!("test-{name}-{}", std::process::id()));
        std::fs::create_dir(&path).expect("a cgroup");
        Some(Self(path))
    }

    fn spec(&self, script: &str) -> Spec {
        let mut spec = shell(script);
        spec.limits.cgroup = CgroupPlace::In(self.0.clone());
        spec
    }

    fn children(&self) -> Vec<String> {
        let entries = std::fs::read_dir(&self.0).expect("a list").flatten();
        entries
            .filter(|entry| entry.path().is_dir())
            .map(|entry| entry.file_name().into_string().expect("text"))
            .collect()
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        if !std::thread::panicking() {
            std::fs::remove_dir(&self.0).expect("nothing is left in it");
        }
    }
}

fn launch(spec: &Spec) -> Sandbox {
    let plan = Plan::new(spec, &Host::gather().expect("facts")).expect("a plan");
    plan.launch().expect("a start")
}

#[test]
fn every_process_begins_in_it_and_it_goes_with_them() {
    let Some(place) = Place::new("begin") else {
        return;
    };
    let sandbox = launch(&place.spec("exec sleep 300"));
    let [name] = &place.children()[..] else {
        panic!("{:?}", place.children());
    };
    let directory = place.0.join(name);
    let inside = std::fs::read_to_string(directory.join("cgroup.procs")).expect("a list");
    for pid in [Some(sandbox.instance().pid), sandbox.payload_pid()] {
        let pid = pid.expect("a pid").to_string();
        assert!(inside.lines().any(|line| line == pid), "{pid}: {inside}");
    }
    drop(sandbox);
    assert!(place.children().is_empty());
}

#[test]
fn inside_it_is_the_root_of_what_is_seen() {
    let Some(place) = Place::new("seen") else {
        return;
    };
    let text = support::output(&place.spec("grep ^0:: /proc/self/cgroup"));
    assert_eq!(text, "0::/\n");
}

#[test]
fn without_a_pid_namespace_it_still_ends_everything() {
    let Some(place) = Place::new("kill") else {
        return;
    };
    for with_cgroup in [true, false] {
        let script = "setsid sleep 300 > /dev/null & exec sleep 301";
        let mut spec = if with_cgroup {
            place.spec(script)
        } else {
            shell(script)
        };
        spec.namespaces.pid = PidNs::Host;
        spec.tree
            .retain(|entry| entry.target.as_os_str() != "/proc");
        let mut sandbox = launch(&spec);
        let first = sandbox.instance().pid;
        let path = format!("/proc/{first}/task/{first}/children");
        let mut left = 0;
        eventually("the background process runs", || {
            let text = std::fs::read_to_string(&path).unwrap_or_default();
            left = text.trim().parse().unwrap_or(0);
            left != 0
        });
        sandbox.terminate(Duration::from_secs(300)).expect("an end");
        assert_eq!(is_alive(left), !with_cgroup, "and the control");
        if !with_cgroup {
            let killed = std::process::Command::new("kill")
                .args(["-9", &left.to_string()])
                .status();
            assert!(killed.is_ok_and(|status| status.success()));
        }
    }
    assert!(place.children().is_empty());
}

#[test]
fn what_a_killed_launcher_left_is_removed_by_the_next_start() {
    let Some(place) = Place::new("leftover") else {
        return;
    };
    std::fs::create_dir(place.0.join("aril-1-1")).expect("a cgroup");
    let sandbox = launch(&place.spec("exec sleep 300"));
    assert_eq!(place.children().len(), 1, "{:?}", place.children());
    let first = sandbox.instance().pid;
    let other = launch(&place.spec("exit 0"));
    assert_eq!(place.children().len(), 2, "one that is in use stays");
    assert!(is_alive(first));
    drop((sandbox, other));
    assert!(place.children().is_empty());
}

#[test]
fn what_was_let_go_lives_on_and_its_cgroup_is_removed_by_a_later_start() {
    let Some(place) = Place::new("letgo") else {
        return;
    };
    let sandbox = launch(&place.spec("exec sleep 300"));
    let first = sandbox.instance().pid;
    sandbox.detach();
    drop(launch(&place.spec("exit 0")));
    assert_eq!(place.children().len(), 1, "it is in use");
    assert!(is_alive(first));
    let killed = std::process::Command::new("kill")
        .args(["-9", &first.to_string()])
        .status();
    assert!(killed.is_ok_and(|status| status.success()));
    eventually("it has ended", || !is_alive(first));
    eventually("a later start removes the cgroup", || {
        drop(launch(&place.spec("exit 0")));
        place.children().is_empty()
    });
}

#[test]
fn a_start_that_fails_late_leaves_no_cgroup() {
    let Some(place) = Place::new("late") else {
        return;
    };
    for pid in [PidNs::New, PidNs::Host] {
        let mut spec = place.spec("exit 0");
        spec.program.path = "/nowhere".into();
        spec.namespaces.pid = pid;
        spec.tree
            .retain(|entry| entry.target.as_os_str() != "/proc");
        let plan = Plan::new(&spec, &Host::gather().expect("facts")).expect("a plan");
        assert!(matches!(plan.launch(), Err(LaunchError::Step(_))));
        assert!(place.children().is_empty());
    }
}

#[test]
fn a_controller_that_is_not_there_stops_the_start_and_leaves_nothing() {
    let Some(place) = Place::new("controllers") else {
        return;
    };
    let has = std::fs::read_to_string(place.0.join("cgroup.controllers")).expect("a list");
    if has.split_whitespace().any(|word| word == "memory") {
        eprintln!("skipped: this hierarchy has the memory controller");
        return;
    }
    let mut spec = place.spec("echo ran");
    spec.limits.memory = Some(1 << 30);
    let plan = Plan::new(&spec, &Host::gather().expect("facts")).expect("a plan");
    let Err(LaunchError::Step(failure)) = plan.launch() else {
        panic!("it must not start");
    };
    let words = failure.to_string();
    assert!(
        words.starts_with("make a cgroup in ")
            && words.contains("(enabling the controllers): no such file or directory\nhint: "),
        "{words}"
    );
    assert!(place.children().is_empty());
    spec.limits.cgroup = CgroupPlace::Delegated;
    let refused = Plan::new(&spec, &Host::gather().expect("facts")).expect_err("no controller");
    assert!(
        matches!(refused, PlanError::Unenforceable { .. }),
        "{refused}"
    );
}

#[test]
fn a_place_that_is_no_cgroup_stops_the_start() {
    let path = std::env::temp_dir().join(format!("aril-no-cgroup-{}", std::process::id()));
    std::fs::create_dir(&path).expect("a directory");
    let mut spec = shell("echo ran");
    spec.limits.cgroup = CgroupPlace::In(path.clone());
    let plan = Plan::new(&spec, &Host::gather().expect("facts")).expect("a plan");
    let Err(LaunchError::Step(failure)) = plan.launch() else {
        panic!("it must not start");
    };
    assert!(
        failure.to_string().contains("bad file descriptor"),
        "{failure}"
    );
    std::fs::remove_dir(&path).expect("nothing is left in it");
}

#[test]
fn with_the_controllers_a_bomb_ends_and_the_end_is_told() {
    use aril_sandbox::{Cause, Controller};
    let host = Host::gather().expect("facts");
    let needed = [Controller::Memory, Controller::Processes];
    let found = host
        .cgroups
        .iter()
        .any(|place| needed.iter().all(|one| place.controllers.contains(one)));
    if !found {
        eprintln!("skipped: no delegated cgroup has the memory and pids controllers");
        return;
    }
    let mut spec = shell("x=$(head -c 200000000 /dev/zero | tr '\\0' x); echo survived");
    spec.limits.memory = Some(64 << 20);
    let mut sandbox = launch(&spec);
    sandbox.wait().expect("an end");
    assert_eq!(sandbox.ended().expect("it has ended").cause, Cause::Memory);
    let mut spec = shell("for i in 1 2 3 4 5 6 7 8; do sleep 300 & done; exit 3");
    spec.limits.processes = Some(4);
    let mut sandbox = launch(&spec);
    sandbox.wait().expect("an end");
    assert_eq!(
        sandbox.ended().expect("it has ended").cause,
        Cause::Processes
    );
}
