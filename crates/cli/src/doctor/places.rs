//! Files, sockets and programs that the doctor looks for.

use super::facts::{Ranges, RuntimeDirectory};
use rustix::fs::{Access, AtFlags, CWD, accessat};
use std::env;
use std::fs;
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};

/// A program on the path.
pub(super) fn program(name: &str) -> Option<PathBuf> {
    let path = env::var_os("PATH")?;
    env::split_paths(&path)
        .map(|directory| directory.join(name))
        .find(|path| accessat(CWD, path, Access::EXEC_OK, AtFlags::empty()).is_ok())
}

/// `newuidmap` and the ranges that it would grant (subuid(5)).
pub(super) fn ranges(uid: u32) -> Ranges {
    let (users, groups) = (program("newuidmap"), program("newgidmap"));
    let both = users.as_deref().zip(groups.as_deref());
    Ranges {
        privileged: both.is_some_and(|(one, other)| is_privileged(one) && is_privileged(other)),
        granted: range("/etc/subuid", uid).zip(range("/etc/subgid", uid)),
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
fn range(file: &str, uid: u32) -> Option<u32> {
    let name = user_name(uid);
    let number = uid.to_string();
    let text = fs::read_to_string(file).ok()?;
    text.lines().find_map(|line| {
        let mut fields = line.split(':');
        let owner = fields.next()?;
        let mine = owner == number || name.as_deref() == Some(owner);
        mine.then(|| fields.next()?.parse().ok()).flatten()
    })
}

fn user_name(uid: u32) -> Option<String> {
    let text = fs::read_to_string("/etc/passwd").ok()?;
    let uid = uid.to_string();
    text.lines().find_map(|line| {
        let mut fields = line.split(':');
        let name = fields.next()?;
        (fields.nth(1)? == uid).then(|| name.to_owned())
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

/// Whether the session bus answers; `None` without an address. Only addresses of socket files and of
/// abstract names are understood (D-Bus Specification, "Server Addresses").
pub(super) fn session_bus() -> Option<bool> {
    let address = env::var("DBUS_SESSION_BUS_ADDRESS").ok();
    let path = match address.as_deref().filter(|address| !address.is_empty()) {
        Some(address) => {
            let keys = address.strip_prefix("unix:")?;
            let path = keys
                .split([',', ';'])
                .find_map(|key| key.strip_prefix("path="));
            match path {
                Some(path) => PathBuf::from(path),
                None => return Some(abstract_bus(keys)),
            }
        }
        None => {
            let path = Path::new(&env::var_os("XDG_RUNTIME_DIR")?).join("bus");
            path.exists().then_some(path)?
        }
    };
    Some(UnixStream::connect(path).is_ok())
}

fn abstract_bus(keys: &str) -> bool {
    use std::os::linux::net::SocketAddrExt;
    let name = keys
        .split([',', ';'])
        .find_map(|key| key.strip_prefix("abstract="));
    name.and_then(|name| std::os::unix::net::SocketAddr::from_abstract_name(name).ok())
        .is_some_and(|address| UnixStream::connect_addr(&address).is_ok())
}

/// Installations of flatpak's in their usual places.
pub(super) fn installations() -> Vec<PathBuf> {
    let user = env::var_os("XDG_DATA_HOME")
        .map(PathBuf::from)
        .or_else(|| Some(Path::new(&env::var_os("HOME")?).join(".local/share")));
    let user = user.map(|data| data.join("flatpak"));
    let all = [Some(PathBuf::from("/var/lib/flatpak")), user];
    all.into_iter()
        .flatten()
        .filter(|path| path.join("app").is_dir())
        .collect()
}
