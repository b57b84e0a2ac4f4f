//! Many at a time: starts and ends of one application never get into each other's way, with flatpak's
//! own runs in between, which clean up what they take for left over.

use crate::case::{Case, Runner};
use crate::fixture::SMALL;
use std::fs;

/// How many users of `aril` run at a time.
const AT_A_TIME: usize = 6;

/// How many runs each of them makes, one after the other.
const EACH: usize = 60;

/// How many runs flatpak makes beside them.
const BESIDE: usize = 60;

#[test]
fn starts_and_ends_never_fail() {
    aril_tests::skip::report("starts_and_ends_never_fail", || {
        let case = Case::new();
        // The directory is all instances' own: each must find it, and leave others' files alone.
        let script = "echo own >/tmp/$$-$0 && cat /tmp/$$-$0 && rm /tmp/$$-$0";
        let ours = |user: usize| -> Vec<String> {
            let failed = |run: usize| {
                let name = format!("{user}-{run}");
                let words = ["--command=sh", SMALL, "-c", script, &name];
                let done = case.run(Runner::Aril, &words).finish();
                let is_good = done.status.success() && done.stdout == "own\n";
                (!is_good).then(|| format!("{done:?}"))
            };
            (0..EACH).filter_map(failed).collect::<Vec<String>>()
        };
        let theirs = || {
            let runs = (0..BESIDE).map(|_| case.run(Runner::Flatpak, &[SMALL]).finish());
            runs.filter(|done| !done.status.success()).count()
        };
        let (failures, of_flatpak) = std::thread::scope(|scope| {
            let users: Vec<_> = (0..AT_A_TIME)
                .map(|user| scope.spawn(move || ours(user)))
                .collect();
            let beside = scope.spawn(theirs);
            let failures = users
                .into_iter()
                .flat_map(|user| user.join().expect("a user"));
            (
                failures.collect::<Vec<String>>(),
                beside.join().expect("the runs beside"),
            )
        });
        eprintln!("of flatpak's own {BESIDE} runs beside, {of_flatpak} failed");
        assert!(
            failures.is_empty(),
            "{} failed: {:#?}",
            failures.len(),
            failures.first()
        );
        // Nothing but flatpak's leftovers, which it collects itself, and the application's own.
        let left = fs::read_dir(case.run_dir().join(".flatpak")).expect("instances");
        let left = left.filter(|entry| {
            entry
                .as_ref()
                .is_ok_and(|entry| entry.path().join("pid").exists())
        });
        assert!(left.count() <= BESIDE, "instances are left over");
    });
}
