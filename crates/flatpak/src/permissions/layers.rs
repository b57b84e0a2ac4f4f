//! The layers of permissions, and what they come to together.

use super::condition::Facts;
use super::context::Context;
use super::kinds::{Device, Feature, Share, Socket};
use super::origin::Origin;
use std::collections::BTreeMap;

/// The layers, lowest first (contract, 1.1 step 3).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Layers {
    /// The runtime's metadata; only its environment counts.
    pub runtime: Option<Context>,
    /// The application's metadata.
    pub app: Context,
    /// The overrides: system for all, system, user for all, user.
    pub overrides: Vec<Context>,
    /// Everything but `multiarch` and the environment is dropped before the command line.
    pub sandboxed: bool,
    /// The options of the command line.
    pub command_line: Context,
}

impl Layers {
    /// Lays the layers over each other.
    pub fn effective(self) -> Context {
        let mut context = self
            .runtime
            .map(Context::environment_only)
            .unwrap_or_default();
        context.merge(&self.app);
        for layer in &self.overrides {
            context.merge(layer);
        }
        if self.sandboxed {
            context.make_sandboxed();
        }
        context.merge(&self.command_line);
        context
    }
}

/// The switched permissions that are granted, each with the origin that granted it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Granted {
    /// Namespaces shared with the host.
    pub shares: BTreeMap<Share, Origin>,
    /// Sockets. `fallback-x11` is resolved: it is absent, and `x11` is there or not.
    pub sockets: BTreeMap<Socket, Origin>,
    /// Devices.
    pub devices: BTreeMap<Device, Origin>,
    /// Features.
    pub features: BTreeMap<Feature, Origin>,
}

impl Context {
    /// The same permissions with their conditions evaluated.
    ///
    /// Written for readers that know no conditions, a conditional permission would look like a
    /// plain one (contract, 1.13): they must see what came of it.
    pub fn evaluated(&self, facts: &Facts) -> Self {
        Self {
            shares: self.shares.evaluated(facts),
            sockets: self.sockets.evaluated(facts),
            devices: self.devices.evaluated(facts),
            features: self.features.evaluated(facts),
            ..self.clone()
        }
    }

    /// Evaluates the conditions.
    pub fn granted(&self, facts: &Facts) -> Granted {
        let mut sockets = self.sockets.granted(facts);
        resolve_fallback(&mut sockets, facts);
        Granted {
            shares: self.shares.granted(facts),
            sockets,
            devices: self.devices.granted(facts),
            features: self.features.granted(facts),
        }
    }
}

/// `fallback-x11` decides about X11 alone, even when `x11` is granted beside it
/// (flatpak-metadata(5)): applications give both, `x11` for readers too old to know the other.
fn resolve_fallback(sockets: &mut BTreeMap<Socket, Origin>, facts: &Facts) {
    let Some(origin) = sockets.remove(&Socket::FallbackX11) else {
        return;
    };
    let wayland = facts.has_wayland && sockets.contains_key(&Socket::Wayland);
    if wayland {
        sockets.remove(&Socket::X11);
    } else {
        sockets.insert(Socket::X11, origin);
    }
}
