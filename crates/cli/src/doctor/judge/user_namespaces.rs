//! Namespaces, and who forbids them.

use super::super::remedies;
use crate::doctor::facts::{At, Container, Facts, Obstacle, Trial};
use crate::doctor::finding::{Finding, Severity};
use aril_sandbox::sys::Errno;

const SYS_ADMIN: u64 = 1 << 21;

/// Whether the smallest sandbox starts, and if it does not, why.
pub(super) fn basis(facts: &Facts) -> Finding {
    let Some(obstacle) = facts.obstacle(Trial::Smallest) else {
        return Finding::ok("user-namespaces", "a sandbox starts");
    };
    let finding = Finding::new("user-namespaces", Severity::Problem, obstacle.words.clone());
    cause(facts, obstacle, finding)
}

/// The first cause that fits, from the most certain to the least.
fn cause(facts: &Facts, obstacle: &Obstacle, finding: Finding) -> Finding {
    let is = |errno: Errno| obstacle.errno == Some(errno);
    if facts.is_set("user/max_user_namespaces", "0") {
        let means = "an administrator has switched user namespaces off";
        return remedies::sysctl(finding.meaning(means), "user.max_user_namespaces", "15000");
    }
    if is(Errno::ENOSPC) || is(Errno::EUSERS) {
        return exhausted(facts, finding);
    }
    if facts.is_set("kernel/unprivileged_userns_clone", "0") {
        let means = "this kernel makes user namespaces for root alone (a switch of Debian's)";
        let name = "kernel.unprivileged_userns_clone";
        return remedies::sysctl(finding.meaning(means), name, "1");
    }
    if inside_another_sandbox(facts) {
        let means = "this program already runs in a sandbox that forbids another one inside";
        return finding
            .meaning(means)
            .mended_by("start it outside, or let the outer sandbox allow user namespaces");
    }
    if matches!(obstacle.at, At::Maps | At::Loopback | At::Nesting) && restricted(facts) {
        return remedies::apparmor(finding.meaning(APPARMOR), &facts.program);
    }
    if let Some(container) = facts.container {
        let means = "the container around us forbids namespaces or mounts";
        return remedies::container(finding.meaning(means), container, obstacle.at);
    }
    if is(Errno::ENOSYS) || is(Errno::EINVAL) {
        return finding
            .meaning("the kernel is built without user namespaces, or a filter hides the call")
            .mended_by("boot a kernel with CONFIG_USER_NS, CONFIG_PID_NS and CONFIG_NET_NS");
    }
    if restricted(facts) {
        return remedies::apparmor(finding.meaning(APPARMOR), &facts.program);
    }
    if facts.uid == 0 && facts.capabilities & SYS_ADMIN == 0 {
        return finding
            .meaning("this is root without CAP_SYS_ADMIN, as in a container, and a filter refuses")
            .mended_by("run the container with a seccomp profile that allows user namespaces");
    }
    finding
        .meaning(
            "a seccomp filter or a security module refuses; which one, the kernel does not say",
        )
        .mended_by("see the kernel's log: sudo dmesg | grep -iE 'audit|apparmor|selinux' | tail")
}

const APPARMOR: &str = "the namespace is made and has no rights in it: AppArmor confines programs \
     without a profile (Ubuntu 23.10 and newer)";

/// AppArmor's restriction is on, or has caught us.
fn restricted(facts: &Facts) -> bool {
    let caught = |profile: &String| profile.starts_with("unprivileged_userns");
    facts.is_set("kernel/apparmor_restrict_unprivileged_userns", "1")
        || facts.apparmor_profile.as_ref().is_some_and(caught)
}

/// No capability can ever be had again, and nothing of the kind is forbidden to everybody: an outer
/// sandbox has emptied the bounding set.
fn inside_another_sandbox(facts: &Facts) -> bool {
    facts.bounding == 0 || facts.container == Some(Container::Flatpak)
}

