//! One line that helps, for failures whose cause the host is known for.

use crate::outcome::Part;
use crate::plan::Step;
use aril_sys::Errno;

const USER_NAMESPACES: &str = "this host does not let ordinary users make user namespaces: see \
     sysctl user.max_user_namespaces, on Debian kernel.unprivileged_userns_clone, in a container its \
     seccomp profile";
const LIMIT: &str = "a limit on namespaces is reached: see sysctl user.max_user_namespaces and its \
     siblings, or 32 levels of nesting";
const APPARMOR: &str = "the namespace was made but has no rights in it, as AppArmor on Ubuntu \
     restricts it (sysctl kernel.apparmor_restrict_unprivileged_userns): install a profile with \
     `userns,` for this program";
const MOUNTS: &str = "mounting is denied: inside a container, its AppArmor or seccomp profile \
     forbids it";
const PROC: &str = "the kernel grants a new /proc only where the present one is whole: a container \
     masks parts of it, so run that container with its /proc unmasked, or bind the host's";
const GHOST: &str = "the target does not exist, and would have to be created in the host's own tree: \
     create it first, or choose one inside a filesystem of the sandbox";
const OF_HOST: &str = "the target would be made or changed in the host's own tree: mount over it, or choose \
     one inside a filesystem of the sandbox";
const FILTER_SYNTAX: &str = "the kernel refuses this program: it must be classic BPF of 1 to 4096 \
     instructions";
const LIMIT_FILE: &str = "further user namespaces are forbidden through /proc/sys/user, which is \
     read-only or missing here, as in most containers: allow them, or unmask it";
const ANONYMOUS: &str = "init is executed from an anonymous file, which sysctl vm.memfd_noexec=2 or a \
     security module forbids here";
const RELAY: &str = "the launcher's own file can be written, so the payload is started through an \
     anonymous file, which sysctl vm.memfd_noexec=2 or a security module forbids here: install the \
     launcher where its user cannot write";
const NOT_A_DIRECTORY: &str = "something above the target is a file: in a git worktree, for one, .git \
     is a file that names the directory";
const READ_ONLY: &str = "the place is in a read-only mount: make it before that mount is made, or bind \
     a tree that has it";
const DIRECTORY: &str = "the path leads outside the sandbox, through a descriptor of the host's";

const CGROUP: &str = "a cgroup can be made where its directory, and those above it up to one that the \
     launcher's own is below too, may be written: `systemd-run --user --scope -p Delegate=yes` gives one";
const BUSY_CGROUP: &str = "controllers are enabled only in a cgroup without processes of its own: name \
     an empty one, or move them below it";
const CONTROLLERS: &str = "the cgroup above does not have these controllers: see its \
     cgroup.controllers; those that version 1 hierarchies use are missing there";

