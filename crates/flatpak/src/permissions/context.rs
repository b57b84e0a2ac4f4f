//! Permissions: one layer of them, or several laid over each other.

use super::bus::{Bus, BusAccess, BusName};
use super::change::Change;
use super::filesystem::{FilesystemChange, Grant};
use super::kinds::{Device, Feature, Share, Socket, Word};
use super::location::Location;
use super::origin::{Origin, Sourced};
use super::persist::PersistPath;
use super::policy::{PolicyKey, PolicyValues};
use super::switch::Switches;
use super::usb::UsbQuery;
use std::collections::BTreeMap;

/// Something in a layer that is not understood and grants nothing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ignored {
    /// Why, in words.
    pub why: String,
    /// Who said it.
    pub origin: Origin,
}

/// Permissions, each with the origin that said it last.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Context {
    /// Namespaces shared with the host.
    pub shares: Switches<Share>,
    /// Sockets.
    pub sockets: Switches<Socket>,
    /// Devices.
    pub devices: Switches<Device>,
    /// Features.
    pub features: Switches<Feature>,
    /// Who said that no place granted by a lower layer counts.
    pub filesystem_reset: Option<Origin>,
    /// Places of the file system.
    pub filesystems: BTreeMap<Location, Sourced<Grant>>,
    /// Paths of the home directory kept in the application's directory.
    pub persistent: BTreeMap<PersistPath, Origin>,
    /// Variables set, or unset when there is no value.
    pub environment: BTreeMap<String, Sourced<Option<String>>>,
    /// Names on buses.
    pub buses: BTreeMap<(Bus, BusName), Sourced<BusAccess>>,
    /// Generic policies.
    pub policies: BTreeMap<PolicyKey, PolicyValues>,
    /// USB devices that the portal lists.
    pub usb_enumerable: BTreeMap<UsbQuery, Origin>,
    /// USB devices that the portal hides.
    pub usb_hidden: BTreeMap<UsbQuery, Origin>,
    /// What was not understood.
    pub ignored: Vec<Ignored>,
}

impl Context {
    /// Makes one change.
    pub fn apply(&mut self, change: Change, origin: &Origin) {
        match change {
            Change::Share(word, flip) => self.shares.flip(word.word(), flip, origin),
            Change::Socket(word, flip) => self.sockets.flip(word.word(), flip, origin),
            Change::Device(word, flip) => self.devices.flip(word.word(), flip, origin),
            Change::Feature(word, flip) => self.features.flip(word.word(), flip, origin),
            Change::Filesystem(change) => self.set_filesystem(change, origin),
            Change::Persist(path) => {
                self.persistent.insert(path, origin.clone());
            }
            Change::Environment(name, value) => {
                self.environment.insert(name, Sourced::new(value, origin));
            }
            Change::Bus(bus, name, access) => {
                self.buses.insert((bus, name), Sourced::new(access, origin));
            }
            Change::Policy { key, value, added } => {
                self.policies
                    .entry(key)
                    .or_default()
                    .put(&value, added, origin);
            }
            Change::UsbEnumerable(query) => {
                self.usb_enumerable.insert(query, origin.clone());
            }
            Change::UsbHidden(query) => {
                self.usb_hidden.insert(query, origin.clone());
            }
        }
    }

    /// `host:reset` takes `host` away as well; what else this layer says stays.
    fn set_filesystem(&mut self, change: FilesystemChange, origin: &Origin) {
        match change {
            FilesystemChange::Set(location, grant) => {
                self.filesystems
                    .insert(location, Sourced::new(grant, origin));
            }
            FilesystemChange::Reset => {
                self.filesystem_reset = Some(origin.clone());
                self.filesystems
                    .insert(Location::Host, Sourced::new(Grant::Nothing, origin));
            }
        }
    }

    /// Lays a higher layer over this one.
    pub fn merge(&mut self, upper: &Self) {
        self.shares.merge(&upper.shares);
        self.sockets.merge(&upper.sockets);
        self.devices.merge(&upper.devices);
        self.features.merge(&upper.features);
        if let Some(origin) = &upper.filesystem_reset {
            self.filesystems.clear();
            self.filesystem_reset = Some(origin.clone());
        }
        extend(&mut self.filesystems, &upper.filesystems);
        extend(&mut self.persistent, &upper.persistent);
        extend(&mut self.environment, &upper.environment);
        extend(&mut self.buses, &upper.buses);
        for (key, values) in &upper.policies {
            self.policies.entry(key.clone()).or_default().merge(values);
        }
        extend(&mut self.usb_enumerable, &upper.usb_enumerable);
        extend(&mut self.usb_hidden, &upper.usb_hidden);
        self.ignored.extend(upper.ignored.iter().cloned());
    }

    /// What stays of a runtime's permissions: its environment (contract, 1.1 step 3).
    pub fn environment_only(self) -> Self {
        Self {
            environment: self.environment,
            ..Self::default()
        }
    }

    /// Drops everything but the environment and the feature `multiarch`, without which programs of
    /// the other ABI would not run (contract, 1.1 step 3).
    pub fn make_sandboxed(&mut self) {
        let mut features = std::mem::take(&mut self.features);
        features.retain(Feature::Multiarch);
        let environment = std::mem::take(&mut self.environment);
        let ignored = std::mem::take(&mut self.ignored);
        *self = Self {
            features,
            environment,
            ignored,
            ..Self::default()
        };
    }

    /// The access to a place that this context names, `Nothing` when it does not.
    pub fn grant(&self, location: &Location) -> Grant {
        self.filesystems
            .get(location)
            .map_or(Grant::Nothing, |grant| grant.value)
    }

    /// The names on one bus.
    pub fn bus(&self, bus: Bus) -> impl Iterator<Item = (&BusName, &Sourced<BusAccess>)> {
        let of_bus = self.buses.iter().filter(move |((of, _), _)| *of == bus);
        of_bus.map(|((_, name), access)| (name, access))
    }

    pub(super) fn ignore(&mut self, why: &impl ToString, origin: &Origin) {
        self.ignored.push(Ignored {
            why: why.to_string(),
            origin: origin.clone(),
        });
    }
}

fn extend<K: Ord + Clone, V: Clone>(lower: &mut BTreeMap<K, V>, upper: &BTreeMap<K, V>) {
    lower.extend(
        upper
            .iter()
            .map(|(key, value)| (key.clone(), value.clone())),
    );
}