fn exhausted(facts: &Facts, finding: Finding) -> Finding {
    let limits: Vec<String> = facts
        .sysctls
        .keys()
        .filter(|name| name.starts_with("user/max_"))
        .filter_map(|name| Some(format!("{} = {}", dotted(name), facts.sysctl(name)?)))
        .collect();
    let finding = finding.meaning(format!(
        "a limit is reached: of namespaces ({}), or 32 levels of nesting",
        limits.join(", ")
    ));
    remedies::sysctl(finding, "user.max_user_namespaces", "15000")
}

fn dotted(name: &str) -> String {
    name.replace('/', ".")
}

pub(super) fn network(facts: &Facts) -> Finding {
    let Some(obstacle) = later(facts, Trial::Network) else {
        return fine(
            facts,
            Trial::Network,
            "network",
            "an own network with a loopback works",
        );
    };
    let finding = Finding::new("network", Severity::Problem, obstacle.words.clone())
        .meaning("sandboxes without the host's network do not start");
    cause_of_more(facts, obstacle, finding)
}

pub(super) fn nesting(facts: &Facts) -> Finding {
    const CHECK: &str = "no-nesting";
    let Some(obstacle) = later(facts, Trial::NoNesting) else {
        return fine(
            facts,
            Trial::NoNesting,
            CHECK,
            "user namespaces inside can be forbidden",
        );
    };
    let finding = Finding::new(CHECK, Severity::Problem, obstacle.words.clone())
        .meaning("further user namespaces cannot be forbidden inside: applications do not start");
    if matches!(facts.container, Some(container) if container != Container::Flatpak) {
        let container = facts.container.unwrap_or(Container::Other);
        return remedies::container(finding, container, At::Proc);
    }
    cause_of_more(facts, obstacle, finding)
}

pub(super) fn rest(facts: &Facts) -> Finding {
    const CHECK: &str = "other-namespaces";
    let Some(obstacle) = later(facts, Trial::Rest) else {
        return fine(
            facts,
            Trial::Rest,
            CHECK,
            "ipc, uts and cgroup namespaces can be made",
        );
    };
    let finding = Finding::new(CHECK, Severity::Problem, obstacle.words.clone());
    cause_of_more(facts, obstacle, finding)
}

/// A number of namespaces so small that a desktop reaches it.
const FEW: u64 = 256;

/// Limits that are not reached yet and soon will be.
pub(super) fn limits(facts: &Facts) -> Vec<Finding> {
    let low = |name: &&&'static str| {
        let value = facts
            .sysctls
            .get(**name)
            .and_then(|value| value.parse().ok());
        name.starts_with("user/max_") && value.is_some_and(|value: u64| (1..FEW).contains(&value))
    };
    facts
        .sysctls
        .keys()
        .filter(low)
        .map(|name| {
            let name = dotted(name);
            let found = format!("{name} is below {FEW}");
            let finding = Finding::new("namespace-limits", Severity::Warning, found)
                .meaning("each sandbox takes one or two: soon no more will start");
            remedies::sysctl(finding, &name, "15000")
        })
        .collect()
}

/// The obstacle of a trial that only means something when the smallest sandbox starts.
fn later(facts: &Facts, trial: Trial) -> Option<&Obstacle> {
    facts.obstacle(trial)
}

/// A trial that worked, or was left out because an earlier one failed.
pub(super) fn fine(facts: &Facts, trial: Trial, check: &'static str, found: &str) -> Finding {
    use crate::doctor::facts::Tried;
    match facts.tried(trial) {
        Tried::Left(why) => Finding::new(check, Severity::Note, format!("not tried: {why}")),
        Tried::Works | Tried::Fails(_) => Finding::ok(check, found),
    }
}

/// The same causes, without losing what the failure of this trial means.
fn cause_of_more(facts: &Facts, obstacle: &Obstacle, finding: Finding) -> Finding {
    let means = finding.means.clone();
    let mut finding = cause(facts, obstacle, finding);
    if !means.is_empty() {
        finding.means = format!("{means}: {}", finding.means);
    }
    finding
}
