//! How far it is, for somebody who waits at a terminal.

use std::io::{IsTerminal, Write, stderr};

/// A line on standard error that counts.
pub(crate) struct Progress {
    what: String,
    total: usize,
    done: usize,
    shown: bool,
}

impl Progress {
    pub(crate) fn new(what: impl Into<String>, total: usize) -> Self {
        let progress = Self {
            what: what.into(),
            total,
            done: 0,
            shown: stderr().is_terminal(),
        };
        progress.show();
        progress
    }

    pub(crate) fn advance(&mut self) {
        self.done += 1;
        self.show();
    }

    fn show(&self) {
        self.print(&format!("{} {}/{}", self.what, self.done, self.total));
    }

    /// A terminal that has gone away changes no figure.
    fn print(&self, text: &str) {
        if self.shown && write!(stderr(), "\r\x1b[K{text}").is_ok() {
            stderr().flush().unwrap_or_default();
        }
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        self.print("");
    }
}
