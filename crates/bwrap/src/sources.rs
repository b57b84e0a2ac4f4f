//! Sources that are not there. They are the cause that is told, whatever else would fail, and as far
//! as possible they are found before anything is made.

use crate::text::Shown;
use aril_sandbox::plan::{Plan, Step};
use aril_sandbox::sys::{Errno, Fd, file};
use std::ffi::CStr;

/// Words for the first source that cannot be found, in the order of the steps.
pub(crate) fn missing(plan: &Plan) -> Option<String> {
    plan.steps().iter().find_map(|planned| match &planned.step {
        Step::Bind(bind) => {
            let errno = lost(&bind.source)?;
            let is_passed_over = bind.optional && errno == Errno::ENOENT;
            (!is_passed_over).then(|| not_found(&bind.source, errno))
        }
        Step::Overlay(overlay) => overlay.layers.iter().find_map(|layer| missing_at(layer)),
        _ => None,
    })
}

/// Words for a directory of the host's, if it cannot be found.
pub(crate) fn missing_at(path: &CStr) -> Option<String> {
    lost(path).map(|errno| not_found(path, errno))
}

/// Whether steps could leave something on the host before a source is missed.
pub(crate) fn can_leave_traces(plan: &Plan) -> bool {
    let mut steps = plan.steps().iter();
    steps.any(|planned| matches!(&planned.step, Step::Bind(bind) if bind.live))
}

/// What is denied here may be allowed inside, where the owner has every right on the own files.
fn lost(path: &CStr) -> Option<Errno> {
    match file::status_at(Fd::CWD, path) {
        Err(errno @ (Errno::ENOENT | Errno::ENOTDIR | Errno::ELOOP)) => Some(errno),
        _ => None,
    }
}

/// Words for a source that cannot be found.
pub(crate) fn not_found(path: &CStr, errno: Errno) -> String {
    let path = Shown::bytes(path.to_bytes());
    format!("Can't find source path {path}: {errno}")
}
