//! What resolving asks of the installations.

use crate::installations::{InstallationError, Installed};
use crate::refs::{Id, Kind, Ref};
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

/// An extension that is installed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Found {
    /// Its files.
    pub files: PathBuf,
    /// The commit; `None` for one that flatpak does not manage.
    pub commit: Option<String>,
    /// Its place among others, higher first.
    pub priority: i32,
}

/// The place of extensions that flatpak does not manage (contract, 1.8).
const UNMANAGED_PRIORITY: i32 = 1000;

/// Answers which extensions are installed.
pub trait Catalogue {
    /// The extension of that ref, when it is installed.
    fn find(&self, reference: &Ref) -> Result<Option<Found>, InstallationError>;

    /// The names of installed runtimes and extensions that begin with `prefix`, sorted.
    fn names(&self, prefix: &str) -> Result<Vec<Id>, InstallationError>;
}

impl Catalogue for Installed {
    fn find(&self, reference: &Ref) -> Result<Option<Found>, InstallationError> {
        for tree in self.trees() {
            if let Some(files) = tree.unmanaged_extension(reference) {
                return Ok(Some(Found {
                    files,
                    commit: None,
                    priority: UNMANAGED_PRIORITY,
                }));
            }
        }
        let deployment = match self.deployment(reference, None) {
            Err(InstallationError::NotInstalled(_)) => return Ok(None),
            other => other?,
        };
        let files = deployment.files();
        // A package could have a link in this place.
        if !deployment.directory().is_dir(Path::new("files")) {
            return Err(InstallationError::Link(files));
        }
        let priority = deployment
            .metadata()?
            .extension_of
            .map_or(0, |of| of.priority);
        Ok(Some(Found {
            files,
            commit: Some(deployment.commit),
            priority,
        }))
    }

    fn names(&self, prefix: &str) -> Result<Vec<Id>, InstallationError> {
        let mut names = BTreeSet::new();
        for tree in self.trees() {
            names.extend(tree.ids(Kind::Runtime)?);
            names.extend(tree.unmanaged_names()?);
        }
        Ok(names
            .into_iter()
            .filter(|id| id.as_str().starts_with(prefix))
            .collect())
    }
}
