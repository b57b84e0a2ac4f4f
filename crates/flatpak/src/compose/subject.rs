//! What is run: the application, its runtime, and who has said what of its permissions.

use super::error::{ComposeError, READ_METADATA};
use super::facts::Facts;
use super::request::{Request, RunTarget, RuntimeChoice, Scope};
use super::{Note, runtime};
use crate::beneath::Beneath;
use crate::installations::{Deployment, Installed, Owner, Surroundings, Wanted};
use crate::keyfile::KeyFile;
use crate::metadata::Metadata;
use crate::permissions::{Context, Layer, Layers, Origin};
use crate::refs::{Arch, Branch, Id, Kind, Ref, RefError};
use std::fs;
use std::os::fd::{AsFd, AsRawFd};
use std::path::{Path, PathBuf};

/// Metadata are a page or two; what is larger is none.
const LONGEST_METADATA: u64 = 1 << 20;

/// A tree of files that is mounted, opened once.
#[derive(Debug)]
pub(crate) struct Files {
    /// The directory.
    pub(crate) directory: Beneath,
    /// Its path on the host, without links.
    pub(crate) path: PathBuf,
    /// The name of the deployment, when it is one.
    pub(crate) commit: Option<String>,
    /// Who says so: for the plan.
    pub(crate) origin: String,
}

/// What is run.
#[derive(Debug)]
pub(crate) struct Subject {
    /// The name of it. A folder has the branch `master`.
    pub(crate) reference: Ref,
    /// What it says of itself.
    pub(crate) metadata: Metadata,
    /// The application's files; a runtime that is run itself has none.
    pub(crate) app: Option<Files>,
    /// What is on `/usr`.
    pub(crate) runtime: runtime::Runtime,
    /// The names that the application had before.
    pub(crate) previous_ids: Vec<Id>,
    /// Everything that is installed.
    pub(crate) installed: Installed,
    /// What was decided otherwise than the metadata say.
    pub(crate) notes: Vec<Note>,
    /// The layers of overrides.
    overrides: Vec<Context>,
}

impl Files {
    pub(crate) fn of_deployment(deployment: &Deployment) -> Result<Self, ComposeError> {
        let directory = deployment.open_files()?;
        Ok(Self {
            path: path_of(&directory)?,
            directory,
            commit: Some(deployment.commit.clone()),
            origin: deployment.reference.to_string(),
        })
    }

    pub(crate) fn of_directory(
        directory: Beneath,
        origin: impl Into<String>,
    ) -> Result<Self, ComposeError> {
        Ok(Self {
            path: path_of(&directory)?,
            directory,
            commit: None,
            origin: origin.into(),
        })
    }

    /// The number of the descriptor.
    pub(crate) fn fd(&self) -> i32 {
        self.directory.as_fd().as_raw_fd()
    }
}

/// The path that a directory has now.
fn path_of(directory: &Beneath) -> Result<PathBuf, ComposeError> {
    let link = format!("/proc/self/fd/{}", directory.as_fd().as_raw_fd());
    fs::read_link(link).map_err(ComposeError::on("find the directory", directory.path()))
}

impl Subject {
    /// Finds what is asked for.
    pub(crate) fn find(request: &Request, facts: &Facts) -> Result<Self, ComposeError> {
        let surroundings = facts.surroundings();
        let installed = open_installed(&surroundings, &request.scope)?;
        match &request.target {
            RunTarget::Name(_) => Self::find_installed(request, installed),
            RunTarget::Folder(path) => Self::find_folder(request, path, installed),
        }
    }

    /// All layers of permissions together.
    pub(crate) fn permissions(&self, request: &Request) -> Context {
        let of_runtime = self.runtime.metadata().map(|it| it.permissions.clone());
        let (runtime, app) = match self.reference.kind {
            Kind::App => (of_runtime, self.metadata.permissions.clone()),
            Kind::Runtime => (of_runtime, Context::default()),
        };
        let layers = Layers {
            runtime,
            app,
            overrides: self.overrides.clone(),
            sandboxed: request.sandboxed,
            command_line: request.permissions.clone(),
        };
        layers.effective()
    }

