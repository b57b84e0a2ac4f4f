//! Which buses an application reaches through the proxy.

use super::address::Address;
use super::rules::{self, Owner};
use crate::compose::{Facts, Note};
use crate::permissions::{Bus, BusAccess, Context, Granted, Socket};
use crate::refs::Id;
use std::collections::BTreeSet;

/// What decides about the buses.
#[derive(Clone, Debug)]
pub struct Buses<'a> {
    /// The application's name.
    pub id: &'a Id,
    /// The effective permissions.
    pub permissions: &'a Context,
    /// What is granted of them: a bus that is granted unfiltered needs no proxy.
    pub granted: &'a Granted,
    /// The application may only be names below `ID.Sandboxed` (`--sandbox`).
    pub sandboxed: bool,
    /// Buses that there shall be none of: `--no-session-bus`, `--no-a11y-bus`, and with `--sandbox`
    /// each that no option asks for.
    pub refused: BTreeSet<Bus>,
    /// Buses whose messages the proxy prints: `--log-session-bus` and the like.
    pub logged: BTreeSet<Bus>,
}

/// A bus behind the proxy.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Route {
    /// Which.
    pub bus: Bus,
    /// Where it is on the host.
    pub address: Address,
    /// The proxy's options for it.
    pub rules: Vec<String>,
}

/// The buses behind the proxy.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Routes {
    /// Each at most once.
    pub routes: Vec<Route>,
    /// Why others are not among them.
    pub notes: Vec<Note>,
}

impl Route {
    /// The session bus, of which nothing but these names is in reach: they can be talked to, and each may
    /// end with `.*`, for itself and all names below it. No name of its own can be had there.
    pub fn talking<'n>(address: Address, names: impl IntoIterator<Item = &'n str>) -> Self {
        let rules = names.into_iter().map(|name| format!("--talk={name}"));
        Self {
            bus: Bus::Session,
            address,
            rules: ["--filter".to_owned()].into_iter().chain(rules).collect(),
        }
    }

    /// The same, and the proxy tells of every message.
    pub fn logged(mut self) -> Self {
        self.rules.push("--log".to_owned());
        self
    }
}

impl Routes {
    /// Whether a bus goes through the proxy: `/.flatpak-info` tells it.
    pub fn has(&self, bus: Bus) -> bool {
        self.routes.iter().any(|route| route.bus == bus)
    }
}

impl Buses<'_> {
    /// The session bus, where there is one; the system bus if a name on it is asked for; the
    /// accessibility bus if its address is known.
    ///
    /// `accessibility` is what [`Buses::wants_accessibility_address`] tells whether to find.
    pub fn routes(&self, facts: &Facts, accessibility: Option<Address>) -> Routes {
        let mut found = Routes::default();
        if self.wants(Bus::Session) {
            found.add(self, Bus::Session, Address::of(Bus::Session, facts));
        }
        let mut system = self.permissions.bus(Bus::System);
        let names_some = system.any(|(_, access)| access.value > BusAccess::Nothing);
        if names_some && self.wants(Bus::System) {
            found.add(self, Bus::System, Address::of(Bus::System, facts));
        }
        if let Some(address) = accessibility.filter(|_| self.wants(Bus::Accessibility)) {
            found.routes.push(self.route(Bus::Accessibility, address));
        }
        found
    }

    /// Whether it is worth to ask where the accessibility bus is. It is asked from the session bus
    /// ([`Connection::accessibility_bus`]), without which there is none.
    ///
    /// [`Connection::accessibility_bus`]: super::Connection::accessibility_bus
    pub fn wants_accessibility_address(&self, facts: &Facts) -> bool {
        self.wants(Bus::Accessibility) && Address::of(Bus::Session, facts).is_ok()
    }

    fn wants(&self, bus: Bus) -> bool {
        let raw = match bus {
            Bus::Session => Some(Socket::SessionBus),
            Bus::System => Some(Socket::SystemBus),
            Bus::Accessibility => None,
        };
        let is_raw = raw.is_some_and(|socket| self.granted.sockets.contains_key(&socket));
        !is_raw && !self.refused.contains(&bus)
    }

    fn route(&self, bus: Bus, address: Address) -> Route {
        let owner = Owner {
            id: self.id,
            sandboxed: self.sandboxed,
        };
        let route = Route {
            bus,
            address,
            rules: rules::rules(bus, owner, self.permissions),
        };
        match self.logged.contains(&bus) {
            true => route.logged(),
            false => route,
        }
    }
}

impl Routes {
    fn add(&mut self, buses: &Buses<'_>, bus: Bus, address: Result<Address, super::AddressError>) {
        match address {
            Ok(address) if address.path().is_some_and(|path| !path.exists()) => {
                let why = format!("{} is not there: {address} has no socket", name(bus));
                self.notes.push(Note::Detail(why));
            }
            Ok(address) => self.routes.push(buses.route(bus, address)),
            Err(why) => {
                let why = format!("{} is not there: {why}", name(bus));
                self.notes.push(Note::Detail(why));
            }
        }
    }
}

/// What a bus is called in messages.
pub(super) fn name(bus: Bus) -> &'static str {
    match bus {
        Bus::Session => "the session bus",
        Bus::System => "the system bus",
        Bus::Accessibility => "the accessibility bus",
    }
}
