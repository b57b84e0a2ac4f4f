//! Hosts as users report them, written by hand: what is told, and what is to mend it.

use super::judge;
use crate::doctor::facts::{
    At, Cgroups, Container, Desktop, Facts, Landlock, Obstacle, Ranges, RuntimeDirectory, Trial,
    Tried,
};
use crate::doctor::finding::{Finding, Severity};
use aril_sandbox::sys::Errno;
use std::collections::BTreeMap;

const TRIALS: [Trial; 9] = [
    Trial::Smallest,
    Trial::Proc,
    Trial::Network,
    Trial::Rest,
    Trial::NoNesting,
    Trial::Overlay,
    Trial::Time,
    Trial::Filter,
    Trial::Ranges,
];

/// A host on which all is well.
fn healthy() -> Facts {
    let names = |words: &[&str]| words.iter().map(|&word| word.to_owned()).collect();
    Facts {
        program: "/opt/my aril/bin/aril".into(),
        uid: 1000,
        capabilities: 0,
        bounding: (1 << 41) - 1,
        kernel: (6, 18),
        trials: TRIALS
            .into_iter()
            .map(|trial| (trial, Tried::Works))
            .collect(),
        sysctls: BTreeMap::from([("user/max_user_namespaces", "96000".to_owned())]),
        container: None,
        apparmor_profile: None,
        security_modules: names(&["capability", "landlock", "yama"]),
        landlock: Landlock::Abi(7),
        seccomp_actions: names(&["kill_process", "user_notif", "allow"]),
        cgroups: Cgroups {
            mount: Some("/sys/fs/cgroup".into()),
            delegated: true,
            controllers: names(&["cpu", "memory", "pids"]),
            legacy: false,
        },
        ranges: Ranges {
            programs: Some("/usr/bin/newuidmap".into()),
            privileged: true,
            granted: Some((100_000, 100_000)),
        },
        masks: Vec::new(),
        desktop: Desktop {
            runtime_directory: RuntimeDirectory::Fine,
            session_bus: Some(true),
            proxy: Some("/usr/bin/xdg-dbus-proxy".into()),
            portal: true,
            installations: vec!["/var/lib/flatpak".into()],
        },
    }
}

/// A host on which a trial fails, and with the smallest one all others.
fn refusing(trial: Trial, at: At, errno: Errno) -> Facts {
    let mut facts = healthy();
    let obstacle = Obstacle {
        at,
        errno: Some(errno),
        words: "what we did: why".to_owned(),
    };
    if trial == Trial::Smallest {
        for tried in facts.trials.values_mut() {
            *tried = Tried::Left("the smallest sandbox does not start");
        }
    }
    facts.trials.insert(trial, Tried::Fails(obstacle));
    facts
}

fn finding(facts: &Facts, check: &str) -> Finding {
    let found = judge(facts).into_iter().find(|one| one.check == check);
    found.unwrap_or_else(|| panic!("no finding {check}"))
}

/// The finding is this bad, and its words have all of these.
fn tells(facts: &Facts, check: &str, severity: Severity, words: &[&str]) {
    let finding = finding(facts, check);
    let text = format!(
        "{}\n{}\n{}",
        finding.found,
        finding.means,
        finding.remedy.join("\n")
    );
    assert_eq!(finding.severity, severity, "{check}: {text}");
    for word in words {
        assert!(text.contains(word), "{word}: {text}");
    }
}

#[test]
fn nothing_is_wrong_with_a_healthy_host() {
    let findings = judge(&healthy());
    for finding in &findings {
        assert_eq!(finding.severity, Severity::Ok, "{finding:?}");
        assert_eq!(finding.remedy, [""; 0], "{finding:?}");
    }
    let mut checks: Vec<_> = findings.iter().map(|finding| finding.check).collect();
    checks.sort_unstable();
    checks.dedup();
    assert_eq!(checks.len(), findings.len(), "a name for each");
}

