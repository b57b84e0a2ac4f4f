//! What the launcher has open decides, not what lies at a path by the time that it is looked at.
//!
//! Somebody who can write above the current directory, another user or a sandbox that runs there
//! already, can put a link in its place between two looks: what is mounted would be another directory.

use crate::error::RunError;
use aril_sandbox::Spec;
use aril_sandbox::spec::{Node, Source};
use aril_sandbox::sys::{self, file};
use rustix::fs::{Mode, OFlags, ResolveFlags, open, openat2};
use rustix::io::Errno;
use std::os::fd::{AsRawFd, OwnedFd};
use std::path::{Path, PathBuf};

/// The current directory, held open.
#[derive(Debug)]
pub struct Held {
    fd: OwnedFd,
    path: PathBuf,
}

impl Held {
    /// Opens it, and lets the spec's mount of it be a mount of what is open. The descriptor is compared
    /// with what lies at the path when that is mounted, and another directory stops the start.
    pub fn hold(path: &Path, spec: &mut Spec) -> Result<Self, RunError> {
        let flags = OFlags::PATH | OFlags::DIRECTORY | OFlags::CLOEXEC;
        let fd = open(".", flags, Mode::empty());
        let fd = fd.map_err(|errno| RunError::on("open the current directory", path, errno))?;
        for entry in &mut spec.tree {
            if let Node::Bind(bind) = &mut entry.node
                && bind.source == Source::Path(path.to_owned())
            {
                bind.source = Source::Fd(fd.as_raw_fd());
            }
        }
        let path = path.to_owned();
        Ok(Self { fd, path })
    }

    /// Opens a directory at or below it, and no other; `None` if the path lies elsewhere.
    pub fn open(&self, path: &Path, flags: OFlags) -> Option<Result<OwnedFd, Errno>> {
        let below = path.strip_prefix(&self.path).ok()?;
        let below = Path::new(".").join(below);
        let resolve = ResolveFlags::BENEATH | ResolveFlags::NO_MAGICLINKS;
        Some(openat2(&self.fd, below, flags, Mode::empty(), resolve))
    }
}

/// Refuses a directory as standard input, output or error: every path of the host's could be walked from
/// there where no Landlock holds.
pub fn refuse_directories() -> Result<(), RunError> {
    for (number, name) in [(0, "input"), (1, "output"), (2, "error")] {
        let status = file::status(sys::Fd::new(number));
        if status.is_ok_and(|status| status.is_directory()) {
            return Err(RunError::new(format_args!(
                "start the command, on standard {name}: it is a directory, which leads out of the sandbox"
            )));
        }
    }
    Ok(())
}
