//! Sound: PulseAudio's socket, which PipeWire speaks as well, and the sound devices.

use super::{Facts, Note, Part, Sockets, bound, data, detail, file, said_by, set, unset};
use crate::compose::RuntimeLink;
use crate::permissions::{Origin, Socket};
use crate::shown;
use aril_sandbox::spec::{Bind, Devices, Source};
use aril_sandbox::{Access, Entry, Node};
use std::path::{Path, PathBuf};

const SOCKET: &str = "/run/flatpak/pulse/native";
const CONFIG: &str = "/run/flatpak/pulse/config";
const DEVICES: &str = "/dev/snd";

/// Where a server listens.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Server {
    Socket(PathBuf),
    /// Over the network, as it was written.
    Remote(String),
}

impl Server {
    /// The first of the servers in a list (pulse-client.conf(5), `default-server`): each may have the
    /// id of the machine that it is for before it, in braces.
    fn parse(text: &str) -> Option<Self> {
        let first = text.split_ascii_whitespace().next()?;
        let first = match first.strip_prefix('{') {
            Some(rest) => rest.split_once('}')?.1,
            None => first,
        };
        let path = first.strip_prefix("unix:").unwrap_or(first);
        if path.starts_with('/') {
            return Some(Self::Socket(path.into()));
        }
        (!path.is_empty() && path == first).then(|| Self::Remote(text.to_owned()))
    }
}

pub(super) fn part(sockets: &Sockets<'_>, facts: &Facts) -> Part {
    let mut part = Part::default();
    let Some(origin) = sockets.origin(Socket::PulseAudio) else {
        return part;
    };
    let asked = (Socket::PulseAudio, origin);
    part.environment.push(unset("PULSE_SERVER"));
    match find(facts) {
        Some(Server::Socket(path)) if path.exists() => {
            part.tree.push(bound(&path, SOCKET, asked));
            // Shared memory would be the host's.
            part.tree
                .push(data(CONFIG, b"enable-shm=no\n".to_vec(), asked));
            part.environment
                .push(set("PULSE_SERVER", format!("unix:{SOCKET}")));
            part.environment.push(set("PULSE_CLIENTCONFIG", CONFIG));
            part.runtime_links
                .push(RuntimeLink::to_run_flatpak("pulse"));
        }
        Some(Server::Remote(text)) if sockets.has_network() => {
            part.environment.push(set("PULSE_SERVER", text));
        }
        Some(Server::Remote(text)) => part.notes.push(Note::Warning(format!(
            "socket pulseaudio is not there: {} needs the network",
            shown(&text)
        ))),
        _ => part
            .notes
            .push(detail(Socket::PulseAudio, "nobody listens on it")),
    }
    if Path::new(DEVICES).exists() {
        part.tree.push(devices(asked));
    }
    part
}

/// The devices too, with the microphone: programs of ALSA expect them (contract, 1.11).
fn devices((socket, origin): (Socket, &Origin)) -> Entry {
    let bind = Bind {
        source: Source::Path(DEVICES.into()),
        access: Access::ReadWrite,
        devices: Devices::Allowed,
        optional: true,
        live: false,
    };
    said_by(Entry::new(DEVICES, Node::Bind(bind)), socket, origin)
}

fn find(facts: &Facts) -> Option<Server> {
    let named = facts
        .variable("PULSE_SERVER")
        .and_then(|text| text.to_str());
    if let Some(server) = named.and_then(Server::parse) {
        return Some(server);
    }
    if let Some(server) = configured(facts) {
        return Some(server);
    }
    let own = facts.path_variable("PULSE_RUNTIME_PATH");
    let own = own.or_else(|| Some(facts.runtime_dir.as_ref()?.join("pulse")));
    let places = own.into_iter().chain(["/run/pulse".into()]);
    let mut sockets = places.map(|place| place.join("native"));
    sockets.find(|path| path.exists()).map(Server::Socket)
}

/// The server of the client's configuration: the first file that exists decides.
fn configured(facts: &Facts) -> Option<Server> {
    let named = facts.path_variable("PULSE_CLIENTCONFIG");
    let places = [
        facts.config_home().join("pulse/client.conf"),
        facts.home.join(".pulse/client.conf"),
        "/etc/pulse/client.conf".into(),
    ];
    let file = named
        .into_iter()
        .chain(places)
        .find_map(|path| file::read(&path))?;
    default_server(std::str::from_utf8(&file).ok()?)
}

fn default_server(text: &str) -> Option<Server> {
    let lines = text
        .lines()
        .map(|line| line.split(['#', ';']).next().unwrap_or(""));
    let mut values = lines.filter_map(|line| {
        let (key, value) = line.split_once('=')?;
        (key.trim() == "default-server").then(|| value.trim())
    });
    values.next_back().and_then(Server::parse)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn servers() {
        let socket = |path: &str| Some(Server::Socket(path.into()));
        let remote = |text: &str| Some(Server::Remote(text.to_owned()));
        let rows = [
            ("unix:/run/p", socket("/run/p")),
            ("/run/p", socket("/run/p")),
            ("{abc}unix:/run/p other", socket("/run/p")),
            ("tcp:host:4713", remote("tcp:host:4713")),
            ("host", remote("host")),
            ("unix:relative", None),
            ("{abc", None),
            ("", None),
        ];
        for (text, server) in rows {
            assert_eq!(Server::parse(text), server, "{text}");
        }
        let config = "; default-server = a\ndefault-server = unix:/x # y\nenable-shm = no\n";
        assert_eq!(default_server(config), socket("/x"));
    }
}
