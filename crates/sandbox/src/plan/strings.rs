//! Strings made ready for system calls.

use super::PlanError;
use std::ffi::{CString, OsStr};
use std::os::unix::ffi::OsStrExt;
use std::path::Path;
use std::sync::Arc;

/// The longest path that a system call takes, without its NUL (`PATH_MAX` of `limits.h`).
pub(crate) const LONGEST_PATH: usize = 4095;

/// A C string of a string that may be empty.
pub(crate) fn c_string(text: &OsStr, subject: &'static str) -> Result<CString, PlanError> {
    CString::new(text.as_bytes()).map_err(|_| PlanError::Nul { subject })
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

/// A path inside, relative to the new root: slashes at both ends removed, `.` for the root.
pub(crate) fn target_path(
    path: &Path,
    subject: &'static str,
) -> Result<Arc<std::ffi::CStr>, PlanError> {
    let mut bytes = c_path(path, subject)?.into_bytes();
    while bytes.first() == Some(&b'/') {
        bytes.remove(0);
    }
    while bytes.last() == Some(&b'/') {
        bytes.pop();
    }
    if bytes.is_empty() {
        bytes.push(b'.');
    }
    CString::new(bytes)
        .map(Arc::from)
        .map_err(|_| PlanError::Nul { subject })
}
