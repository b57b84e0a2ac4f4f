//! Paths as a thread means them.

use aril_sys::{Fd, file};
use std::ffi::{CString, OsStr};
use std::os::unix::ffi::OsStrExt;
use std::path::{Component, Path, PathBuf};

/// `AT_FDCWD`, as the kernel reads it: 32 bits.
const WORKING_DIRECTORY: i32 = -100;

/// The path from the thread's root, without `.` and `..`; `None` if its directory has no path.
///
/// `..` is taken away by the text alone, so that after a symlink it can be another directory than the
/// kernel's: a report names paths as people write them.
pub(crate) fn absolute(thread: u32, directory: Option<u64>, text: &[u8]) -> Option<PathBuf> {
    let given = Path::new(OsStr::from_bytes(text));
    if given.is_absolute() {
        return Some(normal(given));
    }
    // A descriptor is an `int`: the upper half of the register is not looked at.
    let link = match directory.map(|register| register as u32 as i32) {
        None | Some(WORKING_DIRECTORY) => format!("/proc/{thread}/cwd"),
        Some(fd) => format!("/proc/{thread}/fd/{fd}"),
    };
    let link = CString::new(link).ok()?;
    let mut buffer = [0; 4096];
    let base = file::read_link(Fd::CWD, &link, &mut buffer).ok()?;
    let is_path = base.starts_with(b"/") && !base.ends_with(b" (deleted)");
    is_path.then(|| normal(&Path::new(OsStr::from_bytes(base)).join(given)))
}

fn normal(path: &Path) -> PathBuf {
    let mut normal = PathBuf::from("/");
    for component in path.components() {
        match component {
            Component::ParentDir => {
                normal.pop();
            }
            Component::Normal(name) => normal.push(name),
            Component::RootDir | Component::CurDir | Component::Prefix(_) => (),
        }
    }
    normal
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn relative_paths_begin_at_the_working_directory() {
        let thread = std::process::id();
        let cwd = std::env::current_dir().unwrap();
        for directory in [None, Some(u64::MAX - 99), Some(0xffff_ff9c)] {
            assert_eq!(absolute(thread, directory, b"x/./y"), Some(cwd.join("x/y")));
        }
        assert_eq!(absolute(thread, None, b"/a//b/../c/"), Some("/a/c".into()));
        assert_eq!(absolute(thread, Some(1 << 20), b"x"), None);
    }
}
