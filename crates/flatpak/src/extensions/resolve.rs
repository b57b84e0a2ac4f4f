//! From extension points to mounts.

use super::catalogue::{Catalogue, Found};
use super::facts::ExtensionFacts;
use super::path::{PathFault, relative, relative_or_here};
use crate::installations::InstallationError;
use crate::metadata::Extension;
use crate::refs::{Arch, Branch, Id, Kind, Ref};
use crate::text::shown;
use std::fmt::{self, Display, Formatter};
use std::path::{Path, PathBuf};

/// An extension that is mounted. Paths are relative to `/app` or `/usr`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mounted {
    /// What it is.
    pub reference: Ref,
    /// What is installed.
    pub found: Found,
    /// Where it is mounted.
    pub target: PathBuf,
    /// The directory of the point, to be an empty one first, when several are mounted in it.
    pub emptied: Option<PathBuf>,
    /// A directory for the library path.
    pub library_path: Option<PathBuf>,
    /// Directories whose entries are linked together with those of others.
    pub merges: Vec<Merge>,
}

/// A directory of an extension whose entries appear, as links, in a directory of all.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Merge {
    /// The directory of all, relative to `/app` or `/usr`.
    pub shared: PathBuf,
    /// The directory of this one, where it is mounted, relative to `/app` or `/usr`.
    pub own: PathBuf,
    /// The directory of this one, relative to its files.
    pub in_files: PathBuf,
}

/// An extension point that a package gives and that is refused.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refused {
    /// The name in the group.
    pub name: String,
    /// The key.
    pub key: &'static str,
    /// What is wrong with its value.
    pub fault: PathFault,
}

impl Display for Refused {
    fn fmt(&self, out: &mut Formatter<'_>) -> fmt::Result {
        write!(
            out,
            "mount extension, on {}: {}: {}",
            shown(&self.name),
            self.key,
            self.fault
        )
    }
}

/// What is mounted and what is not.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Extensions {
    /// In the order of mounting: parents first.
    pub mounted: Vec<Mounted>,
    /// What is refused.
    pub refused: Vec<Refused>,
}

impl Extensions {
    /// In the order of library paths and shared directories: the first has the say.
    pub fn by_priority(&self) -> Vec<&Mounted> {
        let mut sorted: Vec<&Mounted> = self.mounted.iter().collect();
        sorted.sort_by_key(|mounted| std::cmp::Reverse(mounted.found.priority));
        sorted
    }

    /// Each name with its commit, as `/.flatpak-info` lists them.
    pub fn commits(&self) -> Vec<(Id, String)> {
        let commit = |found: &Found| found.commit.clone().unwrap_or_else(|| "local".to_owned());
        let rows = self.mounted.iter();
        rows.map(|mounted| (mounted.reference.id.clone(), commit(&mounted.found)))
            .collect()
    }
}

/// An extension point whose paths are checked.
struct Point<'a> {
    extension: &'a Extension,
    directory: PathBuf,
    suffix: Option<PathBuf>,
    library: Option<PathBuf>,
    merge: Vec<PathBuf>,
}

/// Resolves the extension points of an application or runtime. An extension point with a path that
/// leads out is refused; so is a name that is not one, silently, for nothing can have it.
pub fn resolve(
    points: &[Extension],
    owner: &Ref,
    facts: &ExtensionFacts,
    catalogue: &impl Catalogue,
) -> Result<Extensions, InstallationError> {
    let mut extensions = Extensions::default();
    for extension in points {
        match Point::check(extension) {
            Ok(point) => point.resolve(owner, facts, catalogue, &mut extensions.mounted)?,
            Err(refused) => extensions.refused.push(refused),
        }
    }
    extensions.mounted.sort_by(|a, b| a.target.cmp(&b.target));
    Ok(extensions)
}

impl<'a> Point<'a> {
    fn check(extension: &'a Extension) -> Result<Self, Refused> {
        let refused = |key| {
            move |fault| Refused {
                name: extension.name.clone(),
                key,
                fault,
            }
        };
        let read = |key, text: &str| relative_or_here(text).map_err(refused(key));
        let optional = |key, text: &Option<String>| {
            text.as_deref()
                .filter(|text| !text.is_empty())
                .map(|text| read(key, text))
                .transpose()
        };
        let merge = extension
            .merge_dirs
            .iter()
            .map(|text| read("merge-dirs", text));
        Ok(Self {
            extension,
            directory: relative(extension.directory.as_deref().unwrap_or_default())
                .map_err(refused("directory"))?,
            suffix: optional("subdirectory-suffix", &extension.subdirectory_suffix)?,
            library: optional("add-ld-path", &extension.add_ld_path)?,
            merge: merge.collect::<Result<_, _>>()?,
        })
    }

    /// For each branch: the extension of that very name, else all below it.
    fn resolve(
        &self,
        owner: &Ref,
        facts: &ExtensionFacts,
        catalogue: &impl Catalogue,
        mounted: &mut Vec<Mounted>,
    ) -> Result<(), InstallationError> {
        let exact = self.extension.name.parse::<Id>().ok();
        for branch in self.branches(owner) {
            let reference = |id: Id| runtime(id, &owner.arch, &branch);
            let mut found = Vec::new();
            if let Some(reference) = exact.clone().map(reference) {
                let here = catalogue.find(&reference)?;
                found.extend(here.map(|here| (reference, here, self.directory.clone(), false)));
            }
            if found.is_empty() && self.extension.subdirectories {
                let prefix = format!("{}.", self.extension.name);
                for id in catalogue.names(&prefix)? {
                    let directory = self.directory.join(&id.as_str()[prefix.len()..]);
                    let reference = reference(id);
                    let here = catalogue.find(&reference)?;
                    found.extend(here.map(|here| (reference, here, directory, true)));
                }
            }
            for (reference, here, directory, several) in found {
                let enabled = facts.enable(reference.id.as_str(), &self.extension.enable_if);
                let one = self.mount(reference, here, &directory, several);
                if enabled && !mounted.iter().any(|known| known.target == one.target) {
                    mounted.push(one);
                }
            }
        }
        Ok(())
    }

    /// The branches in the order of the file; a text that is no branch cannot be installed.
    fn branches(&self, owner: &Ref) -> Vec<Branch> {
        if self.extension.versions.is_empty() {
            return vec![owner.branch.clone()];
        }
        self.extension
            .versions
            .iter()
            .filter_map(|version| version.parse().ok())
            .collect()
    }

    fn mount(&self, reference: Ref, found: Found, directory: &Path, several: bool) -> Mounted {
        let target = match &self.suffix {
            Some(suffix) => without_dots(&directory.join(suffix)),
            None => directory.to_owned(),
        };
        let around = directory.parent().unwrap_or(Path::new(""));
        let merge = self.merge.iter().map(|merged| Merge {
            shared: without_dots(&around.join(merged)),
            own: without_dots(&target.join(merged)),
            in_files: merged.clone(),
        });
        Mounted {
            reference,
            found,
            emptied: several.then(|| self.directory.clone()),
            library_path: self.library.as_ref().map(|library| target.join(library)),
            merges: merge.collect(),
            target,
        }
    }
}

/// A `.` at the end of a path is no part of it.
fn without_dots(path: &Path) -> PathBuf {
    path.components().collect()
}

fn runtime(id: Id, arch: &Arch, branch: &Branch) -> Ref {
    Ref {
        kind: Kind::Runtime,
        id,
        arch: arch.clone(),
        branch: branch.clone(),
    }
}
