//! Permissions become options of a command line.

use super::bus::BusAccess;
use super::context::Context;
use super::filesystem;
use super::list;

impl Context {
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
        options.extend(self.bus_options());
        options.extend(self.filesystem_options());
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

    fn bus_options(&self) -> impl Iterator<Item = String> {
        self.buses.iter().map(|((bus, name), access)| {
            let verb = match access.value {
                BusAccess::Nothing => "no-talk",
                other => other.word(),
            };
            format!("--{}{verb}-name={name}", bus.option_prefix())
        })
    }

    fn filesystem_options(&self) -> Vec<String> {
        let reset = self.filesystem_reset.iter();
        let mut options: Vec<String> = reset.map(|_| "--nofilesystem=host:reset".into()).collect();
        for (place, grant) in &self.filesystems {
            let item = filesystem::item(place, grant.value);
            options.push(match item.strip_prefix('!') {
                Some(place) => format!("--nofilesystem={place}"),
                None => format!("--filesystem={item}"),
            });
        }
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
