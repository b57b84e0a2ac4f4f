//! Limits of memory, processor and number of processes for a whole sandbox.

use crate::doctor::facts::{Cgroups, Facts};
use crate::doctor::finding::{Finding, Severity};

/// What limits need.
const NEEDED: [&str; 3] = ["cpu", "memory", "pids"];

pub(super) fn limits(facts: &Facts) -> Finding {
    const CHECK: &str = "limits";
    let groups = &facts.cgroups;
    let finding = |found: &str| {
        Finding::new(CHECK, Severity::Note, found)
            .meaning("limits of memory and processor for a sandbox cannot be enforced, and asking for them is refused")
    };
    if groups.mount.is_none() {
        return legacy(
            groups,
            finding("control groups of version 2 are not mounted"),
        );
    }
    if !groups.delegated {
        let finding = finding("our control group is not delegated to us");
        return finding
            .mended_by("run it as: systemd-run --user --scope -p Delegate=yes aril …")
            .mended_by("(a login session by systemd delegates by itself)");
    }
    let missing: Vec<&str> = NEEDED
        .into_iter()
        .filter(|name| !groups.controllers.iter().any(|found| found == name))
        .collect();
    if missing.is_empty() {
        return Finding::ok(CHECK, "memory, processor and processes can be limited");
    }
    let finding = finding(&format!("our control group lacks {}", missing.join(", ")));
    legacy(groups, finding).mended_by(
        "sudo mkdir -p /etc/systemd/system/user@.service.d && printf '[Service]\\nDelegate=cpu memory pids\\n' | sudo tee \
         /etc/systemd/system/user@.service.d/delegate.conf && sudo systemctl daemon-reload",
    )
}

fn legacy(groups: &Cgroups, finding: Finding) -> Finding {
    if groups.legacy {
        return finding.mended_by(
            "boot with systemd.unified_cgroup_hierarchy=1: the controllers are bound to version 1",
        );
    }
    finding
}
