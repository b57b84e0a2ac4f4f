//! Permissions as rows, and how two sets of them differ.

use super::layer_word;
use aril_flatpak::permissions::{Context, Form, Origin, Row};
use aril_flatpak::shown_path;
use serde::Serialize;
use std::collections::BTreeMap;

/// One permission and where it comes from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct PermissionRow {
    /// The group of the key file.
    pub group: String,
    /// The key in it.
    pub key: String,
    /// The value, or one item of it when the value is a list.
    pub value: String,
    /// Where it was said.
    pub origin: OriginRow,
}

/// The layer that said something.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct OriginRow {
    /// `runtime`, `metadata`, `system-global`, `system-app`, `user-global`, `user-app`.
    pub layer: &'static str,
    /// The file, escaped where it is not graphic.
    pub file: Option<String>,
}

impl From<&Origin> for OriginRow {
    fn from(origin: &Origin) -> Self {
        Self {
            layer: layer_word(origin.layer),
            file: origin
                .file
                .as_ref()
                .map(|file| shown_path(file).to_string()),
        }
    }
}

impl From<&Row> for PermissionRow {
    fn from(row: &Row) -> Self {
        Self {
            group: row.group.clone(),
            key: row.key.clone(),
            value: row.text.clone(),
            origin: (&row.origin).into(),
        }
    }
}

impl PermissionRow {
    /// What is granted.
    pub fn granted(context: &Context) -> Vec<Self> {
        let rows = context.rows(Form::Flattened);
        rows.iter().map(Self::from).collect()
    }

    /// The kind of permission, short: `sockets`, `session bus`, `environment`.
    pub fn kind(&self) -> String {
        match self.group.as_str() {
            "Context" | "USB Devices" => self.key.clone(),
            group => group.trim_end_matches(" Policy").to_lowercase(),
        }
    }

    /// What is permitted: the item of a list, or `NAME=VALUE`.
    pub fn what(&self) -> String {
        match self.group.as_str() {
            "Context" | "USB Devices" => self.value.clone(),
            _ => format!("{}={}", self.key, self.value),
        }
    }
}

/// A value that is another one now.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Changed {
    /// The value as declared.
    pub declared: String,
    /// The permission as it is now.
    #[serde(flatten)]
    pub now: PermissionRow,
}

/// What overrides make of what is declared.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Difference {
    /// Granted by an override alone.
    pub added: Vec<PermissionRow>,
    /// Declared, and taken away by an override: the origin is who took it.
    pub removed: Vec<PermissionRow>,
    /// Declared with another value.
    pub changed: Vec<Changed>,
}

/// What makes two rows say something about the same thing. An item of a list is itself; a place of
/// the file system is the same with another mode.
fn subject(row: &Row) -> (String, String, String) {
    let item = match (row.listed, row.key.as_str()) {
        (false, _) => "",
        (true, "filesystems") => place(&row.text),
        (true, _) => &row.text,
    };
    (row.group.clone(), row.key.clone(), item.to_owned())
}

/// The place without its mode. A colon of the place itself is written with a backslash.
fn place(text: &str) -> &str {
    let modes = [":ro", ":rw", ":create"];
    let found = modes.iter().find_map(|mode| text.strip_suffix(mode));
    found.filter(|place| !place.ends_with('\\')).unwrap_or(text)
}

impl Difference {
    /// Compares what is granted by `declared` with what is granted by `effective`.
    pub fn between(declared: &Context, effective: &Context) -> Self {
        let rows = |context: &Context| -> BTreeMap<_, Row> {
            let rows = context.rows(Form::Flattened).into_iter();
            rows.map(|row| (subject(&row), row)).collect()
        };
        let (before, after) = (rows(declared), rows(effective));
        let denials = effective.rows(Form::Layer);
        let mut difference = Self::default();
        for (subject, row) in &after {
            match before.get(subject) {
                None => difference.added.push(row.into()),
                Some(old) if old.text != row.text => difference.changed.push(Changed {
                    declared: old.text.clone(),
                    now: row.into(),
                }),
                Some(_) => {}
            }
        }
        for (subject, row) in &before {
            if !after.contains_key(subject) {
                let mut removed = PermissionRow::from(row);
                if let Some(origin) = denial(&denials, row) {
                    removed.origin = origin.into();
                }
                difference.removed.push(removed);
            }
        }
        difference
    }