const PROBLEM: Severity = Severity::Problem;
const BASIS: &str = "user-namespaces";

/// Ubuntu's restriction shows at whichever step first needs a right in the namespace.
#[test]
fn apparmor_gets_a_profile_with_our_path() {
    for (trial, at, errno, check) in [
        (Trial::Smallest, At::Maps, Errno::EACCES, BASIS),
        (Trial::Smallest, At::Maps, Errno::EPERM, BASIS),
        (Trial::Smallest, At::Mounts, Errno::EACCES, BASIS),
        (Trial::Network, At::Loopback, Errno::EPERM, "network"),
        (Trial::NoNesting, At::Nesting, Errno::EACCES, "no-nesting"),
    ] {
        let mut facts = refusing(trial, at, errno);
        let name = "kernel/apparmor_restrict_unprivileged_userns";
        facts.sysctls.insert(name, "1".to_owned());
        let words = [
            "AppArmor",
            "profile aril \"/opt/my aril/bin/aril\" flags=(unconfined) {",
            "  userns,",
            "apparmor_parser -r",
        ];
        tells(&facts, check, PROBLEM, &words);
        // The profile that catches is as good a sign as the switch.
        facts.sysctls.remove(name);
        facts.apparmor_profile = Some("unprivileged_userns (enforce)".to_owned());
        tells(&facts, check, PROBLEM, &words);
    }
}

#[test]
fn a_container_gets_its_flags() {
    use Container::{Docker, Flatpak, Other, Podman};
    for (container, at, errno, word) in [
        (Docker, At::Mounts, Errno::EACCES, "apparmor=unconfined"),
        (Docker, At::Namespaces, Errno::EPERM, "seccomp=unconfined"),
        (Podman, At::Namespaces, Errno::EPERM, "podman run"),
        (Other, At::Namespaces, Errno::EPERM, "seccomp"),
        (Flatpak, At::Namespaces, Errno::EPERM, "outside"),
    ] {
        let mut facts = refusing(Trial::Smallest, at, errno);
        facts.container = Some(container);
        tells(&facts, BASIS, PROBLEM, &[word]);
    }
}

#[test]
fn a_masked_proc_gets_its_flag() {
    for (container, word) in [
        (Some(Container::Docker), "systempaths=unconfined"),
        (Some(Container::Podman), "unmask=ALL"),
        (Some(Container::Other), "procMount"),
        (None, "findmnt"),
    ] {
        let mut facts = refusing(Trial::Proc, At::Proc, Errno::EPERM);
        facts.container = container;
        facts.masks = vec!["/proc/kcore".into(), "/proc/\x1b[2J".into()];
        tells(&facts, "proc", PROBLEM, &["/proc/kcore", word]);
        assert!(!finding(&facts, "proc").means.contains('\x1b'));
        tells(&facts, BASIS, Severity::Ok, &[]);
    }
}

#[test]
fn switches_and_limits_are_named_with_the_command() {
    let refused = || refusing(Trial::Smallest, At::Namespaces, Errno::EPERM);
    let mut facts = refused();
    facts
        .sysctls
        .insert("kernel/unprivileged_userns_clone", "0".to_owned());
    tells(
        &facts,
        BASIS,
        PROBLEM,
        &["sysctl -w kernel.unprivileged_userns_clone=1"],
    );

    let mut facts = refused();
    facts
        .sysctls
        .insert("user/max_user_namespaces", "0".to_owned());
    tells(
        &facts,
        BASIS,
        PROBLEM,
        &["sysctl -w user.max_user_namespaces=15000"],
    );

    let facts = refusing(Trial::Smallest, At::Namespaces, Errno::ENOSPC);
    let words = ["user.max_user_namespaces = 96000", "32 levels"];
    tells(&facts, BASIS, PROBLEM, &words);

    let mut facts = healthy();
    facts
        .sysctls
        .insert("user/max_net_namespaces", "7".to_owned());
    let words = ["user.max_net_namespaces", "sysctl -w"];
    tells(&facts, "namespace-limits", Severity::Warning, &words);
}

