//! A key file, metadata or override, becomes one layer.
//!
//! What a newer program may have added (words, places, policies) is passed over and recorded in
//! [`Context::ignored`]; what can only be an attack or a mistake (invisible characters, names that
//! no bus accepts) refuses the whole file, as flatpak does.

use super::bus::Bus;
use super::change::Change;
use super::context::Context;
use super::error::{Fault, PermissionError};
use super::filesystem;
use super::kinds::Word;
use super::list;
use super::options::is_variable;
use super::origin::Origin;
use super::policy::PolicyKey;
use super::switch::Switches;
use crate::keyfile::{Group, KeyFile};
use crate::text::shown;

pub(super) const CONTEXT: &str = "Context";
pub(super) const FILESYSTEMS: &str = "filesystems";
pub(super) const PERSISTENT: &str = "persistent";
pub(super) const UNSET_ENVIRONMENT: &str = "unset-environment";
pub(super) const ENVIRONMENT: &str = "Environment";
pub(super) const POLICY_PREFIX: &str = "Policy ";
pub(super) const USB: &str = "USB Devices";
pub(super) const USB_ENUMERABLE: &str = "enumerable-devices";
pub(super) const USB_HIDDEN: &str = "hidden-devices";

type Loaded = Result<(), PermissionError>;

impl Context {
    /// Reads the permissions of one file.
    pub fn load(file: &KeyFile, origin: &Origin) -> Result<Self, PermissionError> {
        let mut context = Self::default();
        switches(&mut context.shares, file, origin)?;
        switches(&mut context.sockets, file, origin)?;
        switches(&mut context.devices, file, origin)?;
        switches(&mut context.features, file, origin)?;
        filesystems(&mut context, file, origin)?;
        persistent(&mut context, file, origin)?;
        environment(&mut context, file, origin)?;
        for bus in Bus::ALL {
            bus_policy(&mut context, bus, file, origin)?;
        }
        for group in file.groups() {
            if let Some(subsystem) = group.name().strip_prefix(POLICY_PREFIX) {
                generic_policy(&mut context, subsystem, group, origin)?;
            }
        }
        usb(&mut context, file, origin)?;
        record_unknown_words(&mut context);
        Ok(context)
    }
}

fn items(file: &KeyFile, group: &str, key: &str) -> Result<Vec<String>, PermissionError> {
    Ok(file.list(group, key)?.unwrap_or_default())
}

fn switches<K: Word>(switches: &mut Switches<K>, file: &KeyFile, origin: &Origin) -> Loaded {
    list::load(switches, &items(file, CONTEXT, K::KEY)?, origin)
}

fn filesystems(context: &mut Context, file: &KeyFile, origin: &Origin) -> Loaded {
    for item in items(file, CONTEXT, FILESYSTEMS)? {
        let (negated, token) = match item.strip_prefix('!') {
            Some(token) => (true, token),
            None => (false, item.as_str()),
        };
        match filesystem::parse(token, negated) {
            Ok(parsed) => {
                if let Some(suffix) = parsed.unknown_suffix {
                    let fault = Fault::UnknownSuffix(suffix);
                    context.ignore(&PermissionError::new("filesystem", &item, fault), origin);
                }
                context.apply(Change::Filesystem(parsed.change), origin);
            }
            Err(error) if matches!(error.fault(), Fault::NotGraphic(_)) => return Err(error),
            Err(error) => context.ignore(&error, origin),
        }
    }
    Ok(())
}

fn persistent(context: &mut Context, file: &KeyFile, origin: &Origin) -> Loaded {
    for item in items(file, CONTEXT, PERSISTENT)? {
        match item.parse() {
            Ok(path) => context.apply(Change::Persist(path), origin),
            Err(error @ PermissionError { .. })
                if matches!(error.fault(), Fault::NotGraphic(_)) =>
            {
                return Err(error);
            }
            Err(error) => context.ignore(&error, origin),
        }
    }
    Ok(())
}

/// A variable that is both set and unset is unset: old readers take the empty value for that.
fn environment(context: &mut Context, file: &KeyFile, origin: &Origin) -> Loaded {
    if let Some(group) = file.group(ENVIRONMENT) {
        for name in group.keys() {
            let value = group.string(name)?;
            context.apply(Change::Environment(name.to_owned(), value), origin);
        }
    }
    for name in items(file, CONTEXT, UNSET_ENVIRONMENT)? {
        if is_variable(&name) {
            context.apply(Change::Environment(name, None), origin);
        } else {
            let error = PermissionError::new("variable", &name, Fault::Environment);
            context.ignore(&error, origin);
        }
    }
    Ok(())
}

fn bus_policy(context: &mut Context, bus: Bus, file: &KeyFile, origin: &Origin) -> Loaded {
    let Some(group) = file.group(bus.group()) else {
        return Ok(());
    };
    for key in group.keys() {
        let name = key.parse()?;
        match group.string(key)?.unwrap_or_default().parse() {
            Ok(access) => context.apply(Change::Bus(bus, name, access), origin),
            Err(error @ PermissionError { .. }) => context.ignore(&error, origin),
        }
    }
    Ok(())
}

fn generic_policy(
    context: &mut Context,
    subsystem: &str,
    group: &Group,
    origin: &Origin,
) -> Loaded {
    for name in group.keys() {
        for item in group.list(name)?.unwrap_or_default() {
            let key = PolicyKey {
                subsystem: subsystem.to_owned(),
                key: name.to_owned(),
            };
            let (value, added) = match item.strip_prefix('!') {
                Some(value) => (value.to_owned(), false),
                None => (item, true),
            };
            context.apply(Change::Policy { key, value, added }, origin);
        }
    }
    Ok(())
}

fn usb(context: &mut Context, file: &KeyFile, origin: &Origin) -> Loaded {
    for item in items(file, USB, USB_ENUMERABLE)? {
        context.apply(Change::UsbEnumerable(item.parse()?), origin);
    }
    for item in items(file, USB, USB_HIDDEN)? {
        context.apply(Change::UsbHidden(item.parse()?), origin);
    }
    Ok(())
}

fn record_unknown_words(context: &mut Context) {
    fn unknown<K: Word>(switches: &Switches<K>) -> Vec<(String, Origin)> {
        let words = switches.unknown().map(|(word, switch)| {
            let text = format!("read {}, on {}: not a known word", K::KIND, shown(word));
            (text, switch.origin.clone())
        });
        words.collect()
    }
    let mut found = unknown(&context.shares);
    found.extend(unknown(&context.sockets));
    found.extend(unknown(&context.devices));
    found.extend(unknown(&context.features));
    for (why, origin) in found {
        context.ignore(&why, &origin);
    }
}
