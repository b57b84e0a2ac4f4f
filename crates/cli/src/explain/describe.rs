//! What a spec says beside its tree, line by line.

use super::model::Line;
use super::mounts::source_path;
use crate::catalogue::shown_size;
use aril_flatpak::{shown, shown_path};
use aril_sandbox::spec::{
    CapabilityBase, CapabilityChange, Devices, EnvChange, Nesting, Network, PidNs, Session, Share,
    TimeNs, UserNs,
};
use aril_sandbox::{Entry, Node, Spec};
use std::ffi::{OsStr, OsString};
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::FileTypeExt;
use std::path::Path;

/// Names of well-known sockets: the beginning of the place inside, and what it is.
const SOCKETS: &[(&str, &str)] = &[
    ("/tmp/.X11-unix/", "the X11 display"),
    ("/run/flatpak/bus", "the session bus, filtered"),
    ("/run/flatpak/at-spi-bus", "the accessibility bus, filtered"),
    ("/run/dbus/system_bus_socket", "the system bus, filtered"),
    ("/run/flatpak/pulse/native", "PulseAudio"),
    ("/run/flatpak/wayland", "the Wayland display"),
    ("/run/flatpak/pipewire", "PipeWire"),
    ("/run/flatpak/ssh-auth", "the SSH agent"),
    ("/run/flatpak/doc", "documents handed over by the portal"),
    ("/run/flatpak/gnupg", "the GnuPG agent"),
    ("/run/pcscd/", "the smart-card service"),
    ("/run/cups/", "the printing service"),
    ("/var/run/cups/", "the printing service"),
    ("/run/systemd/journal/", "the system's log, to write to"),
    ("/run/systemd/resolve/", "the name resolver"),
];

/// Parts of names of variables whose values are nobody's business.
const SECRET: &[&str] = &[
    "TOKEN",
    "SECRET",
    "PASSWORD",
    "PASSWD",
    "CREDENTIAL",
    "API_KEY",
];

pub(super) fn command(spec: &Spec) -> Vec<String> {
    let program = &spec.program;
    let words = [&program.path].into_iter().chain(&program.args);
    words
        .map(|word| shown(word.as_bytes()).to_string())
        .collect()
}

pub(super) fn network(spec: &Spec) -> Vec<Line> {
    let mut lines = vec![match spec.namespaces.network {
        Network::None => Line::closed("none: only the sandbox's own loopback interface"),
        Network::Host => {
            Line::open("the host's, with its addresses, services and abstract sockets")
        }
    }];
    if let Some(landlock) = &spec.landlock {
        let ports = [
            ("bind to", &landlock.tcp_bind),
            ("connect to", &landlock.tcp_connect),
        ];
        for (verb, ports) in ports {
            let Some(ports) = ports else { continue };
            let ports: Vec<String> = ports.iter().map(ToString::to_string).collect();
            let ports = match ports.is_empty() {
                true => "none".to_owned(),
                false => ports.join(", "),
            };
            lines.push(Line::closed(format!("TCP ports to {verb}: {ports}")));
        }
    }
    lines
}

/// Sockets and devices among what is bound, and of the session.
pub(super) fn sockets(spec: &Spec, session: &[Line]) -> Vec<Line> {
    let bound = spec.tree.iter().filter_map(reachable);
    let lines: Vec<Line> = bound.chain(session.iter().cloned()).collect();
    match lines.is_empty() {
        true => vec![Line::closed("no socket and no device of the host")],
        false => lines,
    }
}

fn reachable(entry: &Entry) -> Option<Line> {
    let Node::Bind(bind) = &entry.node else {
        return None;
    };
    let known = SOCKETS.iter().find(|(start, _)| {
        entry
            .target
            .as_os_str()
            .as_bytes()
            .starts_with(start.as_bytes())
    });
    let source = source_path(&bind.source);
    let is_socket = source.as_deref().is_some_and(is_socket);
    let what = match (known, is_socket, bind.devices) {
        (Some((_, what)), ..) => (*what).to_owned(),
        (None, true, _) => "a socket".to_owned(),
        (None, false, Devices::Allowed) => "devices".to_owned(),
        (None, false, Devices::Refused) => return None,
    };
    let origin = entry.origin.as_ref();
    Some(Line {
        origin: origin.map(|origin| shown(origin).to_string()),
        ..Line::open(format!("{what}: {}", shown_path(&entry.target)))
    })
}

fn is_socket(path: &Path) -> bool {
    std::fs::metadata(path).is_ok_and(|found| found.file_type().is_socket())
}

pub(super) fn namespaces(spec: &Spec) -> Vec<Line> {
    let namespaces = &spec.namespaces;
    let mut lines = vec![
        Line::closed("mount: new"),
        user(&namespaces.user),
        match namespaces.pid {
            PidNs::Host => Line::open("pid: the host's: every process is visible"),
            PidNs::New => Line::closed("pid: new: no process outside is visible"),
            PidNs::Join(_) => Line::open("pid: joined"),
            PidNs::NewBelow(_) => Line::closed("pid: new, below one that is joined"),
        },
        match namespaces.network {
            Network::Host => Line::open("network: the host's"),
            Network::None => Line::closed("network: new"),
        },
    ];
    lines.extend([
        share("ipc", namespaces.ipc),
        share("uts", namespaces.uts),
        share("cgroup", namespaces.cgroup),
    ]);
    lines.push(match namespaces.time {
        TimeNs::Host => Line::open("time: the host's"),
        TimeNs::New { .. } => Line::closed("time: new"),
    });
    if let Some(name) = &namespaces.host_name {
        lines.push(Line::closed(format!(
            "host name: {}",
            shown(name.as_bytes())
        )));
    }
    lines
}

