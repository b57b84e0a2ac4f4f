//! Which cgroups the caller may make others in (`cgroups(7)`, version 2).

use aril_sys::{Fd, file};
use std::collections::BTreeSet;
use std::ffi::CString;
use std::fmt;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

/// A cgroup in which the caller may make others.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Delegation {
    /// Its directory.
    pub directory: PathBuf,
    /// What is controlled in the cgroups below it (`cgroup.subtree_control`).
    pub controllers: BTreeSet<Controller>,
}

/// What a cgroup can limit.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Controller {
    /// Memory.
    Memory,
    /// The number of processes and threads.
    Processes,
    /// Processor time.
    Processor,
}

impl Controller {
    const ALL: [Self; 3] = [Self::Memory, Self::Processes, Self::Processor];
}

impl fmt::Display for Controller {
    /// The kernel's name.
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(match self {
            Self::Memory => "memory",
            Self::Processes => "pids",
            Self::Processor => "cpu",
        })
    }
}

/// The caller's own cgroup and those above it, the nearest first, as far as the caller may write them:
/// to move a process, the kernel asks for that in every one up to the common ancestor of the old place
/// and the new one. None where no version 2 hierarchy is mounted.
pub(crate) fn delegations() -> Vec<Delegation> {
    let read = |path: &str| std::fs::read_to_string(path).unwrap_or_default();
    let place = own_place(&read("/proc/self/mountinfo"), &read("/proc/self/cgroup"));
    let Some((mount, own)) = place else {
        return Vec::new();
    };
    own.ancestors()
        .take_while(|directory| directory.starts_with(&mount))
        .take_while(|directory| may_write(directory))
        .map(|directory| Delegation {
            directory: directory.to_owned(),
            controllers: controllers(&directory.join("cgroup.subtree_control")),
        })
        .collect()
}

/// Where the hierarchy is mounted, and the caller's own directory in it.
fn own_place(mountinfo: &str, cgroup: &str) -> Option<(PathBuf, PathBuf)> {
    let own = cgroup.lines().find_map(|line| line.strip_prefix("0::"))?;
    let line = mountinfo
        .lines()
        .find(|line| line.contains(" - cgroup2 "))?;
    let mut fields = line.split(' ').skip(3);
    let (root, mount) = (fields.next()?, fields.next()?);
    // A path out of sight begins with `/..`; one with odd letters is escaped, and passed over.
    let below = Path::new(own).strip_prefix(root).ok()?;
    let is_plain = |path: &str| !path.contains('\\') && !path.contains("/..");
    (is_plain(own) && is_plain(mount)).then(|| (mount.into(), Path::new(mount).join(below)))
}

fn may_write(directory: &Path) -> bool {
    let may = |path: &Path| {
        let path = CString::new(path.as_os_str().as_bytes());
        path.is_ok_and(|path| file::access(Fd::CWD, &path, file::WRITABLE).is_ok())
    };
    may(directory) && may(&directory.join("cgroup.procs"))
}

fn controllers(path: &Path) -> BTreeSet<Controller> {
    let text = std::fs::read_to_string(path).unwrap_or_default();
    let named = |controller: &Controller| {
        let name = controller.to_string();
        text.split_whitespace().any(|word| word == name)
    };
    Controller::ALL.into_iter().filter(named).collect()
}

/// Whether memory can be swapped out: the second line of `/proc/swaps` names a place.
pub(crate) fn has_swap() -> bool {
    std::fs::read_to_string("/proc/swaps").is_ok_and(|text| text.lines().count() > 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_own_place_is_found_in_any_mount() {
        let unified = "30 29 0:26 / /sys/fs/cgroup rw - cgroup2 cgroup2 rw\n";
        let mixed = "31 29 0:27 / /sys/fs/cgroup/pids rw - cgroup cgroup rw,pids\n\
             32 29 0:28 / /sys/fs/cgroup/unified rw,relatime shared:9 - cgroup2 cgroup2 rw\n";
        let container = "40 30 0:26 /docker/1 /sys/fs/cgroup ro - cgroup2 cgroup rw\n";
        let slice = "0::/user.slice/user-1000.slice/a.scope\n";
        let place = |mounts, cgroup| {
            own_place(mounts, cgroup).map(|(_, own)| own.to_str().unwrap_or("").to_owned())
        };
        let at = |path: &str| Some(path.to_owned());
        assert_eq!(
            place(unified, slice),
            at("/sys/fs/cgroup/user.slice/user-1000.slice/a.scope")
        );
        assert_eq!(
            place(mixed, "4:pids:/x\n0::/y\n"),
            at("/sys/fs/cgroup/unified/y")
        );
        assert_eq!(place(container, "0::/docker/1/z\n"), at("/sys/fs/cgroup/z"));
        for (mounts, cgroup) in [
            ("", slice),
            (unified, "1:pids:/\n"),
            (container, "0::/elsewhere\n"),
            (unified, "0::/../up\n"),
        ] {
            assert_eq!(place(mounts, cgroup), None, "{cgroup}");
        }
    }
}
