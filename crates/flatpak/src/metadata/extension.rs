//! `[Extension NAME[@TAG]]` and `[ExtensionOf]`.

use super::MetadataError;
use crate::keyfile::{Group, KeyFile, KeyFileError};

const PREFIX: &str = "Extension ";

/// An extension point. Paths are as they were written: resolving refuses those that lead out.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Extension {
    /// The name, or its beginning when there are subdirectories.
    pub name: String,
    /// What tells two points for the same extension apart.
    pub tag: Option<String>,
    /// Where it is mounted, relative to `/app` or `/usr`.
    pub directory: Option<String>,
    /// Branches, the best first; empty means the branch of what has the point.
    pub versions: Vec<String>,
    /// Every extension below the name is mounted, each in its own directory.
    pub subdirectories: bool,
    /// What follows the name of such a directory.
    pub subdirectory_suffix: Option<String>,
    /// A directory of libraries, relative to the mount.
    pub add_ld_path: Option<String>,
    /// Directories whose entries all extensions of the point share.
    pub merge_dirs: Vec<String>,
    /// Conditions, any of which enables the point; empty means always.
    pub enable_if: Vec<String>,
}

/// What an extension says about itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ExtensionOf {
    /// What it extends.
    pub reference: Option<String>,
    /// The runtime it was built with.
    pub runtime: Option<String>,
    /// Higher comes first in library paths and shared directories.
    pub priority: i32,
    /// The tag of the point.
    pub tag: Option<String>,
}

pub(super) fn load_all(file: &KeyFile) -> Result<Vec<Extension>, MetadataError> {
    let groups = file
        .groups()
        .filter(|group| group.name().starts_with(PREFIX));
    Ok(groups.map(load).collect::<Result<_, _>>()?)
}

fn load(group: &Group) -> Result<Extension, KeyFileError> {
    let title = group.name().trim_start_matches(PREFIX);
    let (name, tag) = match title.split_once('@') {
        Some((name, tag)) => (name, Some(tag.to_owned())),
        None => (title, None),
    };
    Ok(Extension {
        name: name.to_owned(),
        tag,
        directory: group.string("directory")?,
        versions: versions(group)?,
        subdirectories: group.boolean("subdirectories")?.unwrap_or(false),
        subdirectory_suffix: group.string("subdirectory-suffix")?,
        add_ld_path: group.string("add-ld-path")?,
        merge_dirs: group.list("merge-dirs")?.unwrap_or_default(),
        enable_if: group.list("enable-if")?.unwrap_or_default(),
    })
}

/// `versions` before `version` (contract, 1.8).
fn versions(group: &Group) -> Result<Vec<String>, KeyFileError> {
    if let Some(versions) = group.list("versions")? {
        return Ok(versions);
    }
    Ok(group.string("version")?.into_iter().collect())
}

pub(super) fn load_extension_of(file: &KeyFile) -> Result<Option<ExtensionOf>, MetadataError> {
    let Some(group) = file.group("ExtensionOf") else {
        return Ok(None);
    };
    Ok(Some(ExtensionOf {
        reference: group.string("ref")?,
        runtime: group.string("runtime")?,
        priority: group.integer("priority")?.unwrap_or(0),
        tag: group.string("tag")?,
    }))
}
