//! Where `--info-fd` and `--json-status-fd` go.

use crate::Invocation;
use crate::status;
use aril_sandbox::Created;
use aril_sandbox::sys::{Errno, Fd, file};

/// Tells of the sandbox's first process, before the program begins.
pub(crate) fn announce(invocation: &Invocation, created: Created) -> Result<(), Errno> {
    let namespaces = &invocation.spec.namespaces;
    let facts = status::facts(created.pid, namespaces, &|name| created.namespace_id(name));
    if let Some(fd) = invocation.info_fd {
        file::write_all(Fd::new(fd), status::document(&facts).as_bytes())?;
        // The reader waits for the end. A number that has another use stays open.
        if fd > 2 && invocation.json_status_fd != Some(fd) {
            file::close(Fd::new(fd))?;
        }
    }
    match invocation.json_status_fd {
        Some(fd) => file::write_all(Fd::new(fd), status::line(&facts).as_bytes()),
        None => Ok(()),
    }
}

/// Tells of the payload's end.
pub(crate) fn end(json_status_fd: i32, code: u8) {
    let line = status::line(&[("exit-code", code.into())]);
    // The payload's status is worth more than a reader that has gone.
    match file::write_all(Fd::new(json_status_fd), line.as_bytes()) {
        Ok(()) | Err(_) => (),
    }
}
