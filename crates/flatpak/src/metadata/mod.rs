//! The file `metadata` of an application, runtime or extension.
//!
//! Source: flatpak-metadata(5); contract, section 2. Unknown groups and keys are passed over; the
//! key file itself is at hand for who needs them.

mod error;
mod extension;

pub use error::MetadataError;
pub use extension::{Extension, ExtensionOf};

use crate::keyfile::KeyFile;
use crate::permissions::{Context, Origin};
use crate::refs::{Id, Kind, RuntimeRef};
use std::str::FromStr;

/// What metadata says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Metadata {
    /// Application or runtime.
    pub kind: Kind,
    /// The name.
    pub id: Id,
    /// The runtime that an application runs on.
    pub runtime: Option<RuntimeRef>,
    /// The runtime with development tools.
    pub sdk: Option<RuntimeRef>,
    /// What is executed, relative to `/app/bin`.
    pub command: Option<String>,
    /// Versions of flatpak that are required, one for each release series.
    pub required_flatpak: Vec<String>,
    /// Tags.
    pub tags: Vec<String>,
    /// The permissions.
    pub permissions: Context,
    /// The extension points, in the order of the file.
    pub extensions: Vec<Extension>,
    /// What this is an extension of.
    pub extension_of: Option<ExtensionOf>,
    /// Settings that are migrated from the host's dconf.
    pub dconf: Option<DConf>,
}

/// `[X-DConf]`: what an application may read of the host's settings.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DConf {
    /// Paths below which settings are handed in.
    pub paths: Vec<String>,
    /// The path whose settings are migrated.
    pub migrate_path: Option<String>,
}

impl Metadata {
    /// Reads metadata. The origin is given to the permissions.
    pub fn load(file: &KeyFile, origin: &Origin) -> Result<Self, MetadataError> {
        let kinds = [(Kind::App, "Application"), (Kind::Runtime, "Runtime")];
        let found = kinds
            .into_iter()
            .find(|(_, group)| file.group(group).is_some());
        let (kind, group) = found.ok_or(MetadataError::NoGroup)?;
        let name = file
            .string(group, "name")?
            .ok_or(MetadataError::NoName(group))?;
        let list = |key| Ok::<_, MetadataError>(file.list(group, key)?.unwrap_or_default());
        Ok(Self {
            kind,
            id: name.parse()?,
            runtime: optional(file, group, "runtime")?,
            sdk: optional(file, group, "sdk")?,
            command: file.string(group, "command")?,
            required_flatpak: list("required-flatpak")?,
            tags: list("tags")?,
            permissions: Context::load(file, origin)?,
            extensions: extension::load_all(file)?,
            extension_of: extension::load_extension_of(file)?,
            dconf: dconf(file)?,
        })
    }
}

fn optional<T>(file: &KeyFile, group: &str, key: &str) -> Result<Option<T>, MetadataError>
where
    T: FromStr,
    MetadataError: From<T::Err>,
{
    let text = file.string(group, key)?.filter(|text| !text.is_empty());
    Ok(text.map(|text| text.parse()).transpose()?)
}

fn dconf(file: &KeyFile) -> Result<Option<DConf>, MetadataError> {
    const GROUP: &str = "X-DConf";
    if file.group(GROUP).is_none() {
        return Ok(None);
    }
    let paths = file.list(GROUP, "paths")?.unwrap_or_default();
    Ok(Some(DConf {
        paths,
        migrate_path: file.string(GROUP, "migrate-path")?,
    }))
}

#[cfg(test)]
mod tests;
