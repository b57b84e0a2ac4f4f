//! The proxy: xdg-dbus-proxy(1) in a sandbox of its own.
//!
//! It reads what the application sends, so it gets as little as the application itself: the buses'
//! sockets, a directory for its own, and libraries. In its root is a `/.flatpak-info`, by which
//! portals know whom its messages are from (contract, 1.4 and 1.11).

mod directory;
mod program;
mod spec;

pub use program::find as find_program;

use super::route::{self, Route};
use crate::compose::sockets::bus_place;
use crate::compose::{Facts, Part, RuntimeLink, Transient};
use crate::permissions::Bus;
use aril_sandbox::spec::EnvChange;
use aril_sandbox::{Access, Entry, Host, LaunchError, Outcome, Plan, PlanError, Sandbox};
use directory::Directory;
use rustix::pipe::{PipeFlags, pipe_with};
use std::error::Error;
use std::fmt::{self, Display, Formatter};
use std::fs::File;
use std::io::{self, Read};
use std::os::fd::AsRawFd;
use std::path::PathBuf;

/// Whom the proxy stands for.
#[derive(Clone, Copy, Debug)]
pub struct ProxyFiles<'a> {
    /// The text of the application's `/.flatpak-info`.
    pub info: &'a [u8],
    /// The number of the instance, which no other has.
    pub instance: &'a str,
    /// The program ([`find_program`]).
    pub program: &'a std::path::Path,
    /// Where it tells of messages, if a route says `--log`: a descriptor of the caller's, and else
    /// standard error.
    pub log: Option<i32>,
}

/// A proxy that has been started, and is perhaps not ready yet.
#[derive(Debug)]
pub struct Proxy {
    sandbox: Sandbox,
    /// The proxy writes a byte when it is ready, and ends when this is closed.
    sync: File,
    directory: Directory,
    buses: Vec<Bus>,
}

/// Why there is no proxy though there should be.
#[derive(Debug)]
pub enum ProxyError {
    /// There is no private place for its sockets.
    NoRuntimeDirectory,
    /// Something that it needs could not be made.
    Io {
        /// What was done, on what.
        action: String,
        /// Why it failed.
        error: io::Error,
    },
    /// The system calls that it does not need cannot be refused on this machine.
    Filter(String),
    /// Its sandbox cannot be planned.
    Plan(PlanError),
    /// Its sandbox could not be launched.
    Launch(LaunchError),
    /// It ended before it was ready. What it had to say it said on standard error.
    Ended(Outcome),
}

impl Error for ProxyError {}

impl Display for ProxyError {
    fn fmt(&self, out: &mut Formatter<'_>) -> fmt::Result {
        let start = "start the proxy of message buses";
        match self {
            Self::NoRuntimeDirectory => write!(
                out,
                "{start}, on XDG_RUNTIME_DIR: it is not a directory of the user's alone"
            ),
            Self::Io { action, error } => write!(out, "{action}: {error}"),
            Self::Filter(why) => write!(
                out,
                "filter system calls, of the proxy of message buses: {why}"
            ),
            Self::Plan(error) => write!(out, "{start}: {error}"),
            Self::Launch(error) => write!(out, "{start}: {error}"),
            Self::Ended(outcome) => {
                write!(
                    out,
                    "{start}: it ended before it was ready ({})",
                    Words(outcome)
                )
            }
        }
    }
}

/// How it ended.
struct Words<'a>(&'a Outcome);

impl Display for Words<'_> {
    fn fmt(&self, out: &mut Formatter<'_>) -> fmt::Result {
        match self.0 {
            Outcome::Exited(status) => write!(out, "exit status {status}"),
            Outcome::Signaled(signal) => write!(out, "signal {signal}"),
            Outcome::SetupFailed(failure) => write!(out, "{failure}"),
        }
    }
}

impl Proxy {
    /// Starts one proxy for all `routes`, and does not wait for it.
    pub fn start(
        routes: &[Route],
        files: &ProxyFiles<'_>,
        facts: &Facts,
        host: &Host,
    ) -> Result<Self, ProxyError> {
        let runtime_dir = facts.runtime_dir.as_deref();
        let runtime_dir = runtime_dir.ok_or(ProxyError::NoRuntimeDirectory)?;
        let directory = Directory::make(runtime_dir, files.instance).map_err(|error| {
            let path = crate::shown_path(runtime_dir);
            io_error(format!("make a directory for sockets, in {path}"))(error)
        })?;
        let pipe = pipe_with(PipeFlags::CLOEXEC);
        let (ours, theirs) = pipe
            .map_err(io::Error::from)
            .map_err(io_error("make a pipe".to_owned()))?;
        let spec = spec::spec(routes, files, (directory.path(), theirs.as_raw_fd()))?;
        let plan = Plan::new(&spec, host).map_err(ProxyError::Plan)?;
        let sandbox = plan.launch().map_err(ProxyError::Launch)?;
        Ok(Self {
            sandbox,
            sync: ours.into(),
            directory,
            buses: routes.iter().map(|route| route.bus).collect(),
        })
    }

    /// Waits until the proxy listens, and gives what the application's sandbox gets: its sockets,
    /// and not those of the buses.
    pub fn part(mut self) -> Result<Part, ProxyError> {
        let mut byte = [0];
        let count = self.sync.read(&mut byte);
        let count = count.map_err(io_error("wait for the proxy of message buses".to_owned()))?;
        if count == 0 {
            let ended = self.sandbox.wait();
            let ended = ended.map_err(|errno| {
                io_error("wait for the proxy of message buses".to_owned())(errno.into())
            })?;
            return Err(ProxyError::Ended(ended));
        }
        let mut part = Part::default();
        for bus in &self.buses {
            add(
                &mut part,
                *bus,
                self.directory.path().join(spec::socket_name(*bus)),
            );
        }
        let (lock, path) = self.directory.into_parts();
        part.transient.push(Transient(path));
        part.held.extend(lock);
        part.kept.push(self.sync.into());
        // It ends when the pipe is closed, and when this process ends.
        self.sandbox.detach();
        Ok(part)
    }
}

fn add(part: &mut Part, bus: Bus, socket: PathBuf) {
    let (target, variable) = bus_place(bus);
    let entry = Entry::bind(&socket, target, Access::ReadOnly);
    let origin = format!("{}, filtered", route::name(bus));
    part.tree.push(entry.from_origin(origin));
    let address = format!("unix:path={target}");
    part.environment
        .push(EnvChange::Set(variable.into(), address.into()));
    if bus == Bus::Session {
        part.runtime_links.push(RuntimeLink::to_run_flatpak("bus"));
    }
    part.transient.push(Transient(socket));
}

fn io_error(action: String) -> impl FnOnce(io::Error) -> ProxyError {
    |error| ProxyError::Io { action, error }
}
