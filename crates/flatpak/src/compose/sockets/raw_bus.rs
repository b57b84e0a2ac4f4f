//! The message buses, unfiltered.

use super::{Facts, Part, Sockets, bound, detail, set};
use crate::bus::Address;
use crate::compose::RuntimeLink;
use crate::permissions::{Bus, Origin, Socket};

/// Where a bus appears, and the variable that tells.
pub(crate) fn place(bus: Bus) -> (&'static str, &'static str) {
    match bus {
        Bus::Session => ("/run/flatpak/bus", "DBUS_SESSION_BUS_ADDRESS"),
        Bus::System => ("/run/dbus/system_bus_socket", "DBUS_SYSTEM_BUS_ADDRESS"),
        Bus::Accessibility => ("/run/flatpak/at-spi-bus", "AT_SPI_BUS_ADDRESS"),
    }
}

pub(super) fn part(sockets: &Sockets<'_>, facts: &Facts) -> Part {
    let mut part = Part::default();
    let buses = [
        (Socket::SessionBus, Bus::Session),
        (Socket::SystemBus, Bus::System),
    ];
    for (socket, bus) in buses {
        if let Some(origin) = sockets.origin(socket) {
            part.extend(raw((socket, origin), bus, facts));
        }
    }
    part
}

fn raw(asked: (Socket, &Origin), bus: Bus, facts: &Facts) -> Part {
    let mut part = Part::default();
    let (target, variable) = place(bus);
    let address = match Address::of(bus, facts) {
        Ok(address) => address,
        Err(why) => {
            part.notes.push(detail(asked.0, why));
            return part;
        }
    };
    match address.path() {
        Some(path) if path.exists() => {
            part.tree.push(bound(path, target, asked));
            part.environment
                .push(set(variable, format!("unix:path={target}")));
            if bus == Bus::Session {
                part.runtime_links.push(RuntimeLink::to_run_flatpak("bus"));
            }
        }
        Some(_) => part
            .notes
            .push(detail(asked.0, format_args!("{address} has no socket"))),
        // An abstract socket or a port is reached when the network is shared.
        None => part.environment.push(set(variable, address.text())),
    }
    part
}
