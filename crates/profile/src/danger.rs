//! What a grant opens beyond what it seems to: one line for each.

use crate::facts::Facts;
use crate::files::Files;
use crate::setting::{Net, Reach, Screen};
use crate::settings::Settings;
use aril_sandbox::Escaped;
use std::os::unix::ffi::OsStrExt;
use std::path::Path;

/// Sockets through which another program does what it is told, outside of the sandbox.
const SOCKETS: [(&str, &str); 12] = [
    (
        "docker.sock",
        "who reaches the Docker socket is root on the host",
    ),
    (
        "podman.sock",
        "who reaches the Podman socket starts containers with every file of yours",
    ),
    (
        "containerd.sock",
        "who reaches the containerd socket is root on the host",
    ),
    (
        "crio.sock",
        "who reaches the CRI-O socket is root on the host",
    ),
    (
        "snapd.socket",
        "who reaches the snapd socket installs programs on the host",
    ),
    (
        "libvirt-sock",
        "who reaches the libvirt socket starts machines with any file of the host",
    ),
    (
        "system_bus_socket",
        "every service of the system listens on the system bus",
    ),
    (
        "bus",
        "who reaches the session bus starts programs outside of the sandbox",
    ),
    (
        "ssh-agent",
        "who reaches the ssh agent logs in with your keys",
    ),
    (
        "S.gpg-agent",
        "who reaches the gpg agent signs and decrypts with your keys",
    ),
    (
        ".X11-unix",
        "every client of X11 reads all keys that you press, and sends keys to your programs",
    ),
    (
        "private",
        "who reaches the socket of systemd starts programs outside of the sandbox",
    ),
];

/// Directories of the home directory that hold keys and passwords.
pub(crate) const SECRET_HOMES: [&str; 14] = [
    ".ssh",
    ".gnupg",
    ".aws",
    ".azure",
    ".config",
    ".kube",
    ".docker",
    ".mozilla",
    ".password-store",
    ".local/share/keyrings",
    ".thunderbird",
    ".netrc",
    ".git-credentials",
    ".var",
];

/// Whether a grant of `path` is one that opens much, in words.
pub fn of_path(path: &Path, reach: Reach, facts: &Facts) -> Option<String> {
    let can = if reach == Reach::ReadWrite {
        "read and change"
    } else {
        "read"
    };
    if path == Path::new("/") {
        return Some(format!("it can {can} every file that you can"));
    }
    if facts.home.starts_with(path) {
        return Some(format!(
            "it can {can} all your files, with your keys and passwords"
        ));
    }
    for secret in SECRET_HOMES {
        let whole = facts.home.join(secret);
        // Of the settings of programs only all of them together are too much to show unasked.
        let is_part = path.starts_with(&whole) && secret != ".config" && secret != ".var";
        if path == whole || is_part {
            return Some("keys and passwords are kept there".into());
        }
    }
    for whole in [
        "/run", "/var/run", "/var", "/dev", "/proc", "/sys", "/etc", "/boot",
    ] {
        if path == Path::new(whole) {
            return Some(match whole {
                "/run" | "/var/run" => "services that do as they are told listen there".into(),
                _ => "it holds secrets of the system and ways to change it".into(),
            });
        }
    }
    let name = path.file_name()?.as_bytes();
    let known = SOCKETS.iter().find(|(known, _)| known.as_bytes() == name);
    let is_runtime =
        path.starts_with("/run") || path.starts_with("/var/run") || path.starts_with("/tmp");
    known
        .filter(|_| is_runtime)
        .map(|(_, why)| (*why).to_owned())
}

/// The lines for everything that was asked for, each with who asked.
pub(crate) fn warnings(settings: &Settings, facts: &Facts, files: &dyn Files) -> Vec<String> {
    let mut warnings = Vec::new();
    let mut warn = |origin: &str, why: &str| {
        let origin = Escaped(origin.as_bytes());
        warnings.push(format!("{origin}: {why}"));
    };
    for asked in &settings.paths {
        let rule = &asked.value;
        let is_shown = matches!(rule.reach, Reach::ReadOnly | Reach::ReadWrite);
        if is_shown && files.kind(&rule.path).is_some() {
            let real = files.real_path(&rule.path);
            let opened = of_path(&rule.path, rule.reach, facts)
                .or_else(|| of_path(real.as_deref()?, rule.reach, facts));
            if let Some(why) = opened {
                warn(&asked.origin, &why);
            }
        }
    }
    if let Some(net) = &settings.net
        && net.value == Net::Host
        && net.origin.starts_with("--")
    {
        warn(
            &net.origin,
            "it reaches the network, services of this machine and abstract sockets",
        );
    }
    for screen in &settings.screens {
        if screen.value == Screen::X11 {
            warn(
                &screen.origin,
                "every client of X11 reads all keys that you press, and sends keys to your programs",
            );
        }
    }
    for name in &settings.bus_names {
        if name.value == "org.freedesktop.systemd1" || name.value == "org.freedesktop.*" {
            warn(
                &name.origin,
                "who talks to systemd starts programs outside of the sandbox",
            );
        }
    }
    warnings
}
