//! What becomes of a system call.

use std::fmt;

/// What the kernel does with a system call: seccomp(2), "seccomp return values".
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Action {
    /// Run it.
    Allow,
    /// Skip it and return this errno; the kernel knows none above 4095.
    Errno(u16),
    /// End the whole process with SIGSYS (since Linux 4.14).
    KillProcess,
    /// End the calling thread with SIGSYS.
    KillThread,
    /// Skip it and send SIGSYS to the thread.
    Trap,
    /// Run it and write it to the audit log (since Linux 4.14).
    Log,
    /// Ask the supervisor that holds the notification descriptor (since Linux 5.0).
    UserNotify,
}

/// The lower half of a return value is data, here the errno: `SECCOMP_RET_DATA`.
const DATA: u32 = 0xffff;

const KILL_PROCESS: u32 = 0x8000_0000;
const KILL_THREAD: u32 = 0;
const TRAP: u32 = 0x0003_0000;
const ERRNO: u32 = 0x0005_0000;
const USER_NOTIF: u32 = 0x7fc0_0000;
const LOG: u32 = 0x7ffc_0000;
const ALLOW: u32 = 0x7fff_0000;

/// The largest errno that a filter can return: `MAX_ERRNO` in linux/err.h.
pub(crate) const MAX_ERRNO: u16 = 4095;

impl Action {
    /// The value that a filter returns to mean this action (linux/seccomp.h).
    pub fn encode(self) -> u32 {
        match self {
            Self::Allow => ALLOW,
            Self::Errno(errno) => ERRNO | u32::from(errno),
            Self::KillProcess => KILL_PROCESS,
            Self::KillThread => KILL_THREAD,
            Self::Trap => TRAP,
            Self::Log => LOG,
            Self::UserNotify => USER_NOTIF,
        }
    }

    /// The action that a filter's return value means, if it is one of these.
    ///
    /// The kernel takes `SECCOMP_RET_TRACE` too, which Aril never asks for, and kills the
    /// process on a value that it does not know.
    pub fn decode(value: u32) -> Option<Self> {
        let data = u16::try_from(value & DATA).ok()?;
        match value & !DATA {
            ALLOW => Some(Self::Allow),
            ERRNO => Some(Self::Errno(data.min(MAX_ERRNO))),
            KILL_PROCESS => Some(Self::KillProcess),
            KILL_THREAD => Some(Self::KillThread),
            TRAP => Some(Self::Trap),
            LOG => Some(Self::Log),
            USER_NOTIF => Some(Self::UserNotify),
            _ => None,
        }
    }
}

impl fmt::Display for Action {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Allow => f.write_str("allow"),
            Self::Errno(errno) => match errno_name(*errno) {
                Some(name) => write!(f, "fail with {name}"),
                None => write!(f, "fail with errno {errno}"),
            },
            Self::KillProcess => f.write_str("kill the process"),
            Self::KillThread => f.write_str("kill the thread"),
            Self::Trap => f.write_str("send SIGSYS"),
            Self::Log => f.write_str("allow and log"),
            Self::UserNotify => f.write_str("ask the supervisor"),
        }
    }
}

/// Names for the errnos that the named rule sets use.
fn errno_name(errno: u16) -> Option<&'static str> {
    use linux_raw_sys::errno::{EACCES, EAFNOSUPPORT, EINVAL, ENOSYS, EPERM, EPROTONOSUPPORT};
    match u32::from(errno) {
        EPERM => Some("EPERM"),
        EACCES => Some("EACCES"),
        EINVAL => Some("EINVAL"),
        ENOSYS => Some("ENOSYS"),
        EPROTONOSUPPORT => Some("EPROTONOSUPPORT"),
        EAFNOSUPPORT => Some("EAFNOSUPPORT"),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_action_survives_the_way_through_a_return_value() {
        let actions = [
            Action::Allow,
            Action::Errno(0),
            Action::Errno(MAX_ERRNO),
            Action::KillProcess,
            Action::KillThread,
            Action::Trap,
            Action::Log,
            Action::UserNotify,
        ];
        for action in actions {
            assert_eq!(Action::decode(action.encode()), Some(action));
        }
    }

    #[test]
    fn a_trace_value_is_not_ours() {
        assert_eq!(Action::decode(0x7ff0_0000), None);
    }

    #[test]
    fn words_name_the_usual_errnos() {
        assert_eq!(Action::Errno(1).to_string(), "fail with EPERM");
        assert_eq!(Action::Errno(999).to_string(), "fail with errno 999");
    }
}
