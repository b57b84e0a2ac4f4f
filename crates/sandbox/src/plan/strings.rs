//! Strings made ready for system calls.

use super::PlanError;
use aril_sys::Fd;
use aril_sys::file::{self, O_PATH, RESOLVE_NO_SYMLINKS};
use std::ffi::{CStr, CString, OsStr};
use std::os::unix::ffi::OsStrExt;
use std::path::Path;
use std::sync::Arc;

/// The longest path that a system call takes, without its NUL (`PATH_MAX` of `limits.h`).
pub(crate) const LONGEST_PATH: usize = 4095;

/// A C string of a string that may be empty.
pub(crate) fn c_string(text: &OsStr, subject: &'static str) -> Result<CString, PlanError> {
    CString::new(text.as_bytes()).map_err(|_| PlanError::Nul { subject })
}

/// A C string of a source's path, without links and without `..`.
///
/// The new root is stacked on the old one while it is made, and a walk that comes back to `/` by `..`
/// steps up the stack: `/etc/resolv.conf -> ../run/x` would be looked for in the sandbox. What procfs
/// has is the opener's own and stays as it is; so does what is not there, which the child tells.
pub(crate) fn source_path(path: &Path, subject: &'static str) -> Result<CString, PlanError> {
    let given = c_path(path, subject)?;
    match is_of_opener(given.to_bytes()) || is_straight(&given) {
        true => Ok(given),
        false => Ok(real_path(&given).unwrap_or(given)),
    }
}

/// Whether a path leads into procfs by its first names.
fn is_of_opener(path: &[u8]) -> bool {
    let Some(path) = path.strip_prefix(b"/") else {
        return false;
    };
    let names = path.split(|byte| *byte == b'/');
    let mut names = names.filter(|name| !matches!(*name, b"" | b"."));
    match (names.next(), names.next()) {
        (Some(b"proc"), _) => true,
        (Some(b"dev"), Some(name)) => matches!(name, b"fd" | b"stdin"),
        _ => false,
    }
}

/// Whether a walk meets neither a link nor `..`.
fn is_straight(path: &CStr) -> bool {
    let mut names = path.to_bytes().split(|byte| *byte == b'/');
    if names.any(|name| name == b"..") {
        return false;
    }
    let found = file::open_resolved(Fd::CWD, path, O_PATH, RESOLVE_NO_SYMLINKS);
    found.map(Fd::into_owned).is_ok()
}

/// Where a walk ends, as the kernel tells it; nothing where that is not a place in the tree.
#[cold]
#[inline(never)]
fn real_path(path: &CStr) -> Option<CString> {
    let found = file::open(Fd::CWD, path, O_PATH, 0).ok()?;
    let link = CString::new(format!("/proc/self/fd/{}", found.number()));
    let owned = found.into_owned();
    let mut buffer = [0; LONGEST_PATH + 1];
    let real = CString::new(file::read_link(Fd::CWD, &link.ok()?, &mut buffer).ok()?).ok()?;
    let is_same = |place: &CStr| {
        let found = file::status_at(Fd::CWD, place);
        let status = file::status(Fd::from(&owned));
        found.is_ok_and(|found| status.is_ok_and(|status| found.is_same_file(&status)))
    };
    (real.to_bytes().starts_with(b"/") && !real.to_bytes().starts_with(b"/proc/") && is_same(&real))
        .then_some(real)
}

/// A C string of a path, which is not empty.
pub(crate) fn c_path(path: &Path, subject: &'static str) -> Result<CString, PlanError> {
    let bytes = path.as_os_str().as_bytes();
    match bytes.len() {
        0 => Err(PlanError::Empty { subject }),
        1..=LONGEST_PATH => c_string(path.as_os_str(), subject),
        _ => Err(PlanError::TooLong {
            subject,
            limit: LONGEST_PATH,
        }),
    }
}

/// A path inside, relative to the new root: slashes at both ends removed, `.` for the root. Above the
/// root there is only the root, so `..` at the beginning is that too.
pub(crate) fn target_path(
    path: &Path,
    subject: &'static str,
) -> Result<Arc<std::ffi::CStr>, PlanError> {
    let mut bytes = c_path(path, subject)?.into_bytes();
    while bytes.last() == Some(&b'/') {
        bytes.pop();
    }
    let mut rest = bytes.as_slice();
    while let Some(below) = below_root(rest) {
        rest = below;
    }
    let mut bytes = rest.to_vec();
    if bytes.is_empty() {
        bytes.push(b'.');
    }
    CString::new(bytes)
        .map(Arc::from)
        .map_err(|_| PlanError::Nul { subject })
}

/// The path without a first part that stays at the root; `None` if there is no such part.
fn below_root(path: &[u8]) -> Option<&[u8]> {
    match path {
        [b'/', rest @ ..] | [b'.', b'/', rest @ ..] | [b'.', b'.', b'/', rest @ ..] => Some(rest),
        b"." | b".." => Some(b""),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn targets_begin_at_the_root() {
        for (given, relative) in [
            ("/a/b", "a/b"),
            ("a/b//", "a/b"),
            ("//a//b", "a//b"),
            ("/../a", "a"),
            ("./a", "a"),
            ("../../a/../b", "a/../b"),
            ("/..a", "..a"),
            ("/", "."),
            (".", "."),
            ("/..", "."),
            ("../.", "."),
        ] {
            let path = target_path(Path::new(given), "a target").expect("a path");
            assert_eq!(path.to_bytes(), relative.as_bytes(), "{given}");
        }
    }
}
