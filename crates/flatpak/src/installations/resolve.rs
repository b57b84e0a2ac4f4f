//! From what a user types to a deployment.

use super::InstallationError;
use super::places::{Owner, Surroundings};
use super::tree::{Deployment, Tree};
use crate::permissions::Context;
use crate::refs::{Arch, Branch, Id, Kind, PartialRef, Ref};

/// All installations that exist, in the order in which they are searched.
#[derive(Debug)]
pub struct Installed {
    trees: Vec<Tree>,
    /// Where the default system installation's overrides lie, among the trees.
    default_system: Option<usize>,
}

/// What is looked for: a ref as it was typed, with what the options say beside it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wanted {
    /// The ref, its gaps filled by `--arch` and `--branch`.
    pub reference: PartialRef,
    /// A commit other than the active one.
    pub commit: Option<String>,
}

impl Wanted {
    /// The options `--arch`, `--branch` and `--commit` fill what the ref leaves open.
    pub fn new(
        mut reference: PartialRef,
        arch: Option<Arch>,
        branch: Option<Branch>,
        commit: Option<String>,
    ) -> Self {
        reference.arch = reference.arch.or(arch);
        reference.branch = reference.branch.or(branch);
        Self { reference, commit }
    }
}

impl Installed {
    /// Opens all installations.
    pub fn open(surroundings: &Surroundings) -> Result<Self, InstallationError> {
        Self::open_chosen(surroundings, |_| true)
    }

    /// Opens those installations whose owner is chosen.
    pub fn open_chosen(
        surroundings: &Surroundings,
        chosen: impl Fn(&Owner) -> bool,
    ) -> Result<Self, InstallationError> {
        let installations = surroundings.installations()?;
        let trees = installations
            .into_iter()
            .filter(|installation| chosen(&installation.owner))
            .map(Tree::open)
            .collect::<Result<Vec<_>, _>>()?;
        let trees: Vec<Tree> = trees.into_iter().flatten().collect();
        let default = surroundings.default_installation().owner;
        let default_system = trees
            .iter()
            .position(|tree| tree.installation.owner == default);
        Ok(Self {
            trees,
            default_system,
        })
    }

    /// The installations that exist.
    pub fn trees(&self) -> &[Tree] {
        &self.trees
    }

    /// Everything of a kind, each with its installation; the first of equal refs is the one that is
    /// used.
    pub fn refs(&self, kind: Kind) -> Result<Vec<(Ref, &Owner)>, InstallationError> {
        let mut found = Vec::new();
        for tree in &self.trees {
            let refs = tree.refs(kind)?.into_iter();
            found.extend(refs.map(|reference| (reference, &tree.installation.owner)));
        }
        Ok(found)
    }

    /// The deployment of a ref in the first installation that has it.
    pub fn deployment(
        &self,
        reference: &Ref,
        commit: Option<&str>,
    ) -> Result<Deployment, InstallationError> {
        for tree in &self.trees {
            if let Some(found) = tree.deployment(reference, commit)? {
                return Ok(found);
            }
        }
        Err(InstallationError::NotInstalled(reference.to_string()))
    }

    /// Finds what is wanted: an application, and only when there is none of that name, a runtime.
    pub fn resolve(&self, wanted: &Wanted) -> Result<Deployment, InstallationError> {
        let kinds = match wanted.reference.kind {
            Some(kind) => vec![kind],
            None => vec![Kind::App, Kind::Runtime],
        };
        for kind in kinds {
            if let Some(reference) = self.complete(kind, &wanted.reference)? {
                return self.deployment(&reference, wanted.commit.as_deref());
            }
        }
        Err(InstallationError::NotInstalled(
            wanted.reference.to_string(),
        ))
    }

    /// Fills the gaps of a ref: by `current`, else by the only version there is.
    fn complete(&self, kind: Kind, partial: &PartialRef) -> Result<Option<Ref>, InstallationError> {
        let fits = |reference: &Ref| {
            partial
                .arch
                .as_ref()
                .is_none_or(|arch| *arch == reference.arch)
                && partial
                    .branch
                    .as_ref()
                    .is_none_or(|branch| *branch == reference.branch)
        };
        if let Some(current) = self.current(kind, &partial.id)?.filter(fits) {
            return Ok(Some(current));
        }
        let mut found = Vec::new();
        for tree in &self.trees {
            let versions = tree.versions(kind, &partial.id)?;
            found.extend(versions.into_iter().filter(fits));
        }
        found.sort();
        found.dedup();
        let native = Arch::native();
        if partial.arch.is_none() && found.iter().any(|reference| reference.arch == native) {
            found.retain(|reference| reference.arch == native);
        }
        if found.len() > 1 {
            let found = found.iter().map(ToString::to_string).collect();
            return Err(InstallationError::Ambiguous(partial.to_string(), found));
        }
        Ok(found.pop())
    }

    fn current(&self, kind: Kind, id: &Id) -> Result<Option<Ref>, InstallationError> {
        if kind == Kind::Runtime {
            return Ok(None);
        }
        for tree in &self.trees {
            if let Some((arch, branch)) = tree.current(id)? {
                return Ok(Some(Ref {
                    kind,
                    id: id.clone(),
                    arch,
                    branch,
                }));
            }
        }
        Ok(None)
    }

    /// The overrides for an application, lowest first. Those of the system count for applications
    /// of the system only; those of the user for all.
    pub fn overrides(&self, id: &Id, owner: &Owner) -> Result<Vec<Context>, InstallationError> {
        let mut layers = Vec::new();
        if *owner != Owner::User {
            let system = self.default_system.map(|index| &self.trees[index]);
            layers.extend(
                system
                    .map(|tree| tree.overrides(id))
                    .transpose()?
                    .unwrap_or_default(),
            );
        }
        let user = self
            .trees
            .iter()
            .find(|tree| tree.installation.owner == Owner::User);
        layers.extend(
            user.map(|tree| tree.overrides(id))
                .transpose()?
                .unwrap_or_default(),
        );
        Ok(layers)
    }
}
