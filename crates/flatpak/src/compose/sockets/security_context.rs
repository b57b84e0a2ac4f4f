//! A socket of the compositor's on which it knows that a sandboxed application calls.
//!
//! The protocol is security-context-v1 of wayland-protocols' staging area; the wire format is that of
//! the Wayland book, chapter 4. It takes four objects and seven requests, once at a start, which is
//! why they are written here: the client libraries come with an event queue, generated code for
//! every protocol and a build that looks for a C library.

mod wire;

use rustix::pipe::{PipeFlags, pipe_with};
use std::error::Error;
use std::fmt::{self, Display, Formatter};
use std::fs::{self, DirBuilder};
use std::io;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::os::unix::fs::DirBuilderExt;
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::{Path, PathBuf};
use wire::{Message, Request};

const MANAGER: &str = "wp_security_context_manager_v1";

/// The objects, under numbers that the client chooses.
const DISPLAY: u32 = 1;
const REGISTRY: u32 = 2;
const FIRST_SYNC: u32 = 3;
const MANAGER_ID: u32 = 4;
const CONTEXT: u32 = 5;
const LAST_SYNC: u32 = 6;

/// Whom the compositor learns of.
#[derive(Clone, Copy, Debug)]
pub(super) struct Identity<'a> {
    pub(super) id: &'a str,
    pub(super) instance: &'a str,
}

/// The compositor listens.
#[derive(Debug)]
pub(super) struct Listening {
    pub(super) path: PathBuf,
    /// The compositor listens until the last copy of this is closed.
    pub(super) open_while_used: OwnedFd,
}

/// Why a compositor that has security contexts gave none.
#[derive(Debug)]
pub struct SecurityContextError {
    compositor: PathBuf,
    why: io::Error,
}

impl SecurityContextError {
    /// Whether there is only the name of a socket on which nobody listens any more.
    pub(super) fn is_of_nobody(&self) -> bool {
        self.why.kind() == io::ErrorKind::ConnectionRefused
    }
}

impl Error for SecurityContextError {}

impl Display for SecurityContextError {
    fn fmt(&self, out: &mut Formatter<'_>) -> fmt::Result {
        let path = crate::shown_path(&self.compositor);
        write!(out, "make a security context, on {path}: {}", self.why)
    }
}

/// Asks the compositor to listen; `None` when it has no security contexts.
pub(super) fn listen(
    compositor: &Path,
    runtime_dir: &Path,
    identity: &Identity<'_>,
) -> Result<Option<Listening>, SecurityContextError> {
    let made = Client::connect(compositor).and_then(|mut client| match client.find_manager()? {
        None => Ok(None),
        Some(global) => client.listen(global, runtime_dir, identity).map(Some),
    });
    let compositor = compositor.to_owned();
    made.map_err(|why| SecurityContextError { compositor, why })
}

struct Client {
    stream: UnixStream,
}

impl Client {
    fn connect(path: &Path) -> io::Result<Self> {
        let stream = UnixStream::connect(path)?;
        Ok(Self { stream })
    }

    /// The number of the global object, from the registry's list, which ends at the sync.
    fn find_manager(&mut self) -> io::Result<Option<u32>> {
        let requests = [
            Request::new(DISPLAY, 1).number(REGISTRY),
            Request::new(DISPLAY, 0).number(FIRST_SYNC),
        ];
        self.send(&requests, &[])?;
        let mut found = None;
        self.events_until(FIRST_SYNC, |event| {
            if (event.object, event.opcode) == (REGISTRY, 0) {
                let mut words = event.words();
                let (number, name) = (words.number()?, words.string()?);
                if name == MANAGER.as_bytes() {
                    found = Some(number);
                }
            }
            Some(())
        })?;
        Ok(found)
    }

    fn listen(
        &mut self,
        global: u32,
        runtime_dir: &Path,
        identity: &Identity<'_>,
    ) -> io::Result<Listening> {
        let path = place(runtime_dir, identity.instance)?;
        let listener = UnixListener::bind(&path)?;
        // From here on the file is removed if anything fails.
        let transient = crate::compose::Transient(path.clone());
        let (closed, open_while_used) = pipe_with(PipeFlags::CLOEXEC)?;
        let version = 1;
        let bind = Request::new(REGISTRY, 0).number(global).string(MANAGER);
        let requests = [
            bind.number(version).number(MANAGER_ID),
            Request::new(MANAGER_ID, 1).number(CONTEXT),
            Request::new(CONTEXT, 1).string("org.flatpak"),
            Request::new(CONTEXT, 2).string(identity.id),
            Request::new(CONTEXT, 3).string(identity.instance),
            Request::new(CONTEXT, 4),
            Request::new(DISPLAY, 0).number(LAST_SYNC),
        ];
        self.send(&requests, &[listener.as_fd(), closed.as_fd()])?;
        self.events_until(LAST_SYNC, |_| Some(()))?;
        std::mem::forget(transient);
        Ok(Listening {
            path,
            open_while_used,
        })
    }

    fn send(&mut self, requests: &[Request], fds: &[BorrowedFd<'_>]) -> io::Result<()> {
        let bytes: Vec<u8> = requests.iter().flat_map(Request::to_bytes).collect();
        crate::bus::send_all(&self.stream, &bytes, fds)
    }

    /// Reads events until a sync is answered. An event that is not understood is the end.
    fn events_until(
        &mut self,
        sync: u32,
        mut see: impl FnMut(&Message) -> Option<()>,
    ) -> io::Result<()> {
        loop {
            let event = Message::read(&mut self.stream)?;
            match (event.object, event.opcode) {
                (DISPLAY, 0) => return Err(event.refusal()),
                (object, 0) if object == sync => return Ok(()),
                _ => see(&event).ok_or_else(wire::not_understood)?,
            }
        }
    }
}

/// Where sockets like this are (contract, 1.5); the number of an instance is its own.
fn place(runtime_dir: &Path, instance: &str) -> io::Result<PathBuf> {
    let directory = runtime_dir.join(".flatpak/wl");
    DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(&directory)?;
    let path = directory.join(format!("wayland-{instance}"));
    match fs::remove_file(&path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => Ok(path),
    }
}

#[cfg(test)]
mod tests;
