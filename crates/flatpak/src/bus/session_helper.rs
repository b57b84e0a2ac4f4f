//! The session helper: it keeps copies of the resolver's files up to date, and serves the host's
//! certificates.
//!
//! Source: org.freedesktop.Flatpak.SessionHelper, and contract, 1.2.

use super::client::{BusError, Call, Connection, Writer};
use std::path::{Path, PathBuf};

/// What the helper has for applications.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SessionHelper {
    /// The directory of copies of `resolv.conf`, `hosts`, `host.conf` and `gai.conf`, replaced when the
    /// host's are.
    pub monitor: Option<PathBuf>,
    /// The socket of the host's trusted certificates (p11-kit(8), `server`).
    pub certificates: Option<PathBuf>,
}

impl SessionHelper {
    /// Asks for them: `RequestSession() → a{sv}`. The helper is started if it does not run.
    pub fn find(bus: &mut Connection) -> Result<Self, BusError> {
        let call = Call {
            destination: "org.freedesktop.Flatpak",
            path: "/org/freedesktop/Flatpak/SessionHelper",
            interface: "org.freedesktop.Flatpak.SessionHelper",
            member: "RequestSession",
        };
        let reply = bus.call(&call, Writer::new(""), &[])?;
        let mut found = Self::default();
        let mut body = reply.body();
        let mut rows = body.array(8).ok_or_else(|| call.not_understood())?;
        while !rows.is_at_end() {
            let row = rows
                .align(8)
                .and_then(|row| Some((row.string()?, row.text()?)));
            let (key, value) = row.ok_or_else(|| call.not_understood())?;
            let path = Some(PathBuf::from(value)).filter(|path| Path::is_absolute(path));
            match key {
                "path" => found.monitor = path,
                "pkcs11-socket" => found.certificates = path,
                _ => {}
            }
        }
        Ok(found)
    }
}
