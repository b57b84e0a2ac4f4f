//! Why nothing is run, in words: *what, on what: why*.

use super::facts::NoHome;
use super::persist::PersistError;
use super::sockets::SocketsError;
use crate::bus::{ForwardError, ProxyError};
use crate::extensions::PathFault;
use crate::installations::InstallationError;
use crate::instance_info::InfoError;
use crate::instances::InstanceError;
use crate::metadata::MetadataError;
use crate::text::{plain_words, shown_path};
use std::error::Error;
use std::fmt::{self, Display, Formatter};
use std::io;
use std::path::{Path, PathBuf};

/// Why a sandbox could not be put together.
#[derive(Debug)]
pub enum ComposeError {
    /// There is nobody to run it for.
    Home(NoHome),
    /// What is installed was not found or could not be read.
    Installation(Box<InstallationError>),
    /// Something could not be done to a path.
    Path {
        /// What was to be done.
        what: &'static str,
        /// The path.
        path: PathBuf,
        /// Why not.
        error: io::Error,
    },
    /// The metadata of an application in a folder are wrong.
    Metadata(PathBuf, MetadataError),
    /// The metadata are those of a runtime.
    NotAnApplication(PathBuf),
    /// An application that names no runtime is not in a folder.
    NoRuntime(String),
    /// The runtime is not installed.
    RuntimeMissing(String),
    /// The application names no command.
    NoCommand,
    /// A path that a package gives leads out.
    PackagePath(String, PathFault),
    /// The system-call filter cannot be made here.
    Filter(String),
    /// `/.flatpak-info` cannot be written.
    Info(InfoError),
    /// The directories of the instance cannot be made.
    Instance(InstanceError),
    /// A path that is kept is not the application's own.
    Persist(PersistError),
    /// A socket that is granted cannot be had.
    Sockets(SocketsError),
    /// The proxy of message buses does not start.
    Proxy(Box<ProxyError>),
    /// Files cannot be handed in.
    Forward(ForwardError),
    /// Something that was asked for makes no sense, or cannot be had.
    Refused(String),
}

impl ComposeError {
    /// For `map_err`: something that could not be done to a path.
    pub(super) fn on<E: Into<io::Error>>(
        what: &'static str,
        path: &Path,
    ) -> impl FnOnce(E) -> Self + use<E> {
        let path = path.to_owned();
        move |error| Self::Path {
            what,
            path,
            error: error.into(),
        }
    }

    /// What the user can do about it.
    pub fn hint(&self) -> Option<&'static str> {
        match self {
            Self::Path {
                what: READ_METADATA,
                ..
            } => Some("the folder of an application has a file `metadata` and a directory `files`"),
            Self::NoCommand => Some("name one with --command=CMD"),
            Self::RuntimeMissing(_) | Self::NoRuntime(_) => {
                Some("install it, or choose another: --runtime=ID, --runtime=DIR, --runtime=host")
            }
            Self::Installation(error) => match **error {
                InstallationError::NotInstalled(_) => Some("a folder is named with a slash: ./DIR"),
                InstallationError::Ambiguous(..) => {
                    Some("choose one: ID//BRANCH, or --branch=BRANCH")
                }
                _ => None,
            },
            _ => None,
        }
    }
}

/// What is done when metadata are read.
pub(super) const READ_METADATA: &str = "read metadata";

impl Error for ComposeError {}

impl Display for ComposeError {
    fn fmt(&self, out: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Self::Home(error) => write!(out, "{error}"),
            Self::Installation(error) => write!(out, "{error}"),
            Self::Path { what, path, error } => {
                let why = plain_words(&error.to_string());
                write!(out, "{what}, on {}: {why}", shown_path(path))
            }
            Self::Metadata(path, error) => {
                write!(out, "{READ_METADATA}, on {}: {error}", shown_path(path))
            }
            Self::NotAnApplication(path) => {
                let path = shown_path(path);
                write!(
                    out,
                    "{READ_METADATA}, on {path}: it is a runtime, not an application"
                )
            }
            Self::NoRuntime(id) => write!(out, "find the runtime, on {id}: it names none"),
            Self::RuntimeMissing(name) => write!(out, "find the runtime, on {name}: not installed"),
            Self::NoCommand => {
                out.write_str("choose the command, on the application: it names none")
            }
            Self::PackagePath(what, fault) => write!(out, "{what}: {fault}"),
            Self::Filter(why) => write!(out, "filter system calls, on this machine: {why}"),
            Self::Info(error) => write!(out, "{error}"),
            Self::Instance(error) => write!(out, "{error}"),
            Self::Persist(error) => write!(out, "{error}"),
            Self::Sockets(error) => write!(out, "{error}"),
            Self::Proxy(error) => write!(out, "{error}"),
            Self::Forward(error) => write!(out, "{error}"),
            Self::Refused(text) => out.write_str(text),
        }
    }
}

impl From<NoHome> for ComposeError {
    fn from(error: NoHome) -> Self {
        Self::Home(error)
    }
}

impl From<InstallationError> for ComposeError {
    fn from(error: InstallationError) -> Self {
        Self::Installation(Box::new(error))
    }
}

impl From<InfoError> for ComposeError {
    fn from(error: InfoError) -> Self {
        Self::Info(error)
    }
}

impl From<InstanceError> for ComposeError {
    fn from(error: InstanceError) -> Self {
        Self::Instance(error)
    }
}

impl From<PersistError> for ComposeError {
    fn from(error: PersistError) -> Self {
        Self::Persist(error)
    }
}

impl From<SocketsError> for ComposeError {
    fn from(error: SocketsError) -> Self {
        Self::Sockets(error)
    }
}

impl From<ProxyError> for ComposeError {
    fn from(error: ProxyError) -> Self {
        Self::Proxy(Box::new(error))
    }
}

impl From<ForwardError> for ComposeError {
    fn from(error: ForwardError) -> Self {
        Self::Forward(error)
    }
}
