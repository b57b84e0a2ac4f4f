//! The command from its words to its exit status.
//!
//! Everything here and below it calls the kernel through the engine's system layer only: the program
//! may be started without the C library, and then nothing of the standard library that needs one may
//! be used.

use crate::message::Voice;
use crate::parse::{Answer, Artifact, Parsed, Request};
use crate::{Caller, complete, help, man, run};
use aril_sandbox::sys::{Errno, Fd, cred, file, signal};
use std::ffi::{OsStr, OsString};

/// What the program is started with.
#[derive(Clone, Debug, Default)]
pub struct Start {
    /// `argv`; may be empty.
    pub arguments: Vec<OsString>,
    /// The environment.
    pub environment: Vec<(OsString, OsString)>,
    /// Whether the kernel gave the program more rights than its caller has, as far as is known.
    pub is_privileged: bool,
}

/// The exit status of everything that goes wrong before the payload runs.
pub(crate) const FAILED: u8 = 1;

/// The number of `CAP_SYS_ADMIN` (`capabilities(7)`).
const SYS_ADMIN: u32 = 21;

/// The version of bubblewrap whose dialect this is. Programs compare it.
const DIALECT: &str = "bubblewrap 0.11.1\n";

/// Runs the command; what is returned is the exit status.
pub fn command(start: Start) -> u8 {
    let voice = Voice::default();
    match prepare(&start) {
        Ok(caller) => {
            let (name, words) = match start.arguments.split_first() {
                Some((name, words)) => (name.as_os_str(), words),
                None => (OsStr::new("bwrap"), &[][..]),
            };
            let parsed = crate::parse(words, caller, &mut read_words);
            answer(name, parsed, start.environment)
        }
        Err(refusal) => voice.fail(&refusal),
    }
}

/// Makes sure that the program has no rights but its caller's, and that it can wait for children.
fn prepare(start: &Start) -> Result<Caller, String> {
    let failed = |action| move |errno: Errno| format!("{action}: {errno}");
    if start.is_privileged || cred::started_privileged().map_err(failed("capget failed"))? {
        return Err("refusing to run set-user-ID or with file capabilities".into());
    }
    // A caller that ignores SIGCHLD would make the kernel reap in our place.
    signal::reset_to_default(signal::SIGCHLD as i32).map_err(failed("sigaction"))?;
    let ids = cred::user_ids().and_then(|user| Ok((user, cred::group_ids()?)));
    let (user, group) = ids.map_err(failed("getresuid"))?;
    let own = cred::capabilities().map_err(failed("capget failed"))?;
    Ok(Caller {
        uid: user.effective,
        gid: group.effective,
        is_administrator: own.effective >> SYS_ADMIN & 1 == 1,
    })
}

fn answer(name: &OsStr, parsed: Parsed, environment: Vec<(OsString, OsString)>) -> u8 {
    let mut voice = Voice::default();
    for warning in &parsed.notes.warnings {
        voice.level_prefix = warning.level_prefix;
        voice.warn(warning);
    }
    voice.level_prefix = parsed.notes.level_prefix;
    match parsed.request {
        Err(error) => voice.fail(&error),
        Ok(Request::NoCommand) => {
            print(Fd::new(2), &help::help(name));
            FAILED
        }
        Ok(Request::Answer(answer)) => print(Fd::new(1), &text_of(name, answer)),
        Ok(Request::Run(mut invocation)) => run::run(&mut invocation, environment, &mut voice),
    }
}

fn text_of(name: &OsStr, answer: Answer) -> String {
    match answer {
        Answer::Help => help::help(name),
        Answer::Version => DIALECT.into(),
        Answer::OwnVersion => concat!("aril ", env!("CARGO_PKG_VERSION"), "\n").into(),
        Answer::Generate(Artifact::Man) => man::page(),
        Answer::Generate(Artifact::Bash) => complete::bash(),
        Answer::Generate(Artifact::Zsh) => complete::zsh(),
        Answer::Generate(Artifact::Fish) => complete::fish(),
    }
}

/// Writes an answer. A reader that is gone does not want it.
fn print(to: Fd, text: &str) -> u8 {
    match file::write_all(to, text.as_bytes()) {
        Ok(()) | Err(Errno::EPIPE) => 0,
        Err(_) => FAILED,
    }
}

/// The most bytes that `--args` takes.
const MOST_BYTES: usize = 64 << 20;

/// Reads all that a descriptor gives, and closes it.
fn read_words(fd: i32) -> Result<Vec<u8>, Errno> {
    let fd = Fd::new(fd);
    let mut data = Vec::new();
    let mut buffer = [0; 4096];
    loop {
        match file::read(fd, &mut buffer)? {
            0 => break,
            length => data.extend_from_slice(&buffer[..length]),
        }
        if data.len() > MOST_BYTES {
            return Err(Errno::E2BIG);
        }
    }
    file::close(fd)?;
    Ok(data)
}
