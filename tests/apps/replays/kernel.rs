//! System calls (CVE-2017-5226, CVE-2019-10063, CVE-2023-28100, CVE-2021-41133, and the filter of
//! socket families that `multiarch` turned off, flatpak's commit 04d0046e).

use super::{repaired, replay};
use crate::case::{Case, Runner};
use crate::fixture::{MULTIARCH, SMALL};
use aril_tests::Bwrap;
use aril_tests::skip::skip;

/// Runs a line of perl in an application.
fn perl(runner: Runner, id: &str, script: &str) -> String {
    let case = Case::new();
    let words = ["--command=perl", id, "-e", script];
    case.run(runner, &words).finish().success().stdout
}

/// The same without a sandbox.
fn outside(script: &str) -> String {
    Bwrap::of("perl")
        .args(["-e", script])
        .finish()
        .success()
        .stdout
}

/// The error's number of a system call; EPERM is 1.
fn call(words: &str) -> String {
    format!("$! = 0; my $text = 'x'; print syscall({words}) < 0 ? $! + 0 : 0")
}

replay!(nothing_is_typed_into_the_terminal, {
    if cfg!(not(target_arch = "x86_64")) {
        skip("written for x86_64");
    }
    for (name, words) in [
        ("CVE-2017-5226: TIOCSTI", "16, 0, 0x5412, $text"),
        (
            "CVE-2019-10063: TIOCSTI with its upper half set",
            "16, -1, 0x12300005412, $text",
        ),
        ("CVE-2023-28100: TIOCLINUX", "16, 0, 0x541c, $text"),
        (
            "TIOCLINUX with its upper half set",
            "16, 0, 0x10000541c, $text",
        ),
    ] {
        assert_eq!(perl(Runner::Aril, SMALL, &call(words)), "1", "{name}");
        let control = outside(&call(words));
        assert_ne!(control, "1", "{name}: the control");
    }
});

replay!(the_mount_tree_stays_as_it_is, {
    // CVE-2021-41133: with another /.flatpak-info the application is somebody else to portals.
    let case = Case::new();
    let script = "exec 2>&1
        unshare -Ur true && echo a user namespace
        (echo '[Application]' >/.flatpak-info) && echo written
        mv /.flatpak-info /x && echo moved
        rm -f /.flatpak-info && echo removed
        grep -c '^name=org.aril.test.Small$' /.flatpak-info";
    let done = case.run(Runner::Aril, &["--command=sh", SMALL, "-c", script]);
    let said = done.finish().stdout;
    for bad in ["a user namespace", "written", "moved", "removed"] {
        assert!(!said.lines().any(|line| line == bad), "{said}");
    }
    assert!(said.ends_with("\n1\n"), "{said}");
    if cfg!(target_arch = "x86_64") {
        // clone3, open_tree, move_mount, fsopen, fsconfig, fsmount, fspick, mount_setattr.
        for number in [435, 428, 429, 430, 431, 432, 433, 442] {
            let script = call(&format!("{number}, -1, 0, 0, 0, 0"));
            assert_eq!(perl(Runner::Aril, SMALL, &script), "38", "{number}");
            assert_ne!(outside(&script), "38", "{number}: the control");
        }
    }
});

replay!(multiarch_keeps_the_filter_of_families, {
    if cfg!(not(target_arch = "x86_64")) {
        skip("written for x86_64");
    }
    // AF_VSOCK; EAFNOSUPPORT is 97.
    let script = call("41, 40, 1, 0");
    assert_eq!(perl(Runner::Aril, SMALL, &script), "97");
    assert_eq!(perl(Runner::Aril, MULTIARCH, &script), "97");
    // The feature itself is there: calls of the 32-bit ABI do not end the caller. See the comparison.
    if perl(Runner::Flatpak, MULTIARCH, &script) == "97" {
        match outside(&script).as_str() {
            "97" => skip("this kernel has no AF_VSOCK to show the control with"),
            _ => repaired("04d0046e"),
        }
    }
});
