//! Facts about the user and the session that the parts of a sandbox depend on. A test writes them
//! by hand.

use crate::text::shown_path;
use rustix::fs::{AtFlags, CWD, FileType, statat};
use std::collections::BTreeMap;
use std::error::Error;
use std::ffi::{OsStr, OsString};
use std::fmt::{self, Display, Formatter};
use std::fs;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

/// What is known of the user and the session.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Facts {
    /// The effective user id, which is the same inside.
    pub uid: u32,
    /// The effective group id, which is the same inside.
    pub gid: u32,
    /// The user's name: no colon and no line feed.
    pub user: Vec<u8>,
    /// The name of the user's group: no colon and no line feed.
    pub group: Vec<u8>,
    /// The user's full name, for `/etc/passwd`: no colon and no line feed. May be empty.
    pub real_name: Vec<u8>,
    /// The home directory: absolute, without `..`, colon and line feed; links in it are not resolved.
    pub home: PathBuf,
    /// `$XDG_RUNTIME_DIR`, when it is a directory that belongs to the user and that nobody else may
    /// enter (XDG Base Directory Specification). `None`: no socket of the session can be trusted.
    pub runtime_dir: Option<PathBuf>,
    /// The environment.
    pub environment: BTreeMap<OsString, OsString>,
}

/// Why there is nobody to run an application for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NoHome {
    /// What `HOME` is.
    pub home: Option<PathBuf>,
}

impl Error for NoHome {}

impl Display for NoHome {
    fn fmt(&self, out: &mut Formatter<'_>) -> fmt::Result {
        out.write_str("find the home directory, on HOME: ")?;
        match &self.home {
            None => out.write_str("it is not set"),
            Some(home) => write!(
                out,
                "{} is not an absolute path without `..`, colon and line feed",
                shown_path(home)
            ),
        }
    }
}

impl Facts {
    /// Gathers the facts: `environment` and what `/etc/passwd` and `/etc/group` say of these ids.
    pub fn gather(
        (uid, gid): (u32, u32),
        environment: impl IntoIterator<Item = (OsString, OsString)>,
    ) -> Result<Self, NoHome> {
        let environment: BTreeMap<_, _> = environment.into_iter().collect();
        let home = environment.get(OsStr::new("HOME")).map(PathBuf::from);
        let home = match home.filter(|home| !home.as_os_str().is_empty()) {
            Some(home) if has_place_in_passwd(&home) => home,
            other => return Err(NoHome { home: other }),
        };
        let line = line_of("/etc/passwd", uid);
        let field = |index: usize| line.as_ref().and_then(|line| line.get(index)).cloned();
        let group = line_of("/etc/group", gid).and_then(|line| line.into_iter().next());
        let mut facts = Self {
            uid,
            gid,
            user: Vec::new(),
            group: group.unwrap_or_else(|| b"user".to_vec()),
            real_name: first_of_gecos(field(4).unwrap_or_default()),
            home,
            runtime_dir: None,
            environment,
        };
        facts.user = field(0).unwrap_or_else(|| facts.user_by_variable());
        facts.runtime_dir = facts.find_runtime_dir();
        Ok(facts)
    }

    /// A variable that is set and not empty.
    pub fn variable(&self, name: &str) -> Option<&OsStr> {
        let value = self.environment.get(OsStr::new(name))?;
        (!value.is_empty()).then_some(value)
    }

    /// A variable that holds an absolute path.
    pub fn path_variable(&self, name: &str) -> Option<PathBuf> {
        let path = self.variable(name).map(PathBuf::from);
        path.filter(|path| path.is_absolute())
    }

    /// `$XDG_DATA_HOME` of the host, else `~/.local/share`.
    pub fn data_home(&self) -> PathBuf {
        self.place("XDG_DATA_HOME", ".local/share")
    }

    /// `$XDG_CONFIG_HOME` of the host, else `~/.config`.
    pub fn config_home(&self) -> PathBuf {
        self.place("XDG_CONFIG_HOME", ".config")
    }

    /// `$XDG_CACHE_HOME` of the host, else `~/.cache`.
    pub fn cache_home(&self) -> PathBuf {
        self.place("XDG_CACHE_HOME", ".cache")
    }

    /// The runtime directory inside: `/run/user/UID`, whatever the host's is.
    pub fn runtime_dir_inside(&self) -> PathBuf {
        PathBuf::from(format!("/run/user/{}", self.uid))
    }

    /// Where an application keeps its files, outside and inside: `~/.var/app/ID`.
    pub fn app_dir(&self, id: &crate::refs::Id) -> PathBuf {
        self.home.join(".var/app").join(id.as_str())
    }