/// The hint for a failed step, if one is known.
pub(crate) fn hint(step: &Step, part: Part, errno: Option<Errno>) -> Option<&'static str> {
    let errno = errno?;
    Some(match (step, part, errno) {
        (Step::NewCgroup(_), Part::Controllers, Errno::EBUSY) => BUSY_CGROUP,
        (Step::NewCgroup(_), Part::Controllers | Part::Attributes, Errno::ENOENT) => CONTROLLERS,
        (Step::NewCgroup(_), _, Errno::EACCES | Errno::EPERM | Errno::EROFS) => CGROUP,
        (Step::Clone { .. }, _, Errno::EACCES) => CGROUP,
        (Step::Clone { .. }, _, Errno::EPERM | Errno::EINVAL | Errno::EUSERS) => USER_NAMESPACES,
        (Step::Clone { .. } | Step::Unshare { .. } | Step::NestUser(_), _, Errno::ENOSPC) => LIMIT,
        (Step::BeginNetwork | Step::JoinNetwork, _, Errno::ENOSPC) => LIMIT,
        (Step::WriteMaps(_) | Step::NestUser(_), _, Errno::EACCES | Errno::EPERM) => APPARMOR,
        (Step::JoinNetwork | Step::AwaitLoopback | Step::Loopback, _, Errno::EPERM) => APPARMOR,
        (Step::HoldPropagation | Step::NewRoot { .. }, _, Errno::EACCES | Errno::EPERM) => MOUNTS,
        (Step::LoadInit | Step::StartPayload, _, Errno::EACCES) => ANONYMOUS,
        (Step::LoadRelay | Step::BecomeRelay, _, Errno::EACCES) => RELAY,
        (Step::LimitUserNs, _, Errno::EROFS | Errno::ENOENT | Errno::EACCES) => LIMIT_FILE,
        (Step::Proc { .. }, Part::Filesystem, Errno::EPERM) => PROC,
        (Step::File { .. } | Step::Mode { .. }, Part::Target, Errno::EXDEV) => OF_HOST,
        (_, Part::Parents | Part::Target, Errno::EXDEV) => GHOST,
        (_, Part::Parents, Errno::ENOTDIR) => NOT_A_DIRECTORY,
        (_, Part::Parents | Part::Target, Errno::EROFS) => READ_ONLY,
        (Step::WorkingDirectory { .. }, Part::Verify, _) => DIRECTORY,
        (Step::Seccomp { .. }, _, Errno::EINVAL) => FILTER_SYNTAX,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::{Cgroup, Maps, Target};
    use aril_sys::namespace::Kinds;

    /// What hosts forbid, as users report it, and a word that the hint must have.
    #[test]
    fn each_known_host_limit_has_its_hint() {
        let clone = || Step::Clone {
            namespaces: Kinds::USER,
        };
        let maps = || Maps::single((0, 0), (1, 1), true);
        let target = || Target {
            path: c"proc".into(),
            parents: 0,
        };
        let proc = || Step::Proc {
            target: target(),
            fallback: false,
            cover: false,
        };
        let directory = || Step::Directory {
            target: target(),
            mode: 0,
        };
        let cgroup = || {
            Step::NewCgroup(Cgroup {
                parent: c"/cg".into(),
                enable: Box::default(),
                settings: Vec::new(),
            })
        };
        let whole = Part::Whole;
        for (step, part, errno, word) in [
            (Step::WriteMaps(maps()), whole, Errno::EACCES, "AppArmor"),
            (Step::WriteMaps(maps()), whole, Errno::EPERM, "AppArmor"),
            (Step::NestUser(maps()), whole, Errno::EACCES, "AppArmor"),
            (Step::AwaitLoopback, whole, Errno::EPERM, "AppArmor"),
            (Step::HoldPropagation, whole, Errno::EACCES, "container"),
            (Step::LoadInit, whole, Errno::EACCES, "memfd_noexec"),
            (Step::BecomeRelay, whole, Errno::EACCES, "install the"),
            (Step::LimitUserNs, whole, Errno::EROFS, "/proc/sys/user"),
            (clone(), whole, Errno::EPERM, "max_user_namespaces"),
            (clone(), whole, Errno::ENOSPC, "limit on namespaces"),
            (
                Step::JoinNetwork,
                whole,
                Errno::ENOSPC,
                "limit on namespaces",
            ),
            (clone(), whole, Errno::EACCES, "Delegate=yes"),
            (cgroup(), whole, Errno::EACCES, "Delegate=yes"),
            (cgroup(), Part::Controllers, Errno::EBUSY, "an empty one"),
            (
                cgroup(),
                Part::Controllers,
                Errno::ENOENT,
                "cgroup.controllers",
            ),
            (proc(), Part::Filesystem, Errno::EPERM, "masks"),
            (directory(), Part::Parents, Errno::ENOTDIR, "worktree"),
            (directory(), Part::Target, Errno::EROFS, "read-only"),
            (directory(), Part::Target, Errno::EXDEV, "host's own tree"),
        ] {
            let found = hint(&step, part, Some(errno)).unwrap_or("");
            assert!(found.contains(word), "{step}, {errno:?}: {found:?}");
        }
        assert_eq!(hint(&clone(), whole, None), None);
    }
}