#[test]
fn other_causes_are_told_apart() {
    let mut facts = refusing(Trial::Smallest, At::Namespaces, Errno::EPERM);
    tells(&facts, BASIS, PROBLEM, &["dmesg"]);
    facts.uid = 0;
    tells(&facts, BASIS, PROBLEM, &["root without CAP_SYS_ADMIN"]);
    facts.bounding = 0;
    tells(&facts, BASIS, PROBLEM, &["another one inside"]);

    let facts = refusing(Trial::Smallest, At::Namespaces, Errno::ENOSYS);
    tells(&facts, BASIS, PROBLEM, &["CONFIG_USER_NS"]);

    let facts = refusing(Trial::Proc, At::Init, Errno::EACCES);
    tells(&facts, "proc", PROBLEM, &["vm.memfd_noexec=0"]);

    let mut facts = healthy();
    facts.kernel = (5, 10);
    tells(&facts, "kernel", PROBLEM, &["5.14"]);
}

#[test]
fn missing_protections_are_warnings() {
    let mut facts = healthy();
    facts.landlock = Landlock::Off;
    let words = ["lsm=landlock,capability"];
    tells(&facts, "landlock", Severity::Warning, &words);
    facts.landlock = Landlock::Missing;
    tells(
        &facts,
        "landlock",
        Severity::Warning,
        &["CONFIG_SECURITY_LANDLOCK"],
    );

    let facts = refusing(Trial::Filter, At::Filter, Errno::EINVAL);
    tells(&facts, "seccomp", PROBLEM, &["CONFIG_SECCOMP_FILTER"]);
    let mut facts = healthy();
    facts.kernel = (5, 18);
    tells(&facts, "seccomp-reports", Severity::Note, &["5.19"]);
    facts.seccomp_actions.clear();
    tells(&facts, "seccomp-reports", Severity::Note, &["--report"]);
}

#[test]
fn what_only_some_sandboxes_use_is_a_note() {
    let note = Severity::Note;
    let facts = refusing(Trial::Overlay, At::Other, Errno::ENODEV);
    tells(&facts, "overlay", note, &["modprobe overlay"]);

    let mut facts = healthy();
    facts.cgroups.controllers = vec!["cpu".to_owned()];
    tells(&facts, "limits", note, &["lacks memory, pids", "Delegate="]);
    facts.cgroups.delegated = false;
    tells(&facts, "limits", note, &["systemd-run --user"]);
    facts.cgroups.mount = None;
    facts.cgroups.legacy = true;
    tells(&facts, "limits", note, &["unified_cgroup_hierarchy=1"]);

    let mut facts = healthy();
    facts.ranges.privileged = false;
    tells(&facts, "id-ranges", note, &["setcap"]);
    facts.ranges.granted = None;
    tells(&facts, "id-ranges", note, &["--add-subuids"]);
    facts.ranges.programs = None;
    tells(&facts, "id-ranges", note, &["uidmap"]);
    facts.uid = 0;
    tells(&facts, "id-ranges", Severity::Ok, &[]);
}

#[test]
fn a_desktop_is_looked_at() {
    let mut facts = healthy();
    facts.desktop = Desktop {
        runtime_directory: RuntimeDirectory::Unset,
        ..Desktop::default()
    };
    tells(
        &facts,
        "runtime-directory",
        Severity::Warning,
        &["is not set"],
    );
    tells(&facts, "session-bus", Severity::Note, &["there is none"]);
    tells(&facts, "document-portal", Severity::Note, &[]);
    tells(&facts, "applications", Severity::Note, &["folders"]);
    facts.desktop.session_bus = Some(false);
    tells(
        &facts,
        "session-bus",
        Severity::Warning,
        &["does not answer"],
    );
    facts.desktop.session_bus = Some(true);
    tells(&facts, "session-bus", Severity::Note, &["xdg-dbus-proxy"]);
}
