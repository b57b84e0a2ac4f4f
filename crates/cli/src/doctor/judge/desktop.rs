//! What applications with windows use.

use crate::doctor::facts::{Facts, RuntimeDirectory};
use crate::doctor::finding::{Finding, Severity};
use aril_sandbox::Escaped;
use std::os::unix::ffi::OsStrExt;

pub(super) fn runtime_directory(facts: &Facts) -> Finding {
    const CHECK: &str = "runtime-directory";
    let finding = |found: &str| {
        Finding::new(CHECK, Severity::Warning, format!("XDG_RUNTIME_DIR {found}"))
            .meaning(
                "sockets of the session are not found, and other programs cannot list sandboxes",
            )
            .mended_by("log in through systemd or elogind, which make it")
    };
    match facts.desktop.runtime_directory {
        RuntimeDirectory::Fine => Finding::ok(CHECK, "it is the user's own"),
        RuntimeDirectory::Unset => finding("is not set"),
        RuntimeDirectory::Unfit(why) => finding(why),
    }
}

pub(super) fn session_bus(facts: &Facts) -> Finding {
    const CHECK: &str = "session-bus";
    let means = "applications have no bus: no portals, no notifications";
    match (facts.desktop.session_bus, &facts.desktop.proxy) {
        (None, _) => Finding::new(CHECK, Severity::Note, "there is none").meaning(means),
        (Some(false), _) => Finding::new(CHECK, Severity::Warning, "its socket does not answer")
            .meaning(means)
            .mended_by("dbus-run-session -- COMMAND starts one"),
        (Some(true), None) => Finding::new(CHECK, Severity::Note, "xdg-dbus-proxy is missing")
            .meaning(means)
            .mended_by("sudo apt install xdg-dbus-proxy"),
        (Some(true), Some(_)) => Finding::ok(CHECK, "a bus and xdg-dbus-proxy are there"),
    }
}

pub(super) fn portal(facts: &Facts) -> Finding {
    const CHECK: &str = "document-portal";
    if facts.desktop.portal {
        return Finding::ok(CHECK, "single files can be passed to applications");
    }
    Finding::new(CHECK, Severity::Note, "it is not running")
        .meaning("files that an application may not see cannot be passed to it one by one")
        .mended_by("sudo apt install xdg-desktop-portal    # and log in again")
}

pub(super) fn applications(facts: &Facts) -> Finding {
    const CHECK: &str = "applications";
    let found: Vec<String> = facts
        .desktop
        .installations
        .iter()
        .map(|path| Escaped(path.as_os_str().as_bytes()).to_string())
        .collect();
    if found.is_empty() {
        return Finding::new(
            CHECK,
            Severity::Note,
            "no installation of flatpak's is there",
        )
        .meaning("`aril run` runs applications from folders only");
    }
    Finding::ok(CHECK, format!("installations: {}", found.join(", ")))
}
