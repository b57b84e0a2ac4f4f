//! What is said on standard error.

use crate::command::FAILED;
use aril_sandbox::sys::{Fd, file};
use std::fmt::Display;

/// How messages look.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Voice {
    /// Whether they begin with their level, as the journal reads it (sd-daemon(3)).
    pub(crate) level_prefix: bool,
}

/// `LOG_ERR` and `LOG_WARNING` of syslog(3).
const ERROR: u8 = 3;
const WARNING: u8 = 4;

impl Voice {
    /// Says why there is no sandbox; what is returned is the exit status.
    pub(crate) fn fail(&self, text: &dyn Display) -> u8 {
        self.say(ERROR, &format_args!("bwrap: {text}"));
        FAILED
    }

    /// Says something that does not stop the start.
    pub(crate) fn warn(&self, text: &dyn Display) {
        self.say(WARNING, &format_args!("bwrap: {text}"));
    }

    /// Says what may help after a failure.
    pub(crate) fn hint(&self, text: &dyn Display) {
        self.say(ERROR, &format_args!("hint: {text}"));
    }

    fn say(&self, level: u8, text: &dyn Display) {
        let line = if self.level_prefix {
            format!("<{level}>{text}\n")
        } else {
            format!("{text}\n")
        };
        // Where nobody listens nothing can be said.
        match file::write_all(Fd::new(2), line.as_bytes()) {
            Ok(()) | Err(_) => (),
        }
    }
}
