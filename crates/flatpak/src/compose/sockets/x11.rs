//! The X11 display.

use super::display::{Place, X11Display};
use super::{Facts, Note, Part, Sockets, bound, data, detail, file, set, unset, xauthority};
use crate::permissions::{Origin, Socket};
use crate::shown;
use aril_sandbox::{Entry, Node};
use std::os::unix::ffi::OsStrExt;
use std::path::PathBuf;

const DIRECTORY: &str = "/tmp/.X11-unix";
const XAUTHORITY: &str = "/run/flatpak/Xauthority";

/// The directory of displays is always one of its own: `/tmp` may be the host's.
pub(super) fn part(sockets: &Sockets<'_>, facts: &Facts) -> Part {
    let mut part = Part::default();
    let size = Some(1 << 20);
    let empty = Entry::new(DIRECTORY, Node::Tmpfs { size, mode: 0o755 });
    part.tree.push(empty);
    let asked = sockets
        .origin(Socket::X11)
        .map(|origin| (Socket::X11, origin));
    match asked {
        Some(asked) => part.extend(display(asked, sockets.has_network(), facts)),
        None => part
            .environment
            .extend(["DISPLAY", "XAUTHORITY"].map(unset)),
    }
    part
}

fn display(asked: (Socket, &Origin), has_network: bool, facts: &Facts) -> Part {
    let mut part = Part::default();
    // Until it is found.
    part.environment.push(unset("DISPLAY"));
    let Some(text) = facts.variable("DISPLAY") else {
        part.notes.push(detail(Socket::X11, "DISPLAY is not set"));
        return part;
    };
    let Some(display) = text.to_str().and_then(X11Display::parse) else {
        let text = shown(text.as_bytes());
        let why = format!("socket x11 is not there: DISPLAY={text} is not a display");
        part.notes.push(Note::Warning(why));
        return part;
    };
    let there = display.socket().filter(|path| path.exists());
    let inside = format!("{DIRECTORY}/X{}", display.number);
    let reached = match (&there, &display.place) {
        (Some(socket), _) => {
            part.tree.push(bound(socket, inside, asked));
            true
        }
        // The network's abstract sockets have `@/tmp/.X11-unix/XN`, and a port.
        (None, Place::Local | Place::Remote) => has_network,
        (None, Place::Socket(_)) => false,
    };
    if !reached {
        let text = shown(text.as_bytes());
        let why = format!(
            "socket x11 is not there: DISPLAY={text} has no socket, and there is no network"
        );
        part.notes.push(Note::Warning(why));
        return part;
    }
    part.environment.push(match &display.place {
        Place::Remote => set("DISPLAY", text),
        Place::Local | Place::Socket(_) => {
            set("DISPLAY", format!(":{}{}", display.number, display.screen))
        }
    });
    part.extend(cookies(asked, &display, facts));
    part
}

fn cookies(asked: (Socket, &Origin), display: &X11Display, facts: &Facts) -> Part {
    let mut part = Part::default();
    let path = facts.variable("XAUTHORITY").map(PathBuf::from);
    let path = path.unwrap_or_else(|| facts.home.join(".Xauthority"));
    let host_name = rustix::system::uname();
    let host_name = host_name.nodename().to_bytes();
    let cookies = file::read(&path).map(|file| match display.place {
        Place::Remote => xauthority::of_remote(&file, &display.number),
        Place::Local | Place::Socket(_) => xauthority::of_local(&file, &display.number, host_name),
    });
    match cookies.filter(|cookies| !cookies.is_empty()) {
        Some(cookies) => {
            part.tree.push(data(XAUTHORITY, cookies, asked));
            part.environment.push(set("XAUTHORITY", XAUTHORITY));
        }
        None => part.environment.push(unset("XAUTHORITY")),
    }
    part
}
