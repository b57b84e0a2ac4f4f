//! Protections and abilities that are used where the kernel has them.

use super::user_namespaces::fine;
use crate::doctor::facts::{Facts, Landlock, Trial};
use crate::doctor::finding::{Finding, Severity};

/// `SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV` (seccomp(2)).
const KILLABLE: (u32, u32) = (5, 19);

pub(super) fn seccomp(facts: &Facts) -> Finding {
    match facts.obstacle(Trial::Filter) {
        None => fine(facts, Trial::Filter, "seccomp", "filters can be installed"),
        Some(obstacle) => Finding::new("seccomp", Severity::Problem, obstacle.words.clone())
            .meaning("no filter of system calls can be installed: sandboxes with one do not start")
            .mended_by(
                "boot a kernel with CONFIG_SECCOMP_FILTER; in a container, allow seccomp(2)",
            ),
    }
}

/// `aril exec --report` asks the kernel to tell of refused calls.
pub(super) fn notifications(facts: &Facts) -> Finding {
    const CHECK: &str = "seccomp-reports";
    if !facts
        .seccomp_actions
        .iter()
        .any(|name| name == "user_notif")
    {
        return Finding::new(CHECK, Severity::Note, "the kernel has no user notification")
            .meaning("refused system calls are refused, and --report cannot tell of them");
    }
    if facts.kernel < KILLABLE {
        return Finding::new(CHECK, Severity::Note, "refused calls can be reported")
            .meaning("before Linux 5.19 a reported call can be interrupted by any signal");
    }
    Finding::ok(CHECK, "refused calls can be reported")
}

pub(super) fn landlock(facts: &Facts) -> Finding {
    const CHECK: &str = "landlock";
    let means = "sandboxes have one layer less; the mount namespace still hides what it hides";
    match facts.landlock {
        Landlock::Abi(abi) => Finding::ok(CHECK, format!("ABI {abi}")),
        Landlock::Off => {
            let list = facts.security_modules.join(",");
            let comma = if list.is_empty() { "" } else { "," };
            Finding::new(CHECK, Severity::Warning, "built in, and not switched on")
                .meaning(means)
                .mended_by(format!(
                    "add lsm=landlock{comma}{list} to the kernel's command line, and boot again"
                ))
        }
        Landlock::Missing => Finding::new(CHECK, Severity::Warning, "the kernel has none")
            .meaning(means)
            .mended_by("boot a kernel of 5.13 or newer with CONFIG_SECURITY_LANDLOCK"),
    }
}

pub(super) fn time(facts: &Facts) -> Finding {
    match facts.obstacle(Trial::Time) {
        None => fine(
            facts,
            Trial::Time,
            "time-namespace",
            "clocks can be shifted",
        ),
        Some(obstacle) => Finding::new("time-namespace", Severity::Note, obstacle.words.clone())
            .meaning("sandboxes cannot have a boot time of their own"),
    }
}

/// Sandboxes with more than one user need ids that root has granted.
pub(super) fn ranges(facts: &Facts) -> Finding {
    const CHECK: &str = "id-ranges";
    let finding = |found: &str| {
        Finding::new(CHECK, Severity::Note, found).meaning("sandboxes have one user and one group")
    };
    let ranges = &facts.ranges;
    if facts.uid == 0 {
        return Finding::ok(CHECK, "root maps ranges of ids by itself");
    }
    if ranges.programs.is_none() {
        return finding("newuidmap and newgidmap are not installed")
            .mended_by("sudo apt install uidmap        # Debian, Ubuntu; shadow-utils elsewhere");
    }
    if ranges.granted.is_none() {
        return finding("no range is granted in /etc/subuid and /etc/subgid").mended_by(
            "sudo usermod --add-subuids 100000-165535 --add-subgids 100000-165535 $USER",
        );
    }
    if !ranges.privileged {
        return finding("newuidmap and newgidmap have lost their privileges").mended_by(
            "sudo setcap cap_setuid+ep $(command -v newuidmap) && \
             sudo setcap cap_setgid+ep $(command -v newgidmap)",
        );
    }
    match facts.obstacle(Trial::Ranges) {
        None => fine(facts, Trial::Ranges, CHECK, "ranges of ids can be mapped"),
        Some(obstacle) => finding(&obstacle.words),
    }
}
