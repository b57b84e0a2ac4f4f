//! One installation on disk, and one deployment in it.

use super::InstallationError;
use super::places::{Installation, Owner};
use crate::beneath::Beneath;
use crate::deploy::Deploy;
use crate::keyfile::KeyFile;
use crate::metadata::Metadata;
use crate::permissions::{Layer, Origin};
use crate::refs::{Arch, Branch, Id, Kind, Ref};
use std::ffi::OsString;
use std::io;
use std::path::{Path, PathBuf};
use std::str::FromStr;

/// Files are small; one that is not is not what it claims to be.
const LIMIT: u64 = 4 << 20;

/// An installation that exists, open.
#[derive(Debug)]
pub struct Tree {
    /// Which one it is.
    pub installation: Installation,
    directory: Beneath,
}

/// One version of one ref, open.
#[derive(Debug)]
pub struct Deployment {
    /// What it is.
    pub reference: Ref,
    /// Whose installation it lies in.
    pub owner: Owner,
    /// The name of its directory: the commit, and a hash of subpaths when it is a part.
    pub commit: String,
    directory: Beneath,
}

/// `None` for what is not there.
fn present<T>(result: io::Result<T>, path: &Path) -> Result<Option<T>, InstallationError> {
    match result {
        Ok(value) => Ok(Some(value)),
        Err(error) => match error.kind() {
            io::ErrorKind::NotFound | io::ErrorKind::NotADirectory => Ok(None),
            _ => Err(InstallationError::Read(path.to_owned(), error)),
        },
    }
}

/// The names that are valid for their place; flatpak makes no others.
fn valid<T: FromStr>(names: Vec<OsString>) -> impl Iterator<Item = T> {
    names
        .into_iter()
        .filter_map(|name| name.to_str()?.parse().ok())
}

/// The name of a deployment's directory: hexadecimal digits, and a dash before a hash of subpaths.
fn is_commit(name: &str) -> bool {
    !name.is_empty() && name.chars().all(|c| c.is_ascii_hexdigit() || c == '-')
}

impl Tree {
    /// Opens an installation; `None` when it does not exist.
    pub fn open(installation: Installation) -> Result<Option<Self>, InstallationError> {
        let directory = Beneath::open_root(&installation.path);
        let directory = present(directory, &installation.path)?;
        Ok(directory.map(|directory| Self {
            installation,
            directory,
        }))
    }

    /// The directory.
    pub fn directory(&self) -> &Beneath {
        &self.directory
    }

    fn names(&self, relative: &Path) -> Result<Vec<OsString>, InstallationError> {
        let path = self.installation.path.join(relative);
        let Some(directory) = present(self.directory.open_dir(relative), &path)? else {
            return Ok(Vec::new());
        };
        directory.names().map_err(InstallationError::read(&path))
    }

    fn link(&self, relative: &Path, name: &str) -> Result<Option<String>, InstallationError> {
        let path = self.installation.path.join(relative).join(name);
        let Some(directory) = present(self.directory.open_dir(relative), &path)? else {
            return Ok(None);
        };
        let Some(target) = present(directory.read_link(name), &path)? else {
            return Ok(None);
        };
        match target.into_os_string().into_string() {
            Ok(target) => Ok(Some(target)),
            Err(_) => Err(InstallationError::Link(path)),
        }
    }

    /// The architecture and branch that `current` points to.
    pub fn current(&self, id: &Id) -> Result<Option<(Arch, Branch)>, InstallationError> {
        let directory = PathBuf::from(Kind::App.word()).join(id.as_str());
        let Some(target) = self.link(&directory, "current")? else {
            return Ok(None);
        };
        let parts = target.split_once('/').and_then(|(arch, branch)| {
            Some((arch.parse::<Arch>().ok()?, branch.parse::<Branch>().ok()?))
        });
        let path = || self.installation.path.join(directory).join("current");
        parts
            .map(Some)
            .ok_or_else(|| InstallationError::Link(path()))
    }

    /// The architectures and branches of a name that have an active deployment.
    pub fn versions(&self, kind: Kind, id: &Id) -> Result<Vec<Ref>, InstallationError> {
        let directory = PathBuf::from(kind.word()).join(id.as_str());
        let mut found = Vec::new();
        for arch in valid::<Arch>(self.names(&directory)?) {
            for branch in valid::<Branch>(self.names(&directory.join(arch.as_str()))?) {
                let reference = Ref {
                    kind,
                    id: id.clone(),
                    arch: arch.clone(),
                    branch,
                };
                if self.link(&reference.directory(), "active")?.is_some() {
                    found.push(reference);
                }
            }
        }
        Ok(found)
    }

    /// The names of a kind that have a directory.
    pub fn ids(&self, kind: Kind) -> Result<Vec<Id>, InstallationError> {
        Ok(valid(self.names(Path::new(kind.word()))?).collect())
    }

