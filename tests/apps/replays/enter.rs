//! A shell in a running application is as confined as the application: flatpak's has neither seccomp
//! nor no_new_privs.

use super::replay;
use crate::case::{Case, Runner};
use crate::fixture::SMALL;
use aril_tests::run::Running;
use std::process::Stdio;

/// An application that stays until its standard input ends.
fn start(case: &Case, runner: Runner) -> Running {
    let words = ["--command=sh", SMALL, "-c", "echo ready; exec cat"];
    let mut running = case.run(runner, &words).stdin(Stdio::piped()).spawn();
    running.says("ready");
    running
}

/// What a process sees of its own confinement.
const CONFINEMENT: &str = "grep -E '^(Seccomp|NoNewPrivs|CapBnd|CapEff):' /proc/self/status";

fn entered(case: &Case, runner: Runner) -> String {
    let ids = case
        .command(Runner::Flatpak)
        .args(["ps", "--columns=instance"]);
    let ids = ids.finish().success().stdout;
    let id = ids.lines().last().expect("an instance").trim().to_owned();
    let words = ["enter", &id, "sh", "-c", CONFINEMENT];
    let done = case.command(runner).args(words).finish();
    format!("{}{}", done.stdout, done.stderr).replace('\t', " ")
}

replay!(entering_is_confined, {
    let case = Case::new();
    let mut running = start(&case, Runner::Aril);
    let ours = entered(&case, Runner::Aril);
    for line in [
        "Seccomp: 2",
        "NoNewPrivs: 1",
        "CapEff: 0000000000000000",
        "CapBnd: 0000000000000000",
    ] {
        assert!(ours.contains(line), "{line}: {ours}");
    }
    running.close_stdin();
    running.wait().success();
    let mut running = start(&case, Runner::Flatpak);
    let theirs = entered(&case, Runner::Flatpak);
    assert!(theirs.contains("Seccomp: 0"), "the control: {theirs}");
    running.close_stdin();
    running.wait().success();
});
