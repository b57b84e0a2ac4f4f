//! The installations of this user and this system.

use super::InstallationError;
use crate::keyfile::KeyFile;
use std::collections::BTreeMap;
use std::ffi::{OsStr, OsString};
use std::io;
use std::path::{Path, PathBuf};

/// The user's home and environment, and the root that absolute defaults are relative to.
#[derive(Clone, Debug)]
pub struct Surroundings {
    /// `/`, unless a test writes a system of its own.
    pub root: PathBuf,
    /// The home directory.
    pub home: PathBuf,
    /// The environment variables.
    pub variables: BTreeMap<OsString, OsString>,
}

/// Whose an installation is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Owner {
    /// The user's own.
    User,
    /// The system's, by its name; `default` is the one that is always there.
    System(String),
}

/// An installation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Installation {
    /// Whose it is.
    pub owner: Owner,
    /// Where it lies. It need not exist.
    pub path: PathBuf,
    /// The name for people.
    pub display_name: Option<String>,
    /// The higher one is searched first; the user's own before all.
    pub priority: i32,
}

const DEFAULT: &str = "default";

impl Surroundings {
    fn variable(&self, name: &str) -> Option<&OsStr> {
        let value = self.variables.get(OsStr::new(name))?;
        (!value.is_empty()).then_some(value)
    }

    fn place(&self, variable: &str, default: &str) -> PathBuf {
        match self.variable(variable) {
            Some(path) => PathBuf::from(path),
            None => self.root.join(default.trim_start_matches('/')),
        }
    }

    /// `$FLATPAK_USER_DIR`, else `flatpak` in `$XDG_DATA_HOME`.
    pub fn user_installation(&self) -> Installation {
        let data = self.variable("XDG_DATA_HOME").map(PathBuf::from);
        let data = data.filter(|path| path.is_absolute());
        let data = data.unwrap_or_else(|| self.home.join(".local/share"));
        let path = self.variable("FLATPAK_USER_DIR").map(PathBuf::from);
        Installation {
            owner: Owner::User,
            path: path.unwrap_or_else(|| data.join("flatpak")),
            display_name: None,
            priority: 0,
        }
    }

    /// `$FLATPAK_SYSTEM_DIR`, else `/var/lib/flatpak`.
    pub fn default_installation(&self) -> Installation {
        Installation {
            owner: Owner::System(DEFAULT.to_owned()),
            path: self.place("FLATPAK_SYSTEM_DIR", "/var/lib/flatpak"),
            display_name: None,
            priority: 0,
        }
    }

    /// All installations in the order in which they are searched: the user's, then the system's by
    /// priority, and of equal priorities configured ones before the default.
    pub fn installations(&self) -> Result<Vec<Installation>, InstallationError> {
        let mut system = self.configured()?;
        let default = self.default_installation();
        if !system.iter().any(|known| known.owner == default.owner) {
            system.push(default);
        }
        system.sort_by_key(|installation| std::cmp::Reverse(installation.priority));
        system.insert(0, self.user_installation());
        Ok(system)
    }

    /// The installations that `installations.d/*.conf` declares. The administrator writes them.
    fn configured(&self) -> Result<Vec<Installation>, InstallationError> {
        let directory = self
            .place("FLATPAK_CONFIG_DIR", "/etc/flatpak")
            .join("installations.d");
        let entries = match std::fs::read_dir(&directory) {
            Ok(entries) => entries,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
            Err(error) => return Err(InstallationError::Read(directory, error)),
        };
        let paths = entries.map(|entry| entry.map(|entry| entry.path()));
        let mut paths: Vec<PathBuf> = paths
            .collect::<Result<_, _>>()
            .map_err(InstallationError::read(&directory))?;
        paths.retain(|path| path.extension() == Some(OsStr::new("conf")));
        paths.sort();
        let mut found: Vec<Installation> = Vec::new();
        for path in paths {
            for installation in self.configured_in(&path)? {
                if !found.iter().any(|known| known.owner == installation.owner) {
                    found.push(installation);
                }
            }
        }
        Ok(found)
    }

    fn configured_in(&self, path: &Path) -> Result<Vec<Installation>, InstallationError> {
        let blame = |error| InstallationError::KeyFile(path.to_owned(), error);
        let bytes = std::fs::read(path).map_err(InstallationError::read(path))?;
        let file = KeyFile::parse(&bytes).map_err(blame)?;
        let mut found = Vec::new();
        for group in file.groups() {
            let name = group.name().strip_prefix("Installation \"");
            let Some(name) = name.and_then(|name| name.strip_suffix('"')) else {
                continue;
            };
            let Some(place) = group.string("Path").map_err(blame)? else {
                continue;
            };
            found.push(Installation {
                owner: Owner::System(name.to_owned()),
                path: self.root.join(place.trim_start_matches('/')),
                display_name: group.string("DisplayName").map_err(blame)?,
                priority: group.integer("Priority").map_err(blame)?.unwrap_or(0),
            });
        }
        Ok(found)
    }
}
