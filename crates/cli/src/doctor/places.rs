//! Files, sockets and programs that the doctor looks for.

use super::facts::{Ranges, RuntimeDirectory};
use aril_flatpak::bus::{Address, AddressError, Connection};
use aril_flatpak::compose::Facts as Session;
use aril_flatpak::permissions::Bus;
use rustix::fs::{Access, AtFlags, CWD, accessat};
use std::env;
use std::fs;
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::{Path, PathBuf};

/// A program on the path.
pub(super) fn program(name: &str) -> Option<PathBuf> {
    let path = env::var_os("PATH")?;
    env::split_paths(&path)
        .map(|directory| directory.join(name))
        .find(|path| accessat(CWD, path, Access::EXEC_OK, AtFlags::empty()).is_ok())
}

/// `newuidmap` and the ranges that it would grant (subuid(5)).
pub(super) fn ranges(uid: u32, session: Option<&Session>) -> Ranges {
    let (users, groups) = (program("newuidmap"), program("newgidmap"));
    let name = session.map(|session| session.user.clone());
    let owners: Vec<Vec<u8>> = name.into_iter().chain([uid.to_string().into()]).collect();
    let both = users.as_deref().zip(groups.as_deref());
    Ranges {
        privileged: both.is_some_and(|(one, other)| is_privileged(one) && is_privileged(other)),
        granted: range("/etc/subuid", &owners).zip(range("/etc/subgid", &owners)),
        programs: users,
    }
}

/// Set-user-id of root, or file capabilities.
fn is_privileged(path: &Path) -> bool {
    const SET_USER_ID: u32 = 0o4000;
    let by_mode = fs::metadata(path)
        .is_ok_and(|found| found.uid() == 0 && found.permissions().mode() & SET_USER_ID != 0);
    let mut value = [0_u8; 64];
    by_mode || rustix::fs::getxattr(path, "security.capability", &mut value).is_ok()
}

/// The first id of the caller's range: lines of `NAME:FIRST:COUNT` or `UID:FIRST:COUNT`.
fn range(file: &str, owners: &[Vec<u8>]) -> Option<u32> {
    let text = fs::read_to_string(file).ok()?;
    text.lines().find_map(|line| {
        let mut fields = line.split(':');
        let owner = fields.next()?.as_bytes();
        let mine = owners.iter().any(|known| known == owner);
        mine.then(|| fields.next()?.parse().ok()).flatten()
    })
}

/// Whether groups can be made below this one: its directory and its list of processes can be written.
pub(super) fn can_make_groups(group: &Path) -> bool {
    let writable = |path: &Path| accessat(CWD, path, Access::WRITE_OK, AtFlags::EACCESS).is_ok();
    writable(group) && writable(&group.join("cgroup.procs"))
}

/// Whether a runtime directory is what the specification says: the user's own, and nobody else's.
pub(super) fn fitness(path: &Path, uid: u32) -> RuntimeDirectory {
    let Ok(found) = fs::metadata(path) else {
        return RuntimeDirectory::Unfit("names a directory that does not exist");
    };
    if !path.is_absolute() || !found.is_dir() {
        return RuntimeDirectory::Unfit("is not the absolute path of a directory");
    }
    if found.uid() != uid {
        return RuntimeDirectory::Unfit("belongs to somebody else");
    }
    if found.permissions().mode() & 0o077 != 0 {
        return RuntimeDirectory::Unfit("is open to other users: its mode must be 0700");
    }
    RuntimeDirectory::Fine
}

/// Whether the session bus answers; `None` without an address.
pub(super) fn session_bus(session: &Session) -> Option<bool> {
    match Address::of(Bus::Session, session) {
        Err(AddressError::Unset(_)) => None,
        Err(AddressError::Bad(_)) => Some(false),
        Ok(address) => Some(Connection::to_bus(&address).is_ok()),
    }
}

/// Installations that have applications. Those whose declaration cannot be read are not known.
pub(super) fn installations(session: &Session) -> Vec<PathBuf> {
    let found = session.surroundings().installations().unwrap_or_default();
    let paths = found.into_iter().map(|installation| installation.path);
    paths.filter(|path| path.join("app").is_dir()).collect()
}