    /// By which installations are found.
    pub fn surroundings(&self) -> crate::installations::Surroundings {
        crate::installations::Surroundings {
            root: "/".into(),
            home: self.home.clone(),
            variables: self.environment.clone(),
        }
    }

    fn place(&self, variable: &str, default: &str) -> PathBuf {
        self.path_variable(variable)
            .unwrap_or_else(|| self.home.join(default))
    }

    /// Users that a directory service knows are not in `/etc/passwd`; the session says who they are.
    fn user_by_variable(&self) -> Vec<u8> {
        let names = ["USER", "LOGNAME"].into_iter();
        let mut names = names.filter_map(|name| self.variable(name).map(OsStr::as_bytes));
        let name = names.find(|name| !name.iter().any(|byte| b":\n".contains(byte)));
        name.unwrap_or(b"user").to_vec()
    }

    fn find_runtime_dir(&self) -> Option<PathBuf> {
        let path = self.path_variable("XDG_RUNTIME_DIR")?;
        let status = statat(CWD, &path, AtFlags::empty()).ok()?;
        let is_dir = FileType::from_raw_mode(status.st_mode) == FileType::Directory;
        let is_private = status.st_uid == self.uid && status.st_mode & 0o077 == 0;
        (is_dir && is_private).then_some(path)
    }
}

/// A home directory is part of `/etc/passwd` inside, where a colon would begin another field.
fn has_place_in_passwd(home: &Path) -> bool {
    let plain = !home.components().any(|part| part.as_os_str() == "..");
    let bytes = home.as_os_str().as_bytes();
    home.is_absolute() && plain && !bytes.iter().any(|byte| b":\n".contains(byte))
}

/// The fields of the first line that has an id. Other sources of names are not asked.
fn line_of(file: &str, id: u32) -> Option<Vec<Vec<u8>>> {
    let text = fs::read(file).ok()?;
    let id = id.to_string();
    let mut lines = text.split(|&byte| byte == b'\n');
    let fields = |line: &'_ [u8]| {
        line.split(|&byte| byte == b':')
            .map(<[u8]>::to_vec)
            .collect()
    };
    let line = lines.find(|line| {
        let mut fields = line.split(|&byte| byte == b':');
        let named = fields.next().is_some_and(|name| !name.is_empty());
        named && fields.nth(1) == Some(id.as_bytes())
    });
    line.map(fields)
}

/// The full name is the first of the fields, between commas, in the fifth field of a line.
fn first_of_gecos(mut gecos: Vec<u8>) -> Vec<u8> {
    let end = gecos.iter().position(|&byte| byte == b',');
    gecos.truncate(end.unwrap_or(gecos.len()));
    gecos
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::PermissionsExt;

    fn gather(variables: &[(&str, &str)]) -> Result<Facts, NoHome> {
        let uid = rustix::process::geteuid().as_raw();
        let of = |(name, value): &(&str, &str)| (OsString::from(name), OsString::from(value));
        Facts::gather((uid, 0), variables.iter().map(of))
    }

    #[test]
    fn a_home_is_needed() {
        for bad in ["", "relative", "/a/../b", "/a:b", "/a\nb"] {
            assert!(gather(&[("HOME", bad)]).is_err(), "{bad:?}");
        }
        let said = gather(&[]).unwrap_err().to_string();
        assert_eq!(said, "find the home directory, on HOME: it is not set");
        let facts = gather(&[("HOME", "/home/u"), ("XDG_CACHE_HOME", "c")]).unwrap();
        assert_eq!(facts.group, b"root");
        assert_eq!(facts.cache_home(), Path::new("/home/u/.cache"));
    }

    #[test]
    fn the_runtime_directory_must_be_the_users_alone() {
        let outer = tempfile::tempdir().unwrap();
        let path = outer.path().to_str().unwrap();
        let mode = |mode| fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
        let found = || {
            let variables = [("HOME", "/"), ("XDG_RUNTIME_DIR", path)];
            gather(&variables).unwrap().runtime_dir
        };
        mode(0o700);
        assert_eq!(found().as_deref(), Some(outer.path()));
        mode(0o755);
        assert_eq!(found(), None);
    }

    #[test]
    fn names_come_from_lines() {
        assert_eq!(first_of_gecos(b"A B,room,1".to_vec()), b"A B");
        let root = line_of("/etc/passwd", 0).unwrap();
        assert_eq!(root.first().unwrap(), b"root");
    }
}
