//! What mends it: exact commands, and profiles to install.

use super::facts::{At, Container};
use super::finding::Finding;
use aril_sandbox::Escaped;
use std::os::unix::ffi::OsStrExt;
use std::path::Path;

/// Set a sysctl now and after the next start.
pub(super) fn sysctl(finding: Finding, name: &str, value: &str) -> Finding {
    finding
        .mended_by(format!("sudo sysctl -w {name}={value}"))
        .mended_by(format!(
            "echo '{name} = {value}' | sudo tee /etc/sysctl.d/60-aril.conf"
        ))
}

/// The profile that gives this program back its user namespaces.
///
/// `complain` would not do: children would still be confined.
pub(super) fn apparmor(finding: Finding, program: &Path) -> Finding {
    let name = "/etc/apparmor.d/aril";
    let mut finding = finding.mended_by(format!("sudo tee {name} >/dev/null <<'END'"));
    for line in apparmor_profile(program).lines() {
        finding = finding.mended_by(line);
    }
    finding
        .mended_by("END")
        .mended_by(format!("sudo apparmor_parser -r {name}"))
}

/// The text of the profile.
pub fn apparmor_profile(program: &Path) -> String {
    let path = quoted(program);
    format!(
        "abi <abi/4.0>,\n\
         include <tunables/global>\n\
         profile aril {path} flags=(unconfined) {{\n  \
           userns,\n  \
           include if exists <local/aril>\n\
         }}\n"
    )
}

/// A path as apparmor.d(5) wants it: quoted, its wildcards made plain.
fn quoted(path: &Path) -> String {
    let shown = Escaped(path.as_os_str().as_bytes()).to_string();
    let mut quoted = String::from("\"");
    for letter in shown.chars() {
        if "\"\\*?[]{}^@".contains(letter) {
            quoted.push('\\');
        }
        quoted.push(letter);
    }
    quoted.push('"');
    quoted
}

/// The flags that the container has to be started with.
pub(super) fn container(finding: Finding, container: Container, at: At) -> Finding {
    match (container, at) {
        (Container::Docker, At::Proc) => {
            finding.mended_by("docker run --security-opt systempaths=unconfined …")
        }
        (Container::Docker, At::Mounts) => {
            finding.mended_by("docker run --security-opt apparmor=unconfined …")
        }
        (Container::Docker, _) => finding
            .mended_by(
                "docker run --security-opt seccomp=unconfined --security-opt apparmor=unconfined \
                 --security-opt systempaths=unconfined …",
            )
            .mended_by(
                "(or a seccomp profile that allows clone, clone3, unshare, mount and setns)",
            ),
        (Container::Podman, At::Proc) => {
            finding.mended_by("podman run --security-opt unmask=ALL …")
        }
        (Container::Podman, _) => finding.mended_by(
            "podman run --security-opt unmask=ALL --security-opt label=disable \
             --security-opt seccomp=unconfined …",
        ),
        (Container::Flatpak, _) => finding
            .mended_by("start it outside the application, for example: flatpak-spawn --host …"),
        (Container::Other, At::Proc) => finding.mended_by(
            "start the container with its /proc unmasked (Kubernetes: procMount: Unmasked)",
        ),
        (Container::Other, _) => finding.mended_by(
            "start the container with a seccomp and an AppArmor profile that allow user namespaces \
             and mounts",
        ),
    }
}
