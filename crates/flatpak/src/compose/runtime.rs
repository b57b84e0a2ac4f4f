//! The runtime: what is on `/usr`.

use super::Note;
use super::error::ComposeError;
use super::request::{Request, RunTarget, RuntimeChoice};
use super::subject::{Files, read_metadata};
use crate::beneath::Beneath;
use crate::installations::{Deployment, InstallationError, Installed};
use crate::metadata::Metadata;
use crate::refs::{Kind, PartialRef, Ref, RuntimeRef};
use std::path::Path;

/// What is on `/usr`.
#[derive(Debug)]
pub(crate) enum Runtime {
    /// The deployment of an installed one.
    Installed(Box<InstalledRuntime>),
    /// A folder; it may have metadata.
    Folder(Files, Option<Box<Metadata>>),
    /// The host's own.
    Host(Files),
}

/// An installed runtime.
#[derive(Debug)]
pub(crate) struct InstalledRuntime {
    /// What it is.
    pub(crate) reference: Ref,
    /// What it says of itself.
    pub(crate) metadata: Metadata,
    /// Its files.
    pub(crate) files: Files,
}

impl Runtime {
    pub(crate) fn of_deployment(
        deployment: &Deployment,
        metadata: Metadata,
    ) -> Result<Self, ComposeError> {
        Ok(Self::Installed(Box::new(InstalledRuntime {
            reference: deployment.reference.clone(),
            files: Files::of_deployment(deployment)?,
            metadata,
        })))
    }

    /// Its files.
    pub(crate) fn files(&self) -> &Files {
        match self {
            Self::Installed(runtime) => &runtime.files,
            Self::Folder(files, _) | Self::Host(files) => files,
        }
    }

    /// Its files, to be kept.
    pub(crate) fn into_files(self) -> Files {
        match self {
            Self::Installed(runtime) => runtime.files,
            Self::Folder(files, _) | Self::Host(files) => files,
        }
    }

    /// What it says of itself, if it is an installed one or has metadata.
    pub(crate) fn metadata(&self) -> Option<&Metadata> {
        match self {
            Self::Installed(runtime) => Some(&runtime.metadata),
            Self::Folder(_, metadata) => metadata.as_deref(),
            Self::Host(_) => None,
        }
    }

    /// The name, when it is an installed one.
    pub(crate) fn reference(&self) -> Option<&Ref> {
        match self {
            Self::Installed(runtime) => Some(&runtime.reference),
            _ => None,
        }
    }

    fn host() -> Result<Self, ComposeError> {
        let path = Path::new("/usr");
        let directory = Beneath::open_root(path);
        let directory = directory.map_err(ComposeError::on("open the host's runtime", path))?;
        Ok(Self::Host(Files::of_directory(
            directory,
            "the host runtime",
        )?))
    }

    /// A deployment has `files`; a plain folder is what is to be on `/usr`.
    fn of_folder(folder: &Path) -> Result<Self, ComposeError> {
        let root = Beneath::open_root(folder);
        let root = root.map_err(ComposeError::on("open the runtime", folder))?;
        let origin = "the runtime's folder";
        if !root.is_dir(Path::new("files")) {
            return Ok(Self::Folder(Files::of_directory(root, origin)?, None));
        }
        let metadata = read_metadata(&root, folder)?;
        let files = root.open_dir(Path::new("files"));
        let files = files.map_err(ComposeError::on("open the runtime", &folder.join("files")))?;
        Ok(Self::Folder(
            Files::of_directory(files, origin)?,
            Some(Box::new(metadata)),
        ))
    }
}

/// Finds the runtime of an application.
pub(crate) fn find(
    request: &Request,
    metadata: &Metadata,
    installed: &Installed,
) -> Result<(Runtime, Vec<Note>), ComposeError> {
    let in_folder = matches!(request.target, RunTarget::Folder(_));
    let declared = match request.runtime.sdk {
        true => metadata.sdk.as_ref(),
        false => metadata.runtime.as_ref(),
    };
    let named = match &request.runtime.choice {
        RuntimeChoice::Host => return Ok((Runtime::host()?, Vec::new())),
        RuntimeChoice::Folder(folder) => return Ok((Runtime::of_folder(folder)?, Vec::new())),
        RuntimeChoice::Named(named) => Some(named),
        RuntimeChoice::OfMetadata => None,
    };
    let Some(mut reference) = complete(named, declared) else {
        return match in_folder && named.is_none() {
            true => Ok((Runtime::host()?, Vec::new())),
            false => Err(ComposeError::NoRuntime(metadata.id.to_string())),
        };
    };
    if let Some(branch) = &request.runtime.version {
        reference.branch = branch.clone();
    }
    match installed.deployment(&reference, request.runtime.commit.as_deref()) {
        Ok(deployment) => {
            let metadata = deployment.metadata()?;
            Ok((Runtime::of_deployment(&deployment, metadata)?, Vec::new()))
        }
        Err(InstallationError::NotInstalled(name)) if in_folder && named.is_none() => {
            let text = format!("{name} is not installed, so the host's own /usr stands in");
            Ok((Runtime::host()?, vec![Note::Warning(text)]))
        }
        Err(InstallationError::NotInstalled(name)) => Err(ComposeError::RuntimeMissing(name)),
        Err(other) => Err(other.into()),
    }
}

/// What was named, its gaps filled by what is declared.
fn complete(named: Option<&PartialRef>, declared: Option<&RuntimeRef>) -> Option<Ref> {
    let Some(named) = named else {
        return declared.map(|declared| declared.clone().with_kind(Kind::Runtime));
    };
    let arch = named.arch.clone().or(declared.map(|of| of.arch.clone()));
    let branch = named.branch.clone();
    Some(Ref {
        kind: Kind::Runtime,
        id: named.id.clone(),
        arch: arch.unwrap_or_else(crate::refs::Arch::native),
        branch: branch.or(declared.map(|of| of.branch.clone()))?,
    })
}