fn user(user: &UserNs) -> Line {
    match user {
        UserNs::Host => Line::open("user: the host's"),
        UserNs::Join(_) => Line::open("user: joined"),
        UserNs::New(new) | UserNs::NewIfPossible(new) => match new.nesting {
            Nesting::Forbidden => Line::closed("user: new, and none below it"),
            Nesting::Allowed => Line::open("user: new, and others can be made below it"),
        },
    }
}

fn share(kind: &str, share: Share) -> Line {
    match share {
        Share::Host => Line::open(format!("{kind}: the host's")),
        Share::New => Line::closed(format!("{kind}: new")),
        Share::NewIfPossible => Line::closed(format!("{kind}: new where the kernel has the kind")),
    }
}

pub(super) fn privileges(spec: &Spec) -> Vec<Line> {
    let credentials = &spec.credentials;
    let added = |change: &&CapabilityChange| matches!(change, CapabilityChange::Add(_));
    let none = credentials.capability_base == CapabilityBase::Nothing
        && !credentials.capabilities.iter().any(|change| added(&change));
    let mut lines = vec![
        match none {
            true => Line::closed("no capability, and no way to get one"),
            false => Line::open("capabilities inside the sandbox's own user namespace"),
        },
        Line::closed("no_new_privs: set-user-id programs give nothing"),
    ];
    for (name, id) in [("uid", credentials.uid), ("gid", credentials.gid)] {
        if let Some(id) = id {
            lines.push(Line::closed(format!("{name} inside: {id}")));
        }
    }
    if let Some(landlock) = &spec.landlock {
        let files = landlock.files.as_ref().map_or(0, |files| files.rules.len());
        lines.push(Line::closed(format!(
            "a Landlock domain with {files} rules on files"
        )));
    }
    if spec.program.session == Session::Inherit {
        lines.push(Line::open(
            "the launcher's session, and with it the terminal",
        ));
    }
    lines
}

pub(super) fn environment(spec: &Spec) -> Vec<Line> {
    let mut variables: Vec<(&OsStr, Option<&OsString>)> = Vec::new();
    let mut inherited = spec.program.inherit_environment;
    for change in &spec.program.environment {
        let (name, value) = match change {
            EnvChange::Set(name, value) => (name, Some(value)),
            EnvChange::Unset(name) => (name, None),
            EnvChange::Clear => {
                variables.clear();
                inherited = false;
                continue;
            }
        };
        variables.retain(|(known, _)| *known != name.as_os_str());
        variables.push((name, value));
    }
    variables.sort();
    let mut lines = Vec::new();
    if inherited {
        lines.push(Line::open("every variable of the launcher, and:"));
    }
    let shown_ones = variables
        .into_iter()
        .filter(|(_, value)| value.is_some() || inherited);
    lines.extend(shown_ones.map(|(name, value)| Line::closed(variable(name, value))));
    lines
}

fn variable(name: &OsStr, value: Option<&OsString>) -> String {
    let name = shown(name.as_bytes()).to_string();
    match value {
        None => format!("{name} removed"),
        Some(_)
            if SECRET
                .iter()
                .any(|part| name.to_ascii_uppercase().contains(part)) =>
        {
            format!("{name}=(not shown)")
        }
        Some(value) => format!("{name}={}", shown(value.as_bytes())),
    }
}

pub(super) fn limits(spec: &Spec) -> Vec<Line> {
    let limits = &spec.limits;
    let sizes = [
        ("memory", limits.memory),
        ("size of a file", limits.file_size),
        (
            "size of a core dump",
            limits.core_size.filter(|most| *most > 0),
        ),
    ];
    let counts = [
        ("processes", limits.processes),
        ("open files", limits.open_files),
    ];
    let sizes = sizes.into_iter().filter_map(|(what, most)| {
        Some(Line::closed(format!(
            "{what}: at most {}",
            shown_size(most?)
        )))
    });
    let counts = counts
        .into_iter()
        .filter_map(|(what, most)| Some(Line::closed(format!("{what}: at most {}", most?))));
    let processor = limits
        .processor_percent
        .map(|percent| Line::closed(format!("processor: at most {percent} percent of one")));
    let no_dump = (limits.core_size == Some(0)).then(|| Line::closed("core dumps: none"));
    let lines = sizes.chain(counts).chain(processor).chain(no_dump);
    let lines: Vec<Line> = lines.collect();
    match lines.is_empty() {
        true => vec![Line::open("none but those of the launcher")],
        false => lines,
    }
}

pub(super) fn lifetime(spec: &Spec) -> Vec<Line> {
    let supervision = &spec.supervision;
    let mut lines = vec![match supervision.die_with_launcher {
        true => Line::closed("everything ends with the launcher"),
        false => Line::open("it can outlive the launcher"),
    }];
    if supervision.kill_at_exit {
        lines.push(Line::closed("everything ends with the program"));
    }
    lines
}
