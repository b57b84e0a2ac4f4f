//! Sockets of the display, by the same rules as for applications.

use super::beside::Beside;
use crate::error::RunError;
use aril_flatpak::compose::{Facts, Note, Part, sockets};
use aril_flatpak::permissions::{Granted, Layer, Origin, Share, Socket};
use aril_flatpak::refs::Id;
use aril_profile::{Composed, Screen, Settings, Sourced};
use aril_sandbox::Host;
use aril_sandbox::spec::{EnvChange, Network};
use std::path::Path;

/// The name by which a compositor and portals know programs of `aril exec`.
pub(super) const ID: &str = "org.aril.Exec";

/// Adds what was asked for.
pub fn add(
    composed: &mut Composed,
    settings: &Settings,
    host: &Host,
    beside: &mut Beside,
) -> Result<(), RunError> {
    if settings.screens.is_empty() {
        return Ok(());
    }
    let environment = host.environment.iter().cloned();
    let facts = Facts::gather((host.uid, host.gid), environment).map_err(RunError::new)?;
    let id: Id = ID.parse().map_err(RunError::new)?;
    let origin = Origin::layer(Layer::CommandLine);
    let mut granted = Granted::default();
    for asked in &settings.screens {
        let socket = match asked.value {
            Screen::Wayland => Socket::Wayland,
            Screen::X11 => Socket::X11,
        };
        granted.sockets.insert(socket, origin.clone());
    }
    if composed.spec.namespaces.network == Network::Host {
        granted.shares.insert(Share::Network, origin);
    }
    let instance = std::process::id().to_string();
    let asked = sockets::Sockets {
        granted: &granted,
        id: &id,
        instance: &instance,
    };
    let part = sockets::part(&asked, &facts).map_err(RunError::new)?;
    refuse_missing(&part, settings)?;
    let environment = part.environment.into_iter().map(found_anywhere).collect();
    let part = Part {
        environment,
        ..part
    };
    beside.join(part, composed);
    Ok(())
}

/// What was asked for and is not there stops the start: the variable that leads a program to a socket is
/// set where there is one.
fn refuse_missing(part: &Part, settings: &Settings) -> Result<(), RunError> {
    let has = |wanted: &str| {
        let mut changes = part.environment.iter();
        changes.any(|change| matches!(change, EnvChange::Set(name, _) if name == wanted))
    };
    let is_shown = |asked: &Sourced<Screen>| match asked.value {
        Screen::Wayland => has("WAYLAND_DISPLAY"),
        Screen::X11 => has("DISPLAY"),
    };
    if settings.screens.iter().all(is_shown) {
        return Ok(());
    }
    let words = |note: &Note| match note {
        Note::Warning(text) | Note::Detail(text) => text.clone(),
    };
    let why = part.notes.iter().map(words).collect::<Vec<_>>();
    let why = format_args!("show windows, on this session: {}", why.join(", "));
    Err(RunError::new(why))
}

/// The directory of sockets may be the host's here, where no link shall be made: so the Wayland socket is
/// named by its path, which libraries take since Wayland 1.15.
fn found_anywhere(change: EnvChange) -> EnvChange {
    match change {
        EnvChange::Set(name, value) if name == "WAYLAND_DISPLAY" => {
            let path = Path::new("/run/flatpak").join(value);
            EnvChange::Set(name, path.into())
        }
        change => change,
    }
}
