//! `/proc` and overlays.

use super::super::remedies;
use super::user_namespaces::fine;
use crate::doctor::facts::{At, Facts, Trial};
use crate::doctor::finding::{Finding, Severity};
use aril_sandbox::Escaped;
use std::os::unix::ffi::OsStrExt;

pub(super) fn proc(facts: &Facts) -> Finding {
    const CHECK: &str = "proc";
    let Some(obstacle) = facts.obstacle(Trial::Proc) else {
        return fine(facts, Trial::Proc, CHECK, "a new /proc can be mounted");
    };
    let finding = Finding::new(CHECK, Severity::Problem, obstacle.words.clone());
    if obstacle.at == At::Init {
        let means = "init is executed from an anonymous file, and that is forbidden";
        return remedies::sysctl(finding.meaning(means), "vm.memfd_noexec", "0");
    }
    if obstacle.at != At::Proc {
        return finding.meaning("an own pid namespace cannot be made");
    }
    let masks: Vec<String> = facts
        .masks
        .iter()
        .map(|path| Escaped(path.as_os_str().as_bytes()).to_string())
        .collect();
    let finding = finding.meaning(format!(
        "the kernel grants a new /proc only where the present one is whole, and parts of it are \
         covered ({})",
        masks.join(", ")
    ));
    match facts.container {
        Some(container) => remedies::container(finding, container, At::Proc),
        None => finding.mended_by("unmount what covers parts of /proc: findmnt --submounts /proc"),
    }
}

pub(super) fn overlay(facts: &Facts) -> Finding {
    const CHECK: &str = "overlay";
    match facts.obstacle(Trial::Overlay) {
        None => fine(facts, Trial::Overlay, CHECK, "overlays can be mounted"),
        Some(obstacle) => Finding::new(CHECK, Severity::Note, obstacle.words.clone())
            .meaning("sandboxes with an overlay do not start")
            .mended_by("sudo modprobe overlay"),
    }
}
