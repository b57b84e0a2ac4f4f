//! Permissions become rows, and rows become the groups of a key file.

use super::bus::{Bus, BusAccess};
use super::context::Context;
use super::filesystem::{self, Grant};
use super::kinds::{Device, Feature, Share, Socket, Word};
use super::list;
use super::load::{
    CONTEXT, ENVIRONMENT, FILESYSTEMS, PERSISTENT, POLICY_PREFIX, UNSET_ENVIRONMENT, USB,
    USB_ENUMERABLE, USB_HIDDEN,
};
use super::origin::Origin;
use super::switch::Switches;
use crate::keyfile::{KeyFile, KeyFileError};
use crate::text::shown;
use std::collections::BTreeSet;
use std::fmt::{self, Display, Formatter};

/// What the written groups are for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// A layer to be laid over others: what is taken away is written too.
    Layer,
    /// All layers together, as in `/.flatpak-info`: only what is granted.
    Flattened,
}

/// One permission as it is written, and who said it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    /// The group.
    pub group: String,
    /// The key.
    pub key: String,
    /// The value, or one item of it when the value is a list.
    pub text: String,
    /// Whether the value is a list.
    pub listed: bool,
    /// Who said it.
    pub origin: Origin,
}

/// `[GROUP] KEY=TEXT (ORIGIN)`, fit for a terminal whatever the text (CVE-2023-28101).
impl Display for Row {
    fn fmt(&self, out: &mut Formatter<'_>) -> fmt::Result {
        let Self {
            group,
            key,
            text,
            origin,
            ..
        } = self;
        write!(
            out,
            "[{}] {}={} ({origin})",
            shown(group),
            shown(key),
            shown(text)
        )
    }
}

struct Rows(Vec<Row>);

impl Rows {
    fn push(&mut self, group: &str, key: &str, text: String, origin: &Origin) {
        let listed = group == CONTEXT || group == USB || group.starts_with(POLICY_PREFIX);
        let [group, key] = [group, key].map(str::to_owned);
        self.0.push(Row {
            group,
            key,
            text,
            listed,
            origin: origin.clone(),
        });
    }

    fn switches<K: Word>(&mut self, switches: &Switches<K>, flattened: bool) {
        for (item, origin) in list::save(switches, flattened) {
            self.push(CONTEXT, K::KEY, item, &origin);
        }
    }
}

impl Context {
    /// Every permission, in the order in which files have them.
    pub fn rows(&self, form: Form) -> Vec<Row> {
        let flattened = form == Form::Flattened;
        let mut rows = Rows(Vec::new());
        rows.switches(&self.shares, flattened);
        rows.switches(&self.sockets, flattened);
        rows.switches(&self.devices, flattened);
        rows.switches(&self.features, flattened);
        self.filesystem_rows(&mut rows, flattened);
        for (path, origin) in &self.persistent {
            rows.push(CONTEXT, PERSISTENT, path.to_string(), origin);
        }
        for (name, value) in self
            .environment
            .iter()
            .filter(|(_, value)| value.value.is_none())
        {
            rows.push(CONTEXT, UNSET_ENVIRONMENT, name.clone(), &value.origin);
        }
        self.bus_rows(&mut rows, flattened);
        // A variable to unset is also written as empty: old readers take that for unset.
        for (name, value) in &self.environment {
            let text = value.value.clone().unwrap_or_default();
            rows.push(ENVIRONMENT, name, text, &value.origin);
        }
        self.policy_rows(&mut rows, flattened);
        for (key, queries) in [
            (USB_ENUMERABLE, &self.usb_enumerable),
            (USB_HIDDEN, &self.usb_hidden),
        ] {
            for (query, origin) in queries {
                rows.push(USB, key, query.to_string(), origin);
            }
        }
        rows.0
    }

    fn filesystem_rows(&self, rows: &mut Rows, flattened: bool) {
        if let Some(origin) = self.filesystem_reset.as_ref().filter(|_| !flattened) {
            rows.push(CONTEXT, FILESYSTEMS, "!host:reset".to_owned(), origin);
        }
        for (place, grant) in &self.filesystems {
            if !flattened || grant.value != Grant::Nothing {
                let item = filesystem::item(place, grant.value);
                rows.push(CONTEXT, FILESYSTEMS, item, &grant.origin);
            }
        }
    }

    fn bus_rows(&self, rows: &mut Rows, flattened: bool) {
        for ((bus, name), access) in &self.buses {
            if !flattened || access.value != BusAccess::Nothing {
                let word = access.value.word().to_owned();
                rows.push(bus.group(), name.as_str(), word, &access.origin);
            }
        }
    }

    fn policy_rows(&self, rows: &mut Rows, flattened: bool) {
        for (key, values) in &self.policies {
            let group = format!("{POLICY_PREFIX}{}", key.subsystem);
            for (value, added, origin) in values.iter().filter(|row| row.1 || !flattened) {
                let item = format!("{}{value}", if added { "" } else { "!" });
                rows.push(&group, &key.key, item, origin);
            }
        }
    }

    /// Writes these permissions over those in the file, and leaves its other keys and groups.
    pub fn save(&self, file: &mut KeyFile, form: Form) -> Result<(), KeyFileError> {
        let rows = self.rows(form);
        remove_others(file, &rows);
        let same = |a: &Row, b: &Row| a.group == b.group && a.key == b.key;
        for value in rows.chunk_by(same) {
            let Row {
                group,
                key,
                text,
                listed,
                ..
            } = &value[0];
            if *listed {
                let items: Vec<&str> = value.iter().map(|row| row.text.as_str()).collect();
                file.set_list(group, key, &items)?;
            } else {
                file.set_string(group, key, text)?;
            }
        }
        Ok(())
    }
}

/// Removes the permissions of a file that are in no row.
fn remove_others(file: &mut KeyFile, rows: &[Row]) {
    let kept: BTreeSet<(&str, &str)> = rows
        .iter()
        .map(|row| (row.group.as_str(), row.key.as_str()))
        .collect();
    let mut others = Vec::new();
    for group in file.groups() {
        let ours = group.keys().filter(|key| is_permission(group.name(), key));
        let ours = ours.filter(|key| !kept.contains(&(group.name(), *key)));
        others.extend(ours.map(|key| (group.name().to_owned(), key.to_owned())));
    }
    for (group, key) in others {
        file.remove_key(&group, &key);
    }
}

fn is_permission(group: &str, key: &str) -> bool {
    let switches = [Share::KEY, Socket::KEY, Device::KEY, Feature::KEY];
    match group {
        CONTEXT => {
            switches.contains(&key) || [FILESYSTEMS, PERSISTENT, UNSET_ENVIRONMENT].contains(&key)
        }
        USB => [USB_ENUMERABLE, USB_HIDDEN].contains(&key),
        ENVIRONMENT => true,
        other => {
            other.starts_with(POLICY_PREFIX) || Bus::ALL.iter().any(|bus| bus.group() == other)
        }
    }
}
