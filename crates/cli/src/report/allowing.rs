//! What would allow something that was missed.

use aril_profile::{Device, Facts, Reach, danger_of, danger_of_bus_name, parse_bus_name};
use aril_sandbox::{Missed, Wanted};
use aril_seccomp::RuleSet;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

/// What a report is made with.
#[derive(Clone, Debug)]
pub struct Surroundings {
    /// The user.
    pub facts: Facts,
    /// The rules that system calls were judged by.
    pub rules: RuleSet,
    /// Whether paths and addresses were looked at.
    pub observed: bool,
}

/// Groups of rules about calls that need a capability, or a new user namespace, of which a sandbox of
/// `aril exec` has none: the kernel refuses them without the rules too.
const PRIVILEGED: [&str; 14] = [
    "acct",
    "clock",
    "kexec",
    "modules",
    "mounts",
    "namespaces",
    "open_tree_attr",
    "packet",
    "quotactl",
    "quotactl_fd",
    "rawio",
    "reboot",
    "swap",
    "syslog",
];

/// Options, and what they open.
type Allowing = (Option<Vec<String>>, Option<String>);

/// The options that would allow it, if there are any.
pub(super) fn allowing(missed: &Missed, surroundings: &Surroundings) -> Allowing {
    match missed {
        Missed::Hidden {
            path,
            wanted: Wanted::Read,
        } => of_path(path, Reach::ReadOnly, surroundings),
        Missed::Hidden { path, .. } | Missed::ReadOnly { path } => {
            of_path(path, Reach::ReadWrite, surroundings)
        }
        Missed::Socket { path } => of_socket(path, surroundings),
        Missed::AbstractSocket { name } => of_abstract_socket(name.as_bytes(), surroundings),
        Missed::Address(_) => (options("--net", "host"), None),
    }
}

/// The option that takes a group of rules away, where that helps.
pub(super) fn of_group(group: &str) -> Option<Vec<String>> {
    if PRIVILEGED.contains(&group) {
        return None;
    }
    options("--seccomp", &format!("-{group}"))
}

/// The option that lets a name on the session bus be talked to; none for the names of connections
/// (`:1.7`), which nobody knows before.
pub(super) fn of_bus_name(name: &str) -> Allowing {
    let Ok(name) = parse_bus_name(name) else {
        return (None, None);
    };
    let warning = danger_of_bus_name(&name);
    (options("--dbus-talk", &name), warning)
}

fn options(name: &str, value: &str) -> Option<Vec<String>> {
    Some(vec![name.to_owned(), value.to_owned()])
}

fn of_path(path: &Path, reach: Reach, surroundings: &Surroundings) -> Allowing {
    if path.starts_with("/dev") {
        let devices = [Device::Dri, Device::Kvm, Device::Fuse];
        let device = devices
            .iter()
            .find(|device| path.starts_with(device.path()));
        let allow = device.and_then(|device| options("--device", device.word()));
        return (allow, None);
    }
    // A name that is no text cannot be told as a word.
    let allow = path
        .to_str()
        .and_then(|path| options(&format!("--{}", reach.word()), path));
    let warning = danger_of(path, reach, &surroundings.facts);
    (allow, warning)
}

/// Most sockets have an option of their own.
fn of_socket(path: &Path, surroundings: &Surroundings) -> Allowing {
    let runtime = surroundings.facts.variable("XDG_RUNTIME_DIR");
    let runtime = runtime.map_or_else(
        || PathBuf::from(format!("/run/user/{}", surroundings.facts.uid)),
        PathBuf::from,
    );
    let name = path.file_name().map_or(&b""[..], OsStrExt::as_bytes);
    let is_in = |directory: &Path| path.parent() == Some(directory);
    if is_in(&runtime) && name == b"bus" {
        return (options("--dbus-talk", "NAME"), None);
    }
    if is_in(&runtime) && name.starts_with(b"wayland-") {
        return (options("--display", "wayland"), None);
    }
    if is_in(Path::new("/tmp/.X11-unix")) && name.starts_with(b"X") {
        let warning = danger_of(
            Path::new("/tmp/.X11-unix"),
            Reach::ReadOnly,
            &surroundings.facts,
        );
        return (options("--display", "x11"), warning);
    }
    of_path(path, Reach::ReadOnly, surroundings)
}

