//! Message buses: the proxy that filters them, and what is asked of their services.
//!
//! The application never has a bus of its own: xdg-dbus-proxy(1) listens for it, in a sandbox of its
//! own, and lets through what the permissions say ([`Proxy`]). Services are asked by a small client
//! that blocks ([`Connection`]).

mod address;
mod client;
mod documents;
mod forward;
mod proxy;
mod refusals;
mod route;
mod rules;
mod services;
mod session_helper;

pub(crate) use address::unescaped;
pub use address::{Address, AddressError};
pub(crate) use client::send_all;
pub use client::{BusError, Connection};
pub use documents::{AskedDocuments, Documents, Given, NoFilesystem};
pub use forward::{ForwardError, Words};
pub use proxy::{Proxy, ProxyError, ProxyFiles, find_program};
pub use refusals::{Refusals, Refused, Wanted};
pub use route::{Buses, Route, Routes};
pub use session_helper::SessionHelper;
