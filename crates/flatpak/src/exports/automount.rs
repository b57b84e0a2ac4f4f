//! Whether an automounter answers.
//!
//! A path below an autofs mount is mounted when somebody enters it, and until then whoever enters
//! waits: for a file server that is switched off, as long as its timeout lasts. `open(2)` with
//! `O_PATH` does not enter (`follow_automount` in fs/namei.c), so what lies at a path can be told
//! without a wait; whether it can be used is tried by a process that can be left behind.

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::fs::{Mode, OFlags, fstatfs, open};
use rustix::io::Errno;
use std::os::fd::AsFd;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

/// `AUTOFS_SUPER_MAGIC` (linux/magic.h).
const AUTOFS: u64 = 0x0187;

/// How long an automounter may take (contract, 1.12).
const PATIENCE: Duration = Duration::from_millis(200);

/// Whether an open directory waits to be mounted by an automounter.
pub(super) fn is_autofs(directory: impl AsFd) -> bool {
    fstatfs(directory).is_ok_and(|filesystem| filesystem.f_type as u64 == AUTOFS)
}

/// Whether what a path names must be asked of an automounter: names that nobody has used yet are
/// not there before that, and even to look is to ask.
pub(super) fn is_asked_for(path: &Path) -> bool {
    let flags = OFlags::PATH | OFlags::NOFOLLOW | OFlags::CLOEXEC;
    let Some(parent) = path.parent() else {
        return false;
    };
    open(parent, flags, Mode::empty()).is_ok_and(is_autofs)
}

/// Whether entering a directory takes longer than an automounter may take. What enters it is a
/// process of its own: the wait cannot be interrupted in every case, and then it is left behind.
pub(super) fn is_late(path: &Path) -> bool {
    let mut command = Command::new("/bin/sh");
    command
        .args(["-c", "cd -P -- \"$1\"", "sh"])
        .arg(path)
        .env_clear();
    command.stdin(Stdio::null()).stderr(Stdio::null());
    let Ok(mut probe) = command.stdout(Stdio::piped()).spawn() else {
        return true;
    };
    if probe.stdout.as_ref().is_some_and(ends_in_time) {
        return probe.wait().is_err();
    }
    // It may have ended by itself just now: the answer came too late all the same.
    probe.kill().ok();
    true
}

/// Whether the other end of a pipe that nobody writes to is closed in time.
fn ends_in_time(pipe: impl AsFd) -> bool {
    let start = Instant::now();
    loop {
        let left = PATIENCE.saturating_sub(start.elapsed());
        let Ok(left) = Timespec::try_from(left) else {
            return false;
        };
        let mut waiting = [PollFd::new(&pipe, PollFlags::IN)];
        match poll(&mut waiting, Some(&left)) {
            Err(Errno::INTR) => {}
            other => return other == Ok(1),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_directory_that_can_be_entered_is_not_late() {
        for path in ["/", "/usr/bin", "/no/such"] {
            assert!(!is_late(Path::new(path)), "{path}");
            assert!(!is_asked_for(Path::new(path)), "{path}");
        }
        assert!(!is_autofs(std::fs::File::open("/").unwrap()));
    }
}
