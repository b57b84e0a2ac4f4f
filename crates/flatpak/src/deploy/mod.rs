//! The file `deploy` of a deployment: what flatpak noted when it installed it.
//!
//! Format: a GVariant of type `(ssasta{sv})` (contract, section 2).

mod variant;

use std::error::Error;
use std::fmt::{self, Display, Formatter};

/// What the file says.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Deploy {
    /// The remote it came from.
    pub origin: String,
    /// The commit.
    pub commit: String,
    /// The parts that were installed; empty means all.
    pub subpaths: Vec<String>,
    /// Bytes on disk.
    pub installed_size: u64,
    /// The version of the dictionary's contents.
    pub version: i32,
    /// When the commit was made, in seconds since 1970.
    pub timestamp: Option<u64>,
    /// `ID/ARCH/BRANCH` of an application's runtime.
    pub runtime: Option<String>,
    /// The ref that an extension belongs to.
    pub extension_of: Option<String>,
    /// Names that the application had before.
    pub previous_ids: Vec<String>,
    /// The commit's other name, for images.
    pub alt_id: Option<String>,
    /// Why it is not maintained any more.
    pub eol: Option<String>,
    /// The ref that replaces it.
    pub eol_rebase: Option<String>,
    /// The name for people.
    pub appdata_name: Option<String>,
    /// The version for people.
    pub appdata_version: Option<String>,
}

/// The bytes are not a `(ssasta{sv})`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DeployError;

impl Error for DeployError {}

impl Display for DeployError {
    fn fmt(&self, out: &mut Formatter<'_>) -> fmt::Result {
        out.write_str("read deployment, on its file deploy: not of the expected format")
    }
}

impl Deploy {
    /// Reads the bytes of the file. Keys that are not known, or not of their type, are passed over.
    pub fn parse(bytes: &[u8]) -> Result<Self, DeployError> {
        parse(bytes).ok_or(DeployError)
    }

    fn put(&mut self, key: &str, kind: &str, value: &[u8]) -> Option<()> {
        match (key, kind) {
            ("deploy-version", "i") => self.version = i32::from_le_bytes(value.try_into().ok()?),
            ("timestamp", "t") => {
                self.timestamp = Some(u64::from_le_bytes(value.try_into().ok()?));
            }
            ("previous-ids", "as") => self.previous_ids = strings(value)?,
            (key, "s") => self.put_string(key, variant::string(value)?),
            _ => {}
        }
        Some(())
    }

    fn put_string(&mut self, key: &str, value: &str) {
        let field = match key {
            "runtime" => &mut self.runtime,
            "extension-of" => &mut self.extension_of,
            "alt-id" => &mut self.alt_id,
            "eol" => &mut self.eol,
            "eolr" => &mut self.eol_rebase,
            "appdata-name" => &mut self.appdata_name,
            "appdata-version" => &mut self.appdata_version,
            _ => return,
        };
        *field = Some(value.to_owned());
    }
}

fn parse(bytes: &[u8]) -> Option<Deploy> {
    let root = variant::root(bytes)?;
    let mut deploy = Deploy {
        origin: variant::string(root.first)?.to_owned(),
        commit: variant::string(root.second)?.to_owned(),
        subpaths: strings(root.strings)?,
        // Written in network order, whatever the machine.
        installed_size: u64::from_be_bytes(root.number),
        ..Deploy::default()
    };
    for entry in variant::array(root.dictionary, 8)? {
        let (key, kind, value) = variant::entry(entry)?;
        deploy.put(key, kind, value)?;
    }
    Some(deploy)
}

fn strings(bytes: &[u8]) -> Option<Vec<String>> {
    let elements = variant::array(bytes, 1)?;
    elements
        .into_iter()
        .map(|element| variant::string(element).map(str::to_owned))
        .collect()
}

#[cfg(test)]
mod tests;