    /// Everything of a kind that is installed.
    pub fn refs(&self, kind: Kind) -> Result<Vec<Ref>, InstallationError> {
        let ids = self.ids(kind)?;
        let mut found = Vec::new();
        for id in ids {
            found.extend(self.versions(kind, &id)?);
        }
        Ok(found)
    }

    /// The active deployment of a ref, or that of a commit.
    pub fn deployment(
        &self,
        reference: &Ref,
        commit: Option<&str>,
    ) -> Result<Option<Deployment>, InstallationError> {
        let relative = reference.directory();
        let commit = match commit {
            Some(commit) => Some(commit.to_owned()).filter(|commit| is_commit(commit)),
            None => self.active(&relative)?,
        };
        let Some(commit) = commit else {
            return Ok(None);
        };
        let relative = relative.join(&commit);
        let path = self.installation.path.join(&relative);
        let directory = present(self.directory.open_dir(&relative), &path)?;
        Ok(directory.map(|directory| Deployment {
            reference: reference.clone(),
            owner: self.installation.owner.clone(),
            commit,
            directory,
        }))
    }

    /// The commit that `active` points to.
    fn active(&self, relative: &Path) -> Result<Option<String>, InstallationError> {
        let commit = self.link(relative, "active")?;
        if commit.as_deref().is_none_or(is_commit) {
            return Ok(commit);
        }
        let path = self.installation.path.join(relative).join("active");
        Err(InstallationError::Link(path))
    }

    /// A key file beneath the installation; `None` when it does not exist.
    pub(super) fn key_file(
        &self,
        relative: &Path,
    ) -> Result<Option<(PathBuf, KeyFile)>, InstallationError> {
        let path = self.installation.path.join(relative);
        let Some(bytes) = present(self.directory.read(relative, LIMIT), &path)? else {
            return Ok(None);
        };
        match KeyFile::parse(&bytes) {
            Ok(file) => Ok(Some((path, file))),
            Err(error) => Err(InstallationError::KeyFile(path, error)),
        }
    }

    /// The directory of an extension that is not managed by flatpak:
    /// `extension/NAME/ARCH/BRANCH` (contract, 1.8).
    pub fn unmanaged_extension(&self, reference: &Ref) -> Option<PathBuf> {
        let Ref {
            id, arch, branch, ..
        } = reference;
        let relative: PathBuf = ["extension", id.as_str(), arch.as_str(), branch.as_str()]
            .iter()
            .collect();
        let found = self.directory.open_dir(&relative).is_ok();
        found.then(|| self.installation.path.join(relative))
    }

    /// The names of extensions that are not managed by flatpak.
    pub fn unmanaged_names(&self) -> Result<Vec<Id>, InstallationError> {
        Ok(valid(self.names(Path::new("extension"))?).collect())
    }
}

impl Deployment {
    /// The directory, with `metadata`, `files` and `deploy` in it.
    pub fn directory(&self) -> &Beneath {
        &self.directory
    }

    /// Opens the files, which the sandbox sees. A package that has a link in their place does not
    /// lead out of its own directory.
    pub fn open_files(&self) -> Result<Beneath, InstallationError> {
        let path = self.files();
        self.directory
            .open_dir(Path::new("files"))
            .map_err(InstallationError::read(&path))
    }

    /// The path of the files.
    pub fn files(&self) -> PathBuf {
        self.directory.path().join("files")
    }

    /// Reads the metadata; it must be that of the ref.
    pub fn metadata(&self) -> Result<Metadata, InstallationError> {
        let path = self.directory.path().join("metadata");
        let layer = match self.reference.kind {
            Kind::App => Layer::App,
            Kind::Runtime => Layer::Runtime,
        };
        let bytes = self.read("metadata", &path)?;
        let file = KeyFile::parse(&bytes);
        let metadata = file
            .map_err(Into::into)
            .and_then(|file| Metadata::load(&file, &Origin::file(layer, &path)))
            .map_err(|error| InstallationError::Metadata(path.clone(), error))?;
        let same = metadata.id == self.reference.id && metadata.kind == self.reference.kind;
        if same {
            Ok(metadata)
        } else {
            Err(InstallationError::WrongName(path))
        }
    }

    /// Reads the file `deploy`.
    pub fn deploy(&self) -> Result<Deploy, InstallationError> {
        let path = self.directory.path().join("deploy");
        let bytes = self.read("deploy", &path)?;
        Deploy::parse(&bytes).map_err(|error| InstallationError::Deploy(path, error))
    }

    fn read(&self, name: &str, path: &Path) -> Result<Vec<u8>, InstallationError> {
        self.directory
            .read(Path::new(name), LIMIT)
            .map_err(InstallationError::read(path))
    }
}
