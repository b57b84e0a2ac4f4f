//! What every application sees: the runtime, its own files, and filesystems of the kernel.

use super::entries::{bind_fd, directory, from_origin, tmpfs};
use super::subject::{Files, Subject};
use crate::beneath::Beneath;
use aril_sandbox::{Access, Entry};
use rustix::fs::{Access as Permitted, AtFlags, FileType, accessat, statat};
use std::path::Path;

/// The most that each of `/tmp` and `/dev/shm` can hold, where they are in memory.
const TEMPORARY_SIZE: u64 = 1 << 30;
/// Directories of `/usr` that have a name in the root.
const ROOT_NAMES: [&str; 6] = ["bin", "lib", "lib32", "lib64", "libx32", "sbin"];
/// What of `/sys` tells of devices (contract, 1.2).
const SYSFS: [&str; 5] = ["block", "bus", "class", "dev", "devices"];

/// `/usr` and `/app`. What another directory covers shows in `/run/parent`.
pub(crate) fn files(subject: &Subject, app: Option<&Files>, usr: &Files) -> Vec<Entry> {
    let mut tree = vec![read_only(usr, "/usr")];
    match app {
        Some(app) => tree.push(read_only(app, "/app")),
        None => tree.push(directory("/app", 0o755)),
    }
    let names = ROOT_NAMES
        .iter()
        .filter(|name| is_there(&usr.directory, name));
    let links = names.map(|name| Entry::symlink(format!("usr/{name}"), format!("/{name}")));
    tree.extend(from_origin(links, "the merged /usr"));
    let own_usr = subject.runtime.files();
    if own_usr.path != usr.path {
        tree.push(read_only(own_usr, "/run/parent/usr"));
        let names = ROOT_NAMES.iter();
        let names = names.filter(|name| is_there(&own_usr.directory, name));
        let links =
            names.map(|name| Entry::symlink(format!("usr/{name}"), format!("/run/parent/{name}")));
        tree.extend(from_origin(links, "the merged /usr"));
    }
    let covered = subject.app.as_ref();
    let covered = covered.filter(|own| app.is_none_or(|app| app.path != own.path));
    tree.extend(covered.map(|own| read_only(own, "/run/parent/app")));
    tree
}

fn read_only(files: &Files, target: &str) -> Entry {
    bind_fd(files.fd(), target, Access::ReadOnly).from_origin(files.origin.as_str())
}

/// Whether a name is there: a directory, or a link to one.
fn is_there(directory: &Beneath, name: &str) -> bool {
    statat(directory, name, AtFlags::SYMLINK_NOFOLLOW).is_ok()
}

/// The kernel's filesystems but `/dev`, and directories for what others put there.
pub(crate) fn kernel() -> Vec<Entry> {
    let mut tree = vec![Entry::proc("/proc"), directory("/run/host", 0o755)];
    // By it `flatpak enter` and `--parent-pid` find the user namespace.
    let user = Entry::bind("/proc/self/ns/user", "/run/.userns", Access::ReadOnly);
    tree.push(user.optional());
    let sysfs = SYSFS.iter().map(|name| format!("/sys/{name}"));
    let sysfs = sysfs.filter(|path| {
        let wanted = Permitted::READ_OK | Permitted::EXEC_OK;
        accessat(rustix::fs::CWD, path.as_str(), wanted, AtFlags::EACCESS).is_ok()
    });
    tree.extend(sysfs.map(|path| Entry::bind(path.clone(), path, Access::ReadOnly)));
    from_origin(tree, "every application")
}

/// `/tmp` in memory, where no instance's directory is.
pub(crate) fn temporary(target: &str) -> Entry {
    tmpfs(target, TEMPORARY_SIZE, 0o1777).from_origin("every application")
}

/// Links to the places that programs know by other names (contract, 1.2).
pub(crate) fn links() -> Vec<Entry> {
    let rows = [
        ("../run", "/var/run"),
        ("/etc/timezone", "/var/db/zoneinfo"),
        ("/app/lib/debug/source", "/run/build"),
        ("/usr/lib/debug/source", "/run/build-runtime"),
    ];
    let links = rows.map(|(to, target)| Entry::symlink(to, target));
    from_origin(links, "every application")
}

/// Whether a path in a tree of files is a regular file.
pub(crate) fn is_file(directory: &Beneath, relative: &str) -> bool {
    statat(directory, Path::new(relative), AtFlags::SYMLINK_NOFOLLOW)
        .is_ok_and(|stat| FileType::from_raw_mode(stat.st_mode) == FileType::RegularFile)
}

/// The same, and nothing is in it.
pub(crate) fn is_empty_file(directory: &Beneath, relative: &str) -> bool {
    let status = statat(directory, Path::new(relative), AtFlags::SYMLINK_NOFOLLOW);
    is_file(directory, relative) && status.is_ok_and(|status| status.st_size == 0)
}
