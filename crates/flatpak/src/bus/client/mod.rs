//! A client of a message bus that sends a call and waits for the reply.
//!
//! Written here, because the kept library (zbus) runs each connection on threads that stay, with
//! descriptors of their own, while a launcher closes what it does not know and enters user
//! namespaces, which needs a single thread. The few calls that a start makes need no more than this.

mod marshal;
mod message;
mod transport;

pub(crate) use transport::send_all;

use super::address::{Address, AddressError};
use crate::compose::Facts;
use crate::permissions::Bus;
use crate::{plain_words, shown};
use message::Reply;
use std::error::Error;
use std::fmt::{self, Display, Formatter};
use std::io;
use std::os::fd::BorrowedFd;
use std::os::unix::net::UnixStream;
use std::time::Duration;

pub(super) use marshal::Writer;
pub(super) use message::Call;

/// How long a reply may take: as the reference implementation of D-Bus has it. A service may have
/// to be started first.
const PATIENCE: Duration = Duration::from_secs(25);

/// A connection to a bus, or to a service that listens itself.
#[derive(Debug)]
pub struct Connection {
    stream: UnixStream,
    serial: u32,
    /// The serials of calls whose replies have not been asked for yet.
    pending: Vec<u32>,
    /// Their replies, as far as those came while another was waited for.
    early: Vec<Reply>,
}

/// A call that has been sent, and whose reply is waited for later.
#[derive(Clone, Copy, Debug)]
pub(super) struct Pending<'a> {
    call: Call<'a>,
    serial: u32,
}

/// Why there is no reply.
#[derive(Debug)]
pub enum BusError {
    /// It is not known where the bus is.
    Address(AddressError),
    /// The bus cannot be reached, or does not answer.
    Io {
        /// What was done, on what.
        action: String,
        /// Why it failed.
        error: io::Error,
    },
    /// The service answered with an error.
    Refused {
        /// The method.
        method: String,
        /// The name of the error.
        name: String,
        /// What it says.
        text: String,
    },
    /// The service answered with something else than its method returns.
    Reply {
        /// The method.
        method: String,
    },
}

impl Error for BusError {}

impl Display for BusError {
    fn fmt(&self, out: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Self::Address(error) => write!(out, "find a bus: {error}"),
            Self::Io { action, error } => {
                write!(out, "{action}: {}", plain_words(&error.to_string()))
            }
            Self::Refused { method, name, text } => {
                write!(out, "call {method}: {} ({})", shown(text), shown(name))
            }
            Self::Reply { method } => write!(out, "call {method}: its reply is not understood"),
        }
    }
}

impl Connection {
    /// Connects to the session bus.
    pub fn to_session_bus(facts: &Facts) -> Result<Self, BusError> {
        let address = Address::of(Bus::Session, facts).map_err(BusError::Address)?;
        Self::to_bus(&address)
    }

    /// Connects to a bus, which gives the connection a name.
    pub fn to_bus(address: &Address) -> Result<Self, BusError> {
        let mut connection = Self::to_peer(address)?;
        let hello = Call {
            destination: "org.freedesktop.DBus",
            path: "/org/freedesktop/DBus",
            interface: "org.freedesktop.DBus",
            member: "Hello",
        };
        connection.call(&hello, Writer::new(""), &[])?;
        Ok(connection)
    }

    /// Connects to a service that is no bus.
    pub fn to_peer(address: &Address) -> Result<Self, BusError> {
        let refuse = |error| BusError::Io {
            action: format!("connect to a bus, on {address}"),
            error,
        };
        let stream = transport::connect(address).map_err(refuse)?;
        stream.set_read_timeout(Some(PATIENCE)).map_err(refuse)?;
        stream.set_write_timeout(Some(PATIENCE)).map_err(refuse)?;
        transport::authenticate(&stream).map_err(refuse)?;
        Ok(Self {
            stream,
            serial: 0,
            pending: Vec::new(),
            early: Vec::new(),
        })
    }

    /// Calls a method and waits for its reply.
    pub(super) fn call(
        &mut self,
        call: &Call<'_>,
        body: Writer,
        fds: &[BorrowedFd<'_>],
    ) -> Result<Reply, BusError> {
        let pending = self.send(call, body, fds)?;
        self.reply(&pending)
    }

    /// Calls a method; its reply can be waited for later, and other methods be called meanwhile.
    pub(super) fn send<'a>(
        &mut self,
        call: &Call<'a>,
        body: Writer,
        fds: &[BorrowedFd<'_>],
    ) -> Result<Pending<'a>, BusError> {
        self.serial += 1;
        let message = call.to_bytes(self.serial, &body, fds.len());
        send_all(&self.stream, &message, fds).map_err(refused(call))?;
        self.pending.push(self.serial);
        Ok(Pending {
            call: *call,
            serial: self.serial,
        })
    }

    /// Waits for a reply. Messages that answer no call are dropped.
    pub(super) fn reply(&mut self, to: &Pending<'_>) -> Result<Reply, BusError> {
        let is_it = |reply: &Reply| reply.to == Some(to.serial);
        self.pending.retain(|serial| *serial != to.serial);
        if let Some(at) = self.early.iter().position(is_it) {
            return self.early.swap_remove(at).into_result(&to.call);
        }
        loop {
            let reply = Reply::read(&mut self.stream).map_err(refused(&to.call))?;
            if is_it(&reply) {
                return reply.into_result(&to.call);
            }
            if reply
                .to
                .is_some_and(|serial| self.pending.contains(&serial))
            {
                self.pending.retain(|serial| reply.to != Some(*serial));
                self.early.push(reply);
            }
        }
    }
}

fn refused(call: &Call<'_>) -> impl Fn(io::Error) -> BusError {
    move |error| BusError::Io {
        action: format!("call {}", call.name()),
        error,
    }
}
