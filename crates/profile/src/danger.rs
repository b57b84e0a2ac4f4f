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
pub(crate) const SECRET_HOMES: &[&str] = &[
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
    ".vault-token",
    ".terraform.d",
    ".cargo/credentials.toml",
    ".config/gh",
    ".config/gcloud",
    ".config/google-chrome",
    ".config/chromium",
    ".config/rclone",
    ".config/op",
    ".config/sops",
    ".var",
];

/// Names on the session bus whose services do what they are told, outside of the sandbox. One that ends
/// with `.*` stands for itself and all names below it.
const BUS_NAMES: [(&str, &str); 27] = [
    ("org.freedesktop.systemd1", PROGRAMS),
    ("org.freedesktop.Flatpak.*", PROGRAMS),
    ("org.gnome.Shell.*", DESKTOP),
    ("org.gnome.Mutter.*", DESKTOP),
    ("org.kde.KWin.*", DESKTOP),
    ("org.kde.plasmashell.*", DESKTOP),
    ("org.Cinnamon.*", DESKTOP),
    ("org.freedesktop.impl.*", PORTALS),
    ("org.freedesktop.secrets.*", PASSWORDS),
    ("org.gnome.keyring.*", PASSWORDS),
    ("org.kde.kwalletd", PASSWORDS),
    ("org.kde.kwalletd5", PASSWORDS),
    ("org.kde.kwalletd6", PASSWORDS),
    ("org.keepassxc.KeePassXC.*", PASSWORDS),
    ("org.gnome.SessionManager", PROGRAMS),
    ("org.gnome.Terminal.*", PROGRAMS),
    ("org.gnome.Console.*", PROGRAMS),
    ("org.gnome.Ptyxis.*", PROGRAMS),
    ("org.kde.klauncher", PROGRAMS),
    ("org.kde.klauncher5", PROGRAMS),
    ("org.kde.krunner", PROGRAMS),
    ("org.kde.konsole.*", PROGRAMS),
    ("org.kde.yakuake", PROGRAMS),
    ("ca.desrt.dconf.*", SETTINGS),
    ("org.gtk.vfs.*", FILES),
    ("org.a11y.*", KEYS),
    ("org.fcitx.Fcitx5", KEYS),
];

const PROGRAMS: &str = "who talks to it starts programs outside of the sandbox";
const DESKTOP: &str = "who talks to it steers the desktop, and runs code in it";
const PORTALS: &str = "who talks to it answers what portals ask you";
const PASSWORDS: &str = "who talks to it reads the passwords that are kept there";
const SETTINGS: &str = "settings name programs that the desktop runs";
const FILES: &str = "who talks to it reads and changes files outside of the sandbox";
const KEYS: &str = "who talks to it reads what you see and type in other programs";

/// Places that the session's variables name: the sockets of its services, and the agent of ssh.
fn of_session(path: &Path, facts: &Facts) -> Option<&'static str> {
    let named = |name: &str| facts.variable(name).map(Path::new);
    let usual = format!("/run/user/{}", facts.uid);
    let runtime = named("XDG_RUNTIME_DIR").unwrap_or(Path::new(&usual));
    if runtime.starts_with(path) && path != Path::new("/run") {
        return Some("the services of your session listen there, and do as they are told");
    }
    let agent = named("SSH_AUTH_SOCK");
    let is_agent = agent.is_some_and(|agent| path != Path::new("/tmp") && agent.starts_with(path));
    is_agent.then_some("who reaches the ssh agent logs in with your keys")
}

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
        let is_part = path.starts_with(&whole) && ![".config", ".var"].contains(secret);
        if whole.starts_with(path) || is_part {
            return Some("keys and passwords are kept there".into());
        }
    }
    if let Some(why) = of_session(path, facts) {
        return Some(why.into());
    }
    for whole in ["/run", "/var/run"] {
        if path == Path::new(whole) {
            return Some("services that do as they are told listen there".into());
        }
    }
    for people in ["/home", "/root"] {
        if path == Path::new(people) {
            return Some("other people's files are there".into());
        }
    }
    for whole in ["/var", "/var/lib", "/dev", "/proc", "/sys", "/etc", "/boot"] {
        if path == Path::new(whole) {
            return Some("it holds secrets of the system and ways to change it".into());
        }
    }
    for secret in [
        "/etc/shadow",
        "/etc/gshadow",
        "/etc/ssh",
        "/etc/ssl/private",
    ] {
        if path.starts_with(secret) {
            return Some("secrets of the system are kept there".into());
        }
    }
    if path.starts_with("/proc") {
        return Some("it leads to processes outside, and to what they have open".into());
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
        if let Some(why) = of_bus_name(&name.value) {
            // A line of a profile may have several.
            match name.origin.ends_with(&name.value) {
                true => warn(&name.origin, &why),
                false => warn(&name.origin, &format!("{}: {why}", name.value)),
            }
        }
    }
    warnings
}