/// Where Landlock parts them no network leads to one, and only those have an option that has one.
fn of_abstract_socket(name: &[u8], surroundings: &Surroundings) -> Allowing {
    let facts = &surroundings.facts;
    if name.starts_with(b"/tmp/.X11-unix/X") {
        let warning = danger_of(Path::new("/tmp/.X11-unix"), Reach::ReadOnly, facts);
        return (options("--display", "x11"), warning);
    }
    let address = facts.variable("DBUS_SESSION_BUS_ADDRESS");
    let bus = address.and_then(|address| {
        let name = address.as_bytes().strip_prefix(b"unix:abstract=")?;
        name.split(|byte| b",;".contains(byte)).next()
    });
    if bus == Some(name) {
        return (options("--dbus-talk", "NAME"), None);
    }
    match facts.keeps_signals {
        true => (None, None),
        false => (options("--net", "host"), None),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn facts() -> Facts {
        Facts {
            uid: 7,
            gid: 7,
            user: "u".into(),
            group: "u".into(),
            home: "/home/u".into(),
            cwd: None,
            environment: Vec::new(),
            has_terminal: false,
            keeps_signals: false,
        }
    }

    #[test]
    fn groups_exist() {
        let known = aril_seccomp::groups();
        for group in PRIVILEGED {
            assert!(known.iter().any(|known| known.name == group), "{group}");
        }
        assert_eq!(of_group("ptrace"), options("--seccomp", "-ptrace"));
        assert_eq!(of_group("mounts"), None);
    }

    #[test]
    fn each_kind_has_its_option() {
        let mut facts = facts();
        let bus = "unix:abstract=dbus,guid=1";
        let bus = ("DBUS_SESSION_BUS_ADDRESS".into(), bus.into());
        facts.environment.push(bus);
        let surroundings = Surroundings {
            facts,
            rules: RuleSet::default(),
            observed: true,
        };
        let hidden = |path: &str, wanted| Missed::Hidden {
            path: path.into(),
            wanted,
        };
        let name = |name: &str| Missed::AbstractSocket { name: name.into() };
        let socket = |path: &str| Missed::Socket { path: path.into() };
        let rows = [
            (hidden("/srv/x", Wanted::Read), "--ro /srv/x", false),
            (hidden("/srv/x", Wanted::Write), "--rw /srv/x", false),
            (
                hidden("/home/u/.ssh/id", Wanted::Read),
                "--ro /home/u/.ssh/id",
                true,
            ),
            (
                hidden("/dev/dri/card0", Wanted::Write),
                "--device dri",
                false,
            ),
            (hidden("/dev/sda", Wanted::Read), "", false),
            (
                Missed::ReadOnly {
                    path: "/usr/x".into(),
                },
                "--rw /usr/x",
                false,
            ),
            (socket("/run/user/7/bus"), "--dbus-talk NAME", false),
            (socket("/run/user/7/wayland-0"), "--display wayland", false),
            (socket("/tmp/.X11-unix/X0"), "--display x11", true),
            (socket("/run/docker.sock"), "--ro /run/docker.sock", true),
            (name("/tmp/.X11-unix/X0"), "--display x11", true),
            (name("dbus"), "--dbus-talk NAME", false),
            (name("other"), "--net host", false),
            (
                Missed::Address(([192, 0, 2, 1], 80).into()),
                "--net host",
                false,
            ),
        ];
        for (missed, expected, warns) in rows {
            let (allow, warning) = allowing(&missed, &surroundings);
            assert_eq!(allow.unwrap_or_default().join(" "), expected, "{missed:?}");
            assert_eq!(warning.is_some(), warns, "{missed:?}: {warning:?}");
        }
    }
}