    /// Whether nothing differs.
    pub fn is_empty(&self) -> bool {
        self.added.is_empty() && self.removed.is_empty() && self.changed.is_empty()
    }
}

/// Who took a permission away.
fn denial<'a>(denials: &'a [Row], row: &Row) -> Option<&'a Origin> {
    let item = match row.key.as_str() {
        "filesystems" => place(&row.text),
        _ => row.text.as_str(),
    };
    let of_same_key = |other: &&Row| other.group == row.group && other.key == row.key;
    let mut same_key = denials.iter().filter(of_same_key);
    let found = match row.listed {
        false => same_key.next(),
        true => same_key.find(|other| {
            let denied = other.text.strip_prefix('!');
            denied.is_some_and(|denied| denied == item || denied == "host:reset")
        }),
    };
    found.map(|row| &row.origin)
}

#[cfg(test)]
mod tests {
    use super::*;
    use aril_flatpak::keyfile::KeyFile;
    use aril_flatpak::permissions::{Layer, Layers};

    fn load(text: &str, layer: Layer) -> Context {
        let file = KeyFile::parse(text.as_bytes()).unwrap();
        Context::load(&file, &Origin::layer(layer)).unwrap()
    }

    fn said(rows: &[PermissionRow]) -> Vec<String> {
        let said =
            |row: &PermissionRow| format!("{}: {} {}", row.kind(), row.what(), row.origin.layer);
        rows.iter().map(said).collect()
    }

    #[test]
    fn what_overrides_change() {
        let app = load(
            "[Context]\nshared=network;ipc;\nsockets=x11;\nfilesystems=home;/a;/b\\\\:ro;\n\
             [Session Bus Policy]\norg.a=talk\norg.b=own\norg.c=see\n[Environment]\nA=1\nB=1\n",
            Layer::App,
        );
        let global = load("[Context]\nshared=!ipc;\ndevices=dri;\n", Layer::UserGlobal);
        let own = load(
            "[Context]\nfilesystems=home:ro;!/a;\nunset-environment=B;\n\
             [Session Bus Policy]\norg.a=none\norg.c=talk\n[Environment]\nA=2\n",
            Layer::UserApp,
        );
        let effective = Layers {
            app: app.clone(),
            overrides: vec![global, own],
            ..Layers::default()
        };
        let difference = Difference::between(&app, &effective.effective());
        assert_eq!(
            said(&difference.added),
            ["devices: dri user-global", "unset-environment: B user-app"]
        );
        assert_eq!(
            said(&difference.removed),
            [
                "filesystems: /a user-app",
                "shared: ipc user-global",
                "session bus: org.a=talk user-app"
            ]
        );
        let changed = difference.changed.iter();
        let changed: Vec<_> = changed
            .map(|row| format!("{} -> {}", row.declared, row.now.what()))
            .collect();
        assert_eq!(
            changed,
            [
                "home -> home:ro",
                "1 -> A=2",
                "1 -> B=",
                "see -> org.c=talk"
            ]
        );
        assert!(Difference::between(&app, &app).is_empty());
    }

    #[test]
    fn a_reset_takes_all_places() {
        let app = load("[Context]\nfilesystems=/a;home:ro;\n", Layer::App);
        let reset = load("[Context]\nfilesystems=!host:reset;\n", Layer::SystemApp);
        let effective = Layers {
            app: app.clone(),
            overrides: vec![reset],
            ..Layers::default()
        };
        let difference = Difference::between(&app, &effective.effective());
        assert_eq!(
            said(&difference.removed),
            [
                "filesystems: /a system-app",
                "filesystems: home:ro system-app"
            ]
        );
    }
}
