//! Facts about the user and the host that a spec depends on. A test writes them by hand.

use crate::error::RunError;
use aril_sandbox::Host;
use std::ffi::{OsStr, OsString};
use std::fs;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

/// Directories of `/usr` that have a name in the root.
const ROOT_NAMES: [&str; 6] = ["bin", "lib", "lib32", "lib64", "libx32", "sbin"];

/// What is known.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Facts {
    /// The user's id.
    pub uid: u32,
    /// The user's name.
    pub user: Vec<u8>,
    /// The id of the user's group.
    pub gid: u32,
    /// The name of the user's group.
    pub group: Vec<u8>,
    /// The home directory.
    pub home: PathBuf,
    /// The host's environment.
    pub environment: Vec<(OsString, OsString)>,
    /// The names among `bin`, `lib`, ... that the runtime's `/usr` has.
    pub usr_names: Vec<&'static str>,
}

impl Facts {
    /// Gathers what `host` does not know.
    pub fn gather(host: &Host) -> Result<Self, RunError> {
        let (uid, gid) = (host.uid, host.gid);
        let usr_names = ROOT_NAMES.into_iter();
        Ok(Self {
            uid,
            gid,
            user: name_of("/etc/passwd", uid).unwrap_or_else(|| b"user".to_vec()),
            group: name_of("/etc/group", gid).unwrap_or_else(|| b"user".to_vec()),
            home: home(&host.environment)?,
            environment: host.environment.clone(),
            usr_names: usr_names
                .filter(|name| Path::new("/usr").join(name).is_dir())
                .collect(),
        })
    }
}

/// A home directory is part of `/etc/passwd` inside, where a colon would begin another field.
fn home(environment: &[(OsString, OsString)]) -> Result<PathBuf, RunError> {
    let refuse = |why| RunError::new(format_args!("find the home directory, on HOME: {why}"));
    let found = environment
        .iter()
        .find(|(name, _)| name == OsStr::new("HOME"));
    let (_, home) = found.ok_or_else(|| refuse("it is not set"))?;
    let path = Path::new(home);
    if !path.is_absolute() || path.components().any(|part| part.as_os_str() == "..") {
        return Err(refuse("it is not an absolute path without `..`"));
    }
    if home.as_bytes().iter().any(|byte| b":\n".contains(byte)) {
        return Err(refuse("it has a colon or a line feed"));
    }
    Ok(path.to_owned())
}

/// The name of an id, by the first line that has it. Other sources of names are not asked.
fn name_of(file: &str, id: u32) -> Option<Vec<u8>> {
    let text = fs::read(file).ok()?;
    let id = id.to_string();
    text.split(|&byte| byte == b'\n').find_map(|line| {
        let mut fields = line.split(|&byte| byte == b':');
        let name = fields.next().filter(|name| !name.is_empty())?;
        (fields.nth(1)? == id.as_bytes()).then(|| name.to_vec())
    })
}
