//! What a user asks for: the words of `aril run` as data.

use crate::environment::Pattern;
use crate::permissions::Context;
use crate::refs::{Arch, Branch, PartialRef, RefError};
use aril_sandbox::Access;
use std::ffi::OsString;
use std::path::PathBuf;

/// What is to be run, and how. Descriptors are numbers that the caller keeps open.
#[derive(Clone, Debug, Default)]
pub struct Request {
    /// Which application or runtime.
    pub target: RunTarget,
    /// Which version of it.
    pub version: Version,
    /// What it runs on.
    pub runtime: RuntimeRequest,
    /// Where installations are looked for.
    pub scope: Scope,
    /// Execute this instead of the application's own command.
    pub command: Option<OsString>,
    /// The arguments of the command.
    pub arguments: Vec<OsString>,
    /// The working directory inside; `None`: the caller's, when it exists inside.
    pub working_directory: Option<PathBuf>,
    /// What is on `/app` instead of the application's files.
    pub app_files: FilesRequest,
    /// What is on `/usr` instead of the runtime's files.
    pub usr_files: FilesRequest,
    /// Descriptors that appear inside at the paths that they have on the host.
    pub bound_fds: Vec<(i32, Access)>,
    /// The permissions of the command line.
    pub permissions: Context,
    /// Drop every permission but those of the command line, and keep no data.
    pub sandboxed: bool,
    /// System calls that debuggers need are allowed.
    pub devel: bool,
    /// Where variables come from.
    pub variables: Variables,
    /// Variables of the host that pass beside those that the lists name.
    pub passed: Vec<Pattern>,
    /// Buses and what hangs on them.
    pub buses: BusRequest,
    /// `@@ PATH @@` among the arguments names files that are handed in.
    pub file_forwarding: bool,
    /// Everything ends when the launcher's parent does.
    pub die_with_parent: bool,
    /// A sandbox whose namespaces are joined.
    pub parent: Option<ParentRequest>,
    /// The root, with `/etc`, can be written, as under flatpak. It is in memory all the same.
    pub writable_root: bool,
    /// Whether programs that crash leave core dumps to the host, as the launcher's own would. They do so
    /// too where debuggers are allowed (`devel`).
    pub core_dumps: bool,
}

/// What is to be run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RunTarget {
    /// Something installed, or the name of it.
    Name(PartialRef),
    /// The application in a folder: `metadata` and `files`.
    Folder(PathBuf),
}

impl Default for RunTarget {
    fn default() -> Self {
        Self::Folder(PathBuf::new())
    }
}

impl RunTarget {
    /// Reads a word: a path begins with `/` or `.`, and what cannot be a name and is a directory is
    /// one too.
    pub fn parse(word: &OsString) -> Result<Self, RefError> {
        let path = PathBuf::from(word);
        let begins = word.as_encoded_bytes().first();
        if matches!(begins, Some(b'/' | b'.')) {
            return Ok(Self::Folder(path));
        }
        let name = match word.to_str() {
            Some(text) => text.parse().map(Self::Name),
            None => return Ok(Self::Folder(path)),
        };
        match name {
            Err(_) if path.is_dir() => Ok(Self::Folder(path)),
            other => other,
        }
    }
}

/// The version of what is run.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Version {
    /// The architecture.
    pub arch: Option<Arch>,
    /// The branch.
    pub branch: Option<Branch>,
    /// A commit other than the active one.
    pub commit: Option<String>,
}

/// What is put on `/usr`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RuntimeRequest {
    /// Another runtime than the metadata name.
    pub choice: RuntimeChoice,
    /// Another branch of it.
    pub version: Option<Branch>,
    /// Another commit of it than the active one.
    pub commit: Option<String>,
    /// The SDK that the metadata name instead of the runtime.
    pub sdk: bool,
}

/// Which runtime.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum RuntimeChoice {
    /// What the metadata name; the host's `/usr` when an application in a folder names one that is
    /// not installed, or none.
    #[default]
    OfMetadata,
    /// This one; what is left open is as the metadata have it.
    Named(PartialRef),
    /// A folder: the deployment of a runtime, or what is to be on `/usr`.
    Folder(PathBuf),
    /// The host's own `/usr`.
    Host,
}

/// Which installations are searched.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Scope {
    /// All of them.
    #[default]
    All,
    /// The user's and these of the system by name; `default` is the one that is always there.
    Chosen {
        /// The user's own.
        user: bool,
        /// Those of the system.
        system: Vec<String>,
    },
}

/// What is put on `/app` or `/usr` instead.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum FilesRequest {
    /// What belongs there.
    #[default]
    Own,
    /// Nothing: an empty directory.
    Empty,
    /// This directory.
    Path(PathBuf),
    /// The directory that this descriptor is open on.
    Fd(i32),
}

/// Where the variables of the application come from.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Variables {
    /// Those of the host that the lists name.
    #[default]
    Listed,
    /// Every one of the host but those that are known to do harm: flatpak's behaviour.
    OfHost,
    /// None of the host.
    Clear,
}

/// Buses.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BusRequest {
    /// The session bus.
    pub session: BusChoice,
    /// The accessibility bus.
    pub accessibility: BusChoice,
    /// The document portal.
    pub documents: bool,
    /// What goes over the system bus is told on standard error.
    pub log_system: bool,
}

impl Default for BusRequest {
    fn default() -> Self {
        Self {
            session: BusChoice::default(),
            accessibility: BusChoice::default(),
            documents: true,
            log_system: false,
        }
    }
}

/// Whether a bus is reached, and whether what goes over it is told.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum BusChoice {
    /// Yes, unless everything was dropped.
    #[default]
    Default,
    /// Yes.
    Reached,
    /// Yes, and each message is told on standard error.
    Logged,
    /// No.
    Absent,
}

/// A running sandbox to be joined.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ParentRequest {
    /// A process in it.
    pub pid: i32,
    /// How the processes of both see each other.
    pub processes: ParentProcesses,
}

/// Who sees whose processes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ParentProcesses {
    /// Nobody.
    #[default]
    Apart,
    /// The parent sees those of the new sandbox.
    Exposed,
    /// Both see all.
    Shared,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_folders() {
        let parse = |word: &str| RunTarget::parse(&word.into());
        for name in ["org.x.Y", "org.x.Y//1", "app/org.x.Y/x86_64/1"] {
            assert!(matches!(parse(name), Ok(RunTarget::Name(_))), "{name}");
        }
        // A word without a slash is a folder if there is one, wherever the test runs.
        let here = std::fs::read_dir(".").expect("the current directory");
        let here = here.map(|entry| entry.expect("an entry"));
        let here = here.filter(|entry| entry.path().is_dir());
        let found = here.filter_map(|entry| entry.file_name().into_string().ok());
        let found: Vec<String> = found.take(1).collect();
        let folders = ["/a", "./a", "..", ".", "/org.x.Y"].into_iter();
        for folder in folders.chain(found.iter().map(String::as_str)) {
            assert!(
                matches!(parse(folder), Ok(RunTarget::Folder(_))),
                "{folder}"
            );
        }
        assert!(parse("no such").is_err());
        assert!(parse("a/../b").is_err());
    }
}
