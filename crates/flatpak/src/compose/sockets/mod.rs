//! The well-known sockets of the host: X11, Wayland, sound, agents, printing, raw buses.
//!
//! Which socket appears where, and the variables that tell: contract, 1.3 and 1.11. Every socket
//! appears below `/run/flatpak`, which the application cannot write; the directory of sockets,
//! which it can, only has links to there.

mod agents;
mod display;
mod file;
mod link;
mod pulse;
mod raw_bus;
mod security_context;
mod wayland;
mod x11;
mod xauthority;

#[cfg(test)]
mod tests;

pub use link::runtime_links;
pub(crate) use raw_bus::place as bus_place;
pub use security_context::SecurityContextError;
pub use wayland::has_wayland;

use super::{Facts, Note, Part};
use crate::permissions::{Granted, Origin, Share, Socket, Word};
use crate::refs::Id;
use aril_sandbox::spec::EnvChange;
use aril_sandbox::{Access, Entry, Node};
use std::error::Error;
use std::ffi::OsStr;
use std::fmt::{self, Display, Formatter};
use std::path::Path;

/// Which sockets, and for whom.
#[derive(Clone, Copy, Debug)]
pub struct Sockets<'a> {
    /// What is granted.
    pub granted: &'a Granted,
    /// The application's name, by which a compositor knows it.
    pub id: &'a Id,
    /// The number of the instance.
    pub instance: &'a str,
}

impl Sockets<'_> {
    fn origin(&self, socket: Socket) -> Option<&Origin> {
        self.granted.sockets.get(&socket)
    }

    fn has_network(&self) -> bool {
        self.granted.shares.contains_key(&Share::Network)
    }
}

/// Why a socket that is granted cannot be had safely.
#[derive(Debug)]
pub enum SocketsError {
    /// The compositor has security contexts, and making one failed.
    SecurityContext(SecurityContextError),
}

impl Error for SocketsError {}

impl Display for SocketsError {
    fn fmt(&self, out: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Self::SecurityContext(error) => write!(out, "{error}"),
        }
    }
}

/// The sockets that are granted.
///
/// The entries come after `/tmp`, `/run` and `/dev`, and before `/dev` becomes read-only. A socket
/// that does not exist is passed over, with a note. The sockets of Wayland are made here, so that
/// what the part keeps must live as long as the sandbox.
pub fn part(sockets: &Sockets<'_>, facts: &Facts) -> Result<Part, SocketsError> {
    let mut part = x11::part(sockets, facts);
    part.extend(wayland::part(sockets, facts)?);
    part.extend(pulse::part(sockets, facts));
    part.extend(agents::part(sockets, facts));
    part.extend(raw_bus::part(sockets, facts));
    Ok(part)
}

/// A socket of the host at a place inside. Read-only: `connect(2)` works, and the file stays as it is.
fn bound(source: &Path, target: impl AsRef<Path>, (socket, origin): (Socket, &Origin)) -> Entry {
    let entry = Entry::bind(source, target.as_ref(), Access::ReadOnly);
    said_by(entry, socket, origin)
}

/// A small file that only the user reads.
fn data(target: &str, bytes: Vec<u8>, (socket, origin): (Socket, &Origin)) -> Entry {
    let node = Node::Data {
        mode: 0o600,
        data: aril_sandbox::spec::Data::Bytes(bytes),
        access: Access::ReadOnly,
    };
    said_by(Entry::new(target, node), socket, origin)
}

fn said_by(entry: Entry, socket: Socket, origin: &Origin) -> Entry {
    entry.from_origin(format!("socket={}, {origin}", socket.word()))
}

fn set(name: &str, value: impl AsRef<OsStr>) -> EnvChange {
    EnvChange::Set(name.into(), value.as_ref().to_owned())
}

fn unset(name: &str) -> EnvChange {
    EnvChange::Unset(name.into())
}

fn detail(socket: Socket, why: impl Display) -> Note {
    Note::Detail(format!("socket {} is not there: {why}", socket.word()))
}