/// Whether talking to a name on the session bus, or to all names of a pattern, opens much, in words.
pub fn of_bus_name(pattern: &str) -> Option<String> {
    let mut known = BUS_NAMES.iter();
    let (name, why) = known.find(|(name, _)| meet(pattern, name))?;
    let (asked, name) = (top(pattern), top(name));
    Some(match asked.len() < name.len() {
        true => format!("{name} is among them: {why}"),
        false => (*why).to_owned(),
    })
}

/// A name without the `.*` that stands for all below it.
fn top(pattern: &str) -> &str {
    pattern.strip_suffix(".*").unwrap_or(pattern)
}

/// Whether two names, each with all below it if it ends with `.*`, have one in common.
fn meet(one: &str, other: &str) -> bool {
    let is_among = |name: &str, pattern: &str| match pattern.strip_suffix(".*") {
        Some(top) => {
            let below = name.strip_prefix(top);
            // Programs that run several times put their process id behind a hyphen.
            below.is_some_and(|below| below.is_empty() || below.starts_with(['.', '-']))
        }
        None => name == pattern,
    };
    is_among(top(one), other) || is_among(top(other), one)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_that_open_much() {
        let facts = Facts {
            uid: 7,
            gid: 7,
            user: "u".into(),
            group: "u".into(),
            home: "/home/u".into(),
            cwd: None,
            environment: vec![("SSH_AUTH_SOCK".into(), "/tmp/ssh-1/agent.7".into())],
            has_terminal: false,
            keeps_signals: true,
        };
        let why = |path: &str| of_path(Path::new(path), Reach::ReadOnly, &facts);
        for path in [
            "/",
            "/home",
            "/home/u",
            "/root",
            "/home/u/.ssh/id",
            "/home/u/.config",
            "/home/u/.config/gh/hosts.yml",
            "/home/u/.local",
            "/home/u/.local/share/keyrings",
            "/home/u/.cargo/credentials.toml",
            "/run",
            "/run/user",
            "/run/user/7",
            "/run/user/7/bus",
            "/tmp/ssh-1",
            "/tmp/ssh-1/agent.7",
            "/run/docker.sock",
            "/proc/1/root",
            "/etc",
            "/etc/shadow",
            "/etc/ssh/ssh_host_rsa_key",
            "/var/lib",
            "/tmp/.X11-unix",
        ] {
            assert!(why(path).is_some(), "{path}");
        }
        for path in [
            "/home/u/project",
            "/home/u/.config/nvim",
            "/home/u/.cargo/registry",
            "/home/u/.npmrc",
            "/home/v/x",
            "/usr",
            "/etc/hostname",
            "/run/systemd",
            "/tmp",
            "/tmp/x",
            "/var/lib/x",
        ] {
            assert_eq!(why(path), None, "{path}");
        }
    }

    #[test]
    fn names_that_open_much() {
        for name in [
            "org.freedesktop.systemd1",
            "org.freedesktop.systemd1.*",
            "org.freedesktop.*",
            "org.freedesktop.Flatpak",
            "org.freedesktop.impl.portal.PermissionStore",
            "org.freedesktop.impl.*",
            "org.gnome.*",
            "org.gnome.Shell.Screenshot",
            "org.gnome.Mutter.RemoteDesktop",
            "org.kde.KWin",
            "org.kde.kwalletd6",
            "org.kde.konsole-123",
            "org.kde.konsole.*",
            "org.freedesktop.secrets",
            "ca.desrt.*",
        ] {
            assert!(of_bus_name(name).is_some(), "{name}");
        }
        for name in [
            "org.freedesktop.Notifications",
            "org.freedesktop.systemd10",
            "org.freedesktop.FlatpakX",
            "org.freedesktop.portal.*",
            "org.freedesktop.implements",
            "org.gnome.ShellX",
            "com.example.*",
        ] {
            assert_eq!(of_bus_name(name), None, "{name}");
        }
    }
}