    fn find_installed(request: &Request, installed: Installed) -> Result<Self, ComposeError> {
        let RunTarget::Name(name) = &request.target else {
            return Err(ComposeError::Refused("find, on nothing: no name".into()));
        };
        let version = &request.version;
        let wanted = Wanted::new(
            name.clone(),
            version.arch.clone(),
            version.branch.clone(),
            version.commit.clone(),
        );
        let deployment = installed.resolve(&wanted)?;
        let metadata = deployment.metadata()?;
        let reference = deployment.reference.clone();
        if reference.kind == Kind::Runtime {
            let runtime = runtime::Runtime::of_deployment(&deployment, metadata.clone())?;
            return Ok(Self {
                overrides: Vec::new(),
                app: None,
                previous_ids: Vec::new(),
                notes: Vec::new(),
                reference,
                metadata,
                runtime,
                installed,
            });
        }
        let previous_ids = deployment.deploy()?.previous_ids;
        let previous_ids = previous_ids.iter().filter_map(|id| id.parse().ok());
        let (runtime, notes) = runtime::find(request, &metadata, &installed)?;
        Ok(Self {
            overrides: overrides(&installed, &reference.id, &deployment.owner)?,
            app: Some(Files::of_deployment(&deployment)?),
            previous_ids: previous_ids.collect(),
            reference,
            metadata,
            runtime,
            notes,
            installed,
        })
    }

    /// An application in a folder: a link in it does not lead out of it.
    fn find_folder(
        request: &Request,
        folder: &Path,
        installed: Installed,
    ) -> Result<Self, ComposeError> {
        let root = Beneath::open_root(folder);
        let root = root.map_err(ComposeError::on("open the application", folder))?;
        let metadata = read_metadata(&root, folder)?;
        if metadata.kind != Kind::App {
            return Err(ComposeError::NotAnApplication(folder.join("metadata")));
        }
        let files = root.open_dir(Path::new("files"));
        let at = folder.join("files");
        let files = files.map_err(ComposeError::on("open the application's files", &at))?;
        let (runtime, notes) = runtime::find(request, &metadata, &installed)?;
        Ok(Self {
            reference: reference_of_folder(request, &metadata)
                .map_err(|error| ComposeError::Refused(error.to_string()))?,
            overrides: overrides(&installed, &metadata.id, &Owner::User)?,
            app: Some(Files::of_directory(files, "the application's folder")?),
            previous_ids: Vec::new(),
            metadata,
            runtime,
            notes,
            installed,
        })
    }
}

/// A folder has no branch, and every instance has one.
fn reference_of_folder(request: &Request, metadata: &Metadata) -> Result<Ref, RefError> {
    let version = &request.version;
    let branch: Branch = match &version.branch {
        Some(branch) => branch.clone(),
        None => "master".parse()?,
    };
    Ok(Ref {
        kind: Kind::App,
        id: metadata.id.clone(),
        arch: version.arch.clone().unwrap_or_else(Arch::native),
        branch,
    })
}

/// Reads the metadata in a folder.
pub(crate) fn read_metadata(root: &Beneath, folder: &Path) -> Result<Metadata, ComposeError> {
    let path = folder.join("metadata");
    let bytes = root.read(Path::new("metadata"), LONGEST_METADATA);
    let bytes = bytes.map_err(ComposeError::on(READ_METADATA, &path))?;
    let file = KeyFile::parse(&bytes);
    file.map_err(Into::into)
        .and_then(|file| Metadata::load(&file, &Origin::file(Layer::App, &path)))
        .map_err(|error| ComposeError::Metadata(path, error))
}

/// `--sandbox` does not drop the overrides: they are laid below.
fn overrides(installed: &Installed, id: &Id, owner: &Owner) -> Result<Vec<Context>, ComposeError> {
    Ok(installed.overrides(id, owner)?)
}

fn open_installed(surroundings: &Surroundings, scope: &Scope) -> Result<Installed, ComposeError> {
    let Scope::Chosen { user, system } = scope else {
        return Ok(Installed::open(surroundings)?);
    };
    let chosen = |owner: &Owner| match owner {
        Owner::User => *user,
        Owner::System(name) => system.contains(name),
    };
    Ok(Installed::open_chosen(surroundings, chosen)?)
}

/// Whether a word for a runtime is a path.
pub(crate) fn is_path(word: &str) -> bool {
    word.starts_with(['/', '.'])
}

impl RuntimeChoice {
    /// Reads the value of `--runtime`.
    pub fn parse(word: &str) -> Result<Self, RefError> {
        if word == "host" {
            return Ok(Self::Host);
        }
        if is_path(word) {
            return Ok(Self::Folder(PathBuf::from(word)));
        }
        Ok(Self::Named(word.parse()?))
    }
}
