//! A sub-sandbox of ours whose parent is an application that flatpak runs, as its portal starts them.

use crate::case::{Case, Runner};
use crate::fixture::SMALL;
use aril_tests::{Running, wait};
use std::fs;
use std::process::Stdio;

/// Counts the processes that it sees, each time that it is asked.
const COUNTS: &str = "echo ready; while read x; do set -- /proc/[0-9]*; echo sees $#; done";

/// An application that answers.
struct Parent {
    running: Running,
    asked: usize,
}

impl Parent {
    fn start(case: &Case) -> Self {
        let words = ["--command=sh", SMALL, "-c", COUNTS];
        let run = case.run(Runner::Flatpak, &words).stdin(Stdio::piped());
        let mut running = run.spawn();
        running.says("ready");
        Self { running, asked: 0 }
    }

    fn sees(&mut self) -> usize {
        self.running.write("again\n");
        self.asked += 1;
        let said = |running: &Running| {
            let text = running.stdout();
            let mut lines = text.lines().filter_map(|line| line.strip_prefix("sees "));
            lines.nth(self.asked - 1).map(str::to_owned)
        };
        wait::until("an answer", || said(&self.running).is_some());
        let said = said(&self.running).expect("an answer");
        said.parse().expect("a number")
    }
}

/// The first process of the one instance that runs, as flatpak has written it down.
fn first_process(case: &Case) -> i64 {
    let instances = fs::read_dir(case.run_dir().join(".flatpak")).expect("the instances");
    let told = instances.filter_map(|entry| {
        let path = entry.expect("an entry").path().join("bwrapinfo.json");
        fs::read(path).ok()
    });
    let told: Vec<Vec<u8>> = told.collect();
    let [told] = told.as_slice() else {
        panic!("one instance: {told:?}");
    };
    let told: serde_json::Value = serde_json::from_slice(told).expect("JSON");
    told["child-pid"].as_i64().expect("a process")
}

/// Starts a sub-sandbox; whether the parent sees it and whether it has the parent's pid namespace, or
/// why it was refused.
fn join(case: &Case, parent: &mut Parent, option: Option<&str>) -> Result<(bool, bool), String> {
    let alone = parent.sees();
    let pid = first_process(case);
    let joined = format!("--parent-pid={pid}");
    let script = "/usr/bin/readlink /proc/self/ns/pid; echo ready; read x; :";
    let mut words = vec![joined.as_str(), "--command=sh"];
    words.extend(option);
    words.extend([SMALL, "-c", script]);
    let run = case.run(Runner::Aril, &words).stdin(Stdio::piped());
    let mut child = run.spawn();
    wait::until("the start or the end of it", || {
        child.stdout().contains("ready") || child.has_ended()
    });
    let is_seen = parent.sees() > alone;
    let of_parent = fs::read_link(format!("/proc/{pid}/ns/pid")).expect("a namespace");
    let own = child.stdout().lines().next().map(str::to_owned);
    child.close_stdin();
    let done = child.wait();
    wait::until("the end of it", || parent.sees() == alone);
    match done.status.success() {
        true => Ok((is_seen, of_parent.to_str() == own.as_deref())),
        false => Err(done.stderr),
    }
}

#[test]
fn a_parent_of_flatpaks() {
    aril_tests::skip::report("a_parent_of_flatpaks", || {
        let case = Case::new();
        let mut parent = Parent::start(&case);
        let own = join(&case, &mut parent, None);
        assert_eq!(own, Ok((false, false)), "nothing is shared");
        let [exposed, shared] = ["--parent-expose-pids", "--parent-share-pids"]
            .map(|option| join(&case, &mut parent, Some(option)));
        if rustix::process::geteuid().is_root() {
            // Then flatpak makes no user namespace, and ours cannot show the processes of the host's.
            assert_eq!(exposed, Ok((true, false)));
            let why = shared.expect_err("its processes are the host's");
            assert!(why.contains("new proc on /proc"), "{why}");
            return;
        }
        // Flatpak 1.14 leaves it to its filter that no user namespace is made.
        for refused in [exposed, shared] {
            let why = refused.expect_err("its user namespace allows more of them");
            assert!(why.contains("no user namespace can be made"), "{why}");
        }
    });
}
