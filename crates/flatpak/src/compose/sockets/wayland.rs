//! The Wayland display.

use super::security_context::{self, Identity};
use super::{Facts, Note, Part, Sockets, SocketsError, bound, detail, set};
use crate::compose::{RuntimeLink, Transient};
use crate::permissions::{Origin, Socket};
use crate::shown_path;
use aril_sandbox::spec::EnvChange;
use std::ffi::OsStr;
use std::fs;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::FileTypeExt;
use std::path::{Path, PathBuf};

/// Whether there is a Wayland display: the condition `has-wayland`.
pub fn has_wayland(facts: &Facts) -> bool {
    inherited(facts).is_some() || socket(facts).is_some()
}

pub(super) fn part(sockets: &Sockets<'_>, facts: &Facts) -> Result<Part, SocketsError> {
    let mut part = Part::default();
    part.environment
        .push(EnvChange::Unset("WAYLAND_SOCKET".into()));
    if let Some(origin) = sockets.origin(Socket::InheritWaylandSocket) {
        match inherited(facts) {
            Some(fd) => {
                part.passed.push(fd);
                part.environment.push(set("WAYLAND_SOCKET", fd.to_string()));
                let told =
                    format!("socket inherit-wayland-socket passes descriptor {fd}, {origin}");
                part.notes.push(Note::Detail(told));
                return Ok(part);
            }
            None => part.notes.push(detail(
                Socket::InheritWaylandSocket,
                "WAYLAND_SOCKET does not name one",
            )),
        }
    }
    let Some(origin) = sockets.origin(Socket::Wayland) else {
        return Ok(part);
    };
    match socket(facts) {
        None => part
            .notes
            .push(detail(Socket::Wayland, "there is no compositor")),
        Some(path) => part.extend(display(sockets, facts, (&path, origin))?),
    }
    Ok(part)
}

fn display(
    sockets: &Sockets<'_>,
    facts: &Facts,
    (path, origin): (&Path, &Origin),
) -> Result<Part, SocketsError> {
    let mut part = Part::default();
    let asked = (Socket::Wayland, origin);
    let name = name_inside(path);
    let target = Path::new("/run/flatpak").join(name);
    let identity = Identity {
        id: sockets.id.as_str(),
        instance: sockets.instance,
    };
    let made = facts.runtime_dir.as_ref().map_or(Ok(None), |runtime_dir| {
        security_context::listen(path, runtime_dir, &identity)
    });
    let made = match made {
        // A compositor that begins to listen now would not know whom it serves.
        Err(error) if error.is_of_nobody() => {
            let why = format!("nobody listens on {}", shown_path(path));
            part.notes.push(detail(Socket::Wayland, why));
            return Ok(part);
        }
        made => made.map_err(SocketsError::SecurityContext)?,
    };
    match made {
        Some(listener) => {
            part.tree.push(bound(&listener.path, target, asked));
            part.transient.push(Transient(listener.path));
            part.kept.push(listener.open_while_used);
        }
        None => {
            let why = format!(
                "the compositor on {} has no security contexts: it takes the application for any \
                 other program",
                shown_path(path)
            );
            part.notes.push(Note::Detail(why));
            part.tree.push(bound(path, target, asked));
        }
    }
    part.environment.push(set("WAYLAND_DISPLAY", name));
    part.runtime_links.push(RuntimeLink::to_run_flatpak(name));
    Ok(part)
}

/// The name keeps its form, by which some libraries recognize it.
fn name_inside(path: &Path) -> &OsStr {
    let name = path.file_name().unwrap_or_default();
    match name.as_bytes().starts_with(b"wayland-") {
        true => name,
        false => OsStr::new("wayland-0"),
    }
}

/// `WAYLAND_DISPLAY`, `wayland-0` by default, in `$XDG_RUNTIME_DIR` (wl_display_connect(3)).
fn socket(facts: &Facts) -> Option<PathBuf> {
    let name = facts.variable("WAYLAND_DISPLAY");
    let name = Path::new(name.unwrap_or(OsStr::new("wayland-0")));
    let path = match name.is_absolute() {
        true => name.to_owned(),
        false => facts.runtime_dir.as_ref()?.join(name),
    };
    is_socket(&path).then_some(path)
}

/// The descriptor in `WAYLAND_SOCKET`, when it is a socket and not one of the standard three.
fn inherited(facts: &Facts) -> Option<i32> {
    let fd: i32 = facts.variable("WAYLAND_SOCKET")?.to_str()?.parse().ok()?;
    let path = PathBuf::from(format!("/proc/self/fd/{fd}"));
    (fd > 2 && is_socket(&path)).then_some(fd)
}

fn is_socket(path: &Path) -> bool {
    fs::metadata(path).is_ok_and(|metadata| metadata.file_type().is_socket())
}
