//! `aril logs`: what a sandbox has printed.

use crate::error::RunError;
use crate::output::json_lines;
use crate::registry::{Line, LogReader, find_running};
use aril_flatpak::instances::RuntimeDir;
use aril_flatpak::shown;
use aril_sandbox::sys::process::{self, Poll};
use aril_sandbox::sys::{self, Errno};
use clap::Args;
use rustix::fs::inotify::{self, CreateFlags, WatchFlags};
use std::io::{self, IsTerminal, Write, stdout};
use std::os::fd::OwnedFd;

/// The words of `aril logs`.
#[derive(Clone, Debug, Args)]
#[command(after_help = "\
A log is kept of what is started by `aril exec --log`, while it runs: the last megabytes.\n\
On a terminal, control characters are shown as escapes. --json prints an object for each line: time (in\n\
milliseconds since 1970), stream, text.\n\n\
Examples:\n  aril exec --log --name build make &\n  aril logs --follow build")]
pub struct Words {
    /// Go on until the sandbox has ended.
    #[arg(long, short)]
    pub follow: bool,
    /// Print JSON, an object a line.
    #[arg(long, short)]
    pub json: bool,
    /// Its name, or a process id.
    #[arg(value_name = "SANDBOX")]
    pub sandbox: String,
}

/// Prints; what is returned is the exit status.
pub fn run(words: &Words) -> Result<u8, RunError> {
    let runtime = RuntimeDir::from_environment().map_err(RunError::new)?;
    let sandbox = find_running(&runtime, &words.sandbox)?;
    let (name, launcher) = (sandbox.name.clone(), sandbox.pid);
    let log = sandbox.log()?.ok_or_else(|| {
        RunError::new(format_args!("print the log, on {name}: it keeps none"))
            .with_hint("`aril exec --log COMMAND` keeps one")
    })?;
    let page = Page {
        json: words.json,
        is_terminal: stdout().is_terminal(),
    };
    let printed = match launcher.filter(|_| words.follow) {
        Some(launcher) => follow(log, launcher, &page),
        None => page.print_next(&mut { log }),
    };
    match printed {
        Ok(()) => Ok(0),
        // A reader that has gone, as `head` does, is no failure.
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(0),
        Err(error) => Err(RunError::new(format_args!(
            "print the log, on {name}: {}",
            aril_flatpak::plain_words(&error.to_string())
        ))),
    }
}

/// Prints what comes, until the launcher has ended: then nothing comes any more.
fn follow(mut log: LogReader, launcher: i32, page: &Page) -> io::Result<()> {
    let launcher = match process::open_pidfd(launcher) {
        Err(Errno::ESRCH) => return page.print_next(&mut log),
        other => other?.into_owned(),
    };
    // It lives, and so the id was not another's when it was opened.
    if !log.is_written() {
        return page.print_next(&mut log);
    }
    let changes = inotify::init(CreateFlags::CLOEXEC | CreateFlags::NONBLOCK)?;
    let births = WatchFlags::CREATE | WatchFlags::MODIFY;
    inotify::add_watch(&changes, log.directory().path(), births)?;
    loop {
        page.print_next(&mut log)?;
        let mut polls = [&launcher, &changes].map(|fd| Poll::readable(Some(sys::Fd::from(fd))));
        process::poll(&mut polls, true)?;
        if polls[0].is_ready() {
            return page.print_next(&mut log);
        }
        forget(&changes)?;
    }
}

/// Reads away what has changed: it is looked at in any case.
fn forget(changes: &OwnedFd) -> io::Result<()> {
    let mut buffer = [0; 16 << 10];
    match rustix::io::read(changes, &mut buffer) {
        Ok(_) | Err(rustix::io::Errno::AGAIN) => Ok(()),
        Err(errno) => Err(errno.into()),
    }
}

/// How it is printed.
struct Page {
    json: bool,
    is_terminal: bool,
}

impl Page {
    fn print_next(&self, log: &mut LogReader) -> io::Result<()> {
        let mut out = stdout().lock();
        let mut failed = None;
        log.next_lines(|line| {
            if failed.is_none() {
                failed = out.write_all(self.line(&line).as_bytes()).err();
            }
        })?;
        failed.map_or(Ok(()), Err)?;
        out.flush()
    }

    fn line(&self, line: &Line) -> String {
        match (self.json, self.is_terminal) {
            (true, _) => {
                let line = serde_json::to_string(line).unwrap_or_default();
                json_lines(&line) + "\n"
            }
            (false, true) => format!("{}\n", shown(line.text.as_bytes())),
            (false, false) => format!("{}\n", line.text),
        }
    }
}
