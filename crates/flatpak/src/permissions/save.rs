//! Permissions become the groups of a key file, or options.

use super::bus::{Bus, BusAccess};
use super::context::Context;
use super::filesystem::{self, Grant};
use super::kinds::Word;
use super::list;
use super::load::{
    CONTEXT, ENVIRONMENT, FILESYSTEMS, PERSISTENT, POLICY_PREFIX, UNSET_ENVIRONMENT, USB,
    USB_ENUMERABLE, USB_HIDDEN,
};
use super::switch::Switches;
use crate::keyfile::{KeyFile, KeyFileError};

/// What the written groups are for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// A layer to be laid over others: what is taken away is written too.
    Layer,
    /// All layers together, as in `/.flatpak-info`: only what is granted.
    Flattened,
}

impl Context {
    /// Writes these permissions over those in the file, and leaves its other keys and groups.
    pub fn save(&self, file: &mut KeyFile, form: Form) -> Result<(), KeyFileError> {
        let flattened = form == Form::Flattened;
        put_switches(file, &self.shares, flattened)?;
        put_switches(file, &self.sockets, flattened)?;
        put_switches(file, &self.devices, flattened)?;
        put_switches(file, &self.features, flattened)?;
        put(
            file,
            CONTEXT,
            FILESYSTEMS,
            &self.filesystem_items(flattened),
        )?;
        let persistent: Vec<&str> = self.persistent.keys().map(|path| path.as_str()).collect();
        put(file, CONTEXT, PERSISTENT, &persistent)?;
        self.save_buses(file, flattened)?;
        self.save_environment(file)?;
        self.save_policies(file, flattened)?;
        file.remove_group(USB);
        let queries = |map: &std::collections::BTreeMap<super::usb::UsbQuery, _>| {
            map.keys().map(ToString::to_string).collect::<Vec<_>>()
        };
        put(file, USB, USB_ENUMERABLE, &queries(&self.usb_enumerable))?;
        put(file, USB, USB_HIDDEN, &queries(&self.usb_hidden))
    }

    fn filesystem_items(&self, flattened: bool) -> Vec<String> {
        let reset = self.filesystem_reset.iter().filter(|_| !flattened);
        let mut items: Vec<String> = reset.map(|_| "!host:reset".to_owned()).collect();
        let places = self.filesystems.iter();
        let kept = places.filter(|(_, grant)| !flattened || grant.value != Grant::Nothing);
        items.extend(kept.map(|(place, grant)| filesystem::item(place, grant.value)));
        items
    }

    fn save_buses(&self, file: &mut KeyFile, flattened: bool) -> Result<(), KeyFileError> {
        for bus in Bus::ALL {
            file.remove_group(bus.group());
            for (name, access) in self.bus(bus) {
                if !flattened || access.value != BusAccess::Nothing {
                    file.set_string(bus.group(), name.as_str(), access.value.word())?;
                }
            }
        }
        Ok(())
    }

    /// A variable to unset is also written as empty: old readers take that for unset.
    fn save_environment(&self, file: &mut KeyFile) -> Result<(), KeyFileError> {
        file.remove_group(ENVIRONMENT);
        let mut unset = Vec::new();
        for (name, value) in &self.environment {
            file.set_string(
                ENVIRONMENT,
                name,
                value.value.as_deref().unwrap_or_default(),
            )?;
            if value.value.is_none() {
                unset.push(name.as_str());
            }
        }
        put(file, CONTEXT, UNSET_ENVIRONMENT, &unset)
    }

    fn save_policies(&self, file: &mut KeyFile, flattened: bool) -> Result<(), KeyFileError> {
        let old = file.groups().map(|group| group.name().to_owned());
        let old: Vec<String> = old.filter(|name| name.starts_with(POLICY_PREFIX)).collect();
        for name in old {
            file.remove_group(&name);
        }
        for (key, values) in &self.policies {
            let group = format!("{POLICY_PREFIX}{}", key.subsystem);
            put(file, &group, &key.key, &values.items(flattened))?;
        }
        Ok(())
    }

    /// The options that say the same, for the key `extra-args` of `/.flatpak-info`.
    pub fn to_options(&self) -> Vec<String> {
        let mut options = list::options(&self.shares);
        options.extend(list::options(&self.features));
        options.extend(list::options(&self.devices));
        options.extend(list::options(&self.sockets));
        options.extend(
            self.environment
                .iter()
                .map(|(name, value)| match &value.value {
                    Some(value) => format!("--env={name}={value}"),
                    None => format!("--unset-env={name}"),
                }),
        );
        options.extend(
            self.persistent
                .keys()
                .map(|path| format!("--persist={path}")),
        );
        options.extend(self.buses.iter().map(|((bus, name), access)| {
            let verb = match access.value {
                BusAccess::Nothing => "no-talk",
                other => other.word(),
            };
            format!("--{}{verb}-name={name}", bus.option_prefix())
        }));
        for item in self.filesystem_items(false) {
            options.push(match item.strip_prefix('!') {
                Some(place) => format!("--nofilesystem={place}"),
                None => format!("--filesystem={item}"),
            });
        }
        options.extend(self.policy_options());
        options.extend(
            self.usb_enumerable
                .keys()
                .map(|query| format!("--usb={query}")),
        );
        options.extend(
            self.usb_hidden
                .keys()
                .map(|query| format!("--nousb={query}")),
        );
        options
    }

    fn policy_options(&self) -> impl Iterator<Item = String> {
        self.policies.iter().flat_map(|(key, values)| {
            values.iter().map(move |(value, added, _)| {
                let verb = if added { "add" } else { "remove" };
                format!("--{verb}-policy={}.{}={value}", key.subsystem, key.key)
            })
        })
    }
}

fn put<S: AsRef<str>>(
    file: &mut KeyFile,
    group: &str,
    key: &str,
    items: &[S],
) -> Result<(), KeyFileError> {
    if items.is_empty() {
        file.remove_key(group, key);
        return Ok(());
    }
    file.set_list(group, key, items)
}

fn put_switches<K: Word>(
    file: &mut KeyFile,
    switches: &Switches<K>,
    flattened: bool,
) -> Result<(), KeyFileError> {
    put(file, CONTEXT, K::KEY, &list::save(switches, flattened))
}
