//! Paths: what showing one opens.

use crate::facts::Facts;
use crate::setting::Reach;
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

/// Places of the system by their own names.
const WHOLE: [(&str, &str); 11] = [
    ("/run", SERVICES),
    ("/var/run", SERVICES),
    ("/home", PEOPLE),
    ("/root", PEOPLE),
    ("/var", SYSTEM),
    ("/var/lib", SYSTEM),
    ("/dev", SYSTEM),
    ("/proc", SYSTEM),
    ("/sys", SYSTEM),
    ("/etc", SYSTEM),
    ("/boot", SYSTEM),
];

/// Places of the system with all that is in them.
const BELOW: [(&str, &str); 5] = [
    ("/etc/shadow", SECRETS),
    ("/etc/gshadow", SECRETS),
    ("/etc/ssh", SECRETS),
    ("/etc/ssl/private", SECRETS),
    ("/proc", PROCESSES),
];

const SERVICES: &str = "services that do as they are told listen there";
const PEOPLE: &str = "other people's files are there";
const SYSTEM: &str = "it holds secrets of the system and ways to change it";
const SECRETS: &str = "secrets of the system are kept there";
const PROCESSES: &str = "it leads to processes outside, and to what they have open";

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
    let known = of_home(path, facts)
        .or_else(|| of_session(path, facts))
        .or_else(|| of_system(path));
    known.map(str::to_owned)
}

fn of_home(path: &Path, facts: &Facts) -> Option<&'static str> {
    let holds = |secret: &&str| {
        let whole = facts.home.join(secret);
        // Of the settings of programs only all of them together are too much to show unasked.
        let is_part = path.starts_with(&whole) && ![".config", ".var"].contains(secret);
        whole.starts_with(path) || is_part
    };
    let found = SECRET_HOMES.iter().any(holds);
    found.then_some("keys and passwords are kept there")
}

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

fn of_system(path: &Path) -> Option<&'static str> {
    let whole = WHOLE.iter().find(|(place, _)| path == Path::new(place));
    let below = || BELOW.iter().find(|(place, _)| path.starts_with(place));
    if let Some((_, why)) = whole.or_else(below) {
        return Some(why);
    }
    let name = path.file_name()?.as_bytes();
    let mut tops = ["/run", "/var/run", "/tmp"].iter();
    let is_runtime = tops.any(|top| path.starts_with(top));
    let mut sockets = SOCKETS.iter().filter(|_| is_runtime);
    let known = sockets.find(|(known, _)| known.as_bytes() == name);
    known.map(|(_, why)| *why)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_that_open_much() {
        let facts = Facts {
            environment: vec![("SSH_AUTH_SOCK".into(), "/tmp/ssh-1/agent.7".into())],
            ..Facts::of_u()
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
}
