//! Opening what is shared, by paths without symbolic links.

use crate::exports::PathKind;
use rustix::fs::{CWD, Mode, OFlags, ResolveFlags, mkdirat, open, openat2};
use rustix::io::Errno;
use std::os::fd::OwnedFd;
use std::path::Path;

const PLACE: OFlags = OFlags::PATH.union(OFlags::CLOEXEC);
const DIRECTORY: OFlags = PLACE.union(OFlags::DIRECTORY);

/// The links of these paths have been followed: one that is met now was put there since, by somebody
/// who wants to be followed.
const NO_LINKS: ResolveFlags = ResolveFlags::NO_SYMLINKS.union(ResolveFlags::NO_MAGICLINKS);

/// Opens what lies at an absolute path.
pub(super) fn place(path: &Path, kind: &PathKind) -> Result<OwnedFd, Errno> {
    // With `O_DIRECTORY` what an automounter has there is mounted, and is what is opened.
    let flags = match kind {
        PathKind::Directory => DIRECTORY,
        _ => PLACE,
    };
    openat2(CWD, path, flags, Mode::empty(), NO_LINKS)
}

/// Makes what is missing of a directory, and opens it.
pub(super) fn created(path: &Path) -> Result<OwnedFd, Errno> {
    let mut at = open("/", DIRECTORY, Mode::empty())?;
    for name in path.iter().skip(1).map(Path::new) {
        at = match openat2(&at, name, DIRECTORY, Mode::empty(), NO_LINKS) {
            Err(Errno::NOENT) => {
                match mkdirat(&at, name, Mode::from_raw_mode(0o755)) {
                    Ok(()) | Err(Errno::EXIST) => {}
                    Err(errno) => return Err(errno),
                }
                openat2(&at, name, DIRECTORY, Mode::empty(), NO_LINKS)?
            }
            other => other?,
        };
    }
    Ok(at)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;
    use std::os::unix::fs::symlink;

    #[test]
    fn a_link_that_appeared_is_not_followed() {
        let outer = tempfile::tempdir().unwrap();
        let base = outer.path().canonicalize().unwrap();
        fs::create_dir(base.join("real")).unwrap();
        symlink("real", base.join("link")).unwrap();
        let directory = PathKind::Directory;
        assert!(place(&base.join("real"), &directory).is_ok());
        assert_eq!(
            place(&base.join("link"), &directory).unwrap_err(),
            Errno::LOOP
        );
        assert_eq!(created(&base.join("link/x")).unwrap_err(), Errno::LOOP);
        created(&base.join("new/er")).unwrap();
        assert!(base.join("new/er").is_dir() && !base.join("real/x").exists());
        fs::write(base.join("file"), "").unwrap();
        assert!(place(&base.join("file"), &PathKind::File).is_ok());
        assert_eq!(
            place(&base.join("file"), &directory).unwrap_err(),
            Errno::NOTDIR
        );
    }
}
