//! Addresses of message buses (D-Bus Specification, "Server Addresses").

use crate::compose::Facts;
use crate::permissions::Bus;
use crate::shown;
use std::error::Error;
use std::ffi::OsString;
use std::fmt::{self, Display, Formatter};
use std::fs::{Metadata, symlink_metadata};
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::os::unix::fs::FileTypeExt;
use std::path::{Path, PathBuf};

/// The system bus, when no variable names another.
const SYSTEM: &str = "unix:path=/var/run/dbus/system_bus_socket";

/// The first address of a list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Address {
    text: String,
    transport: Transport,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Transport {
    Path(PathBuf),
    Abstract(Vec<u8>),
    Other,
}

/// Why there is no address.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AddressError {
    /// The variable that names it is not set.
    Unset(&'static str),
    /// The text is not an address.
    Bad(String),
}

impl Error for AddressError {}

impl Display for AddressError {
    fn fmt(&self, out: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unset(variable) => write!(out, "{variable} is not set"),
            Self::Bad(text) => write!(out, "{} is not an address of a bus", shown(text)),
        }
    }
}

impl Address {
    /// The address of a bus of the host. That of the accessibility bus, where no variable has it,
    /// is asked from the session bus: [`Connection::accessibility_bus`].
    ///
    /// [`Connection::accessibility_bus`]: super::Connection::accessibility_bus
    pub fn of(bus: Bus, facts: &Facts) -> Result<Self, AddressError> {
        let (variable, default) = match bus {
            Bus::Session => ("DBUS_SESSION_BUS_ADDRESS", None),
            Bus::System => ("DBUS_SYSTEM_BUS_ADDRESS", Some(SYSTEM)),
            Bus::Accessibility => ("AT_SPI_BUS_ADDRESS", None),
        };
        match (facts.variable(variable), default) {
            (None, None) => Err(AddressError::Unset(variable)),
            (None, Some(default)) => Self::parse(default),
            (Some(value), _) => {
                let bad = || AddressError::Bad(shown(value.as_bytes()).to_string());
                Self::parse(value.to_str().ok_or_else(bad)?)
            }
        }
    }

    /// The address of the session bus, as libraries find it: where no variable has it, systemd's is
    /// tried, `$XDG_RUNTIME_DIR/bus`.
    pub fn of_session(facts: &Facts) -> Result<Self, AddressError> {
        let by_place = || {
            let path = facts.runtime_dir.as_ref()?.join("bus");
            let is_socket = |found: Metadata| found.file_type().is_socket();
            let is_there = symlink_metadata(&path).is_ok_and(is_socket);
            is_there.then(|| Self::of_path(&path))
        };
        match Self::of(Bus::Session, facts) {
            Err(AddressError::Unset(variable)) => by_place().ok_or(AddressError::Unset(variable)),
            found => found,
        }
    }

    /// Reads `TRANSPORT:KEY=VALUE,...;...`, and keeps the first.
    pub fn parse(text: &str) -> Result<Self, AddressError> {
        let bad = || AddressError::Bad(text.to_owned());
        let first = text.split(';').next().unwrap_or(text);
        let (transport, pairs) = first.split_once(':').ok_or_else(bad)?;
        let mut found = Transport::Other;
        for pair in pairs.split(',').filter(|pair| !pair.is_empty()) {
            let (key, value) = pair.split_once('=').ok_or_else(bad)?;
            let value = unescaped(value.as_bytes()).ok_or_else(bad)?;
            match (transport, key) {
                ("unix", "path") => found = Transport::Path(OsString::from_vec(value).into()),
                ("unix", "abstract") => found = Transport::Abstract(value),
                _ => (),
            }
        }
        let bad_path = matches!(&found, Transport::Path(path) if !path.is_absolute());
        if transport.is_empty() || bad_path || first.contains('\0') {
            return Err(bad());
        }
        Ok(Self {
            text: first.to_owned(),
            transport: found,
        })
    }

    /// The address of a socket.
    pub(super) fn of_path(path: &Path) -> Self {
        let text = format!("unix:path={}", escaped(path.as_os_str().as_bytes()));
        Self {
            text,
            transport: Transport::Path(path.to_owned()),
        }
    }

    /// The text.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The socket's path, when it has one.
    pub fn path(&self) -> Option<&Path> {
        match &self.transport {
            Transport::Path(path) => Some(path),
            Transport::Abstract(_) | Transport::Other => None,
        }
    }

    pub(super) fn transport(&self) -> &Transport {
        &self.transport
    }
}

impl Display for Address {
    fn fmt(&self, out: &mut Formatter<'_>) -> fmt::Result {
        write!(out, "{}", shown(&self.text))
    }
}

/// Replaces `%XX` by its byte; `None` for a `%` without two digits.
pub(crate) fn unescaped(text: &[u8]) -> Option<Vec<u8>> {
    let mut out = Vec::new();
    let mut rest = text;
    while let Some((&byte, after)) = rest.split_first() {
        rest = after;
        if byte != b'%' {
            out.push(byte);
            continue;
        }
        let (digits, after) = after.split_at_checked(2)?;
        let digits = std::str::from_utf8(digits).ok()?;
        let all_hex = digits.bytes().all(|digit| digit.is_ascii_hexdigit());
        out.push(all_hex.then(|| u8::from_str_radix(digits, 16).ok())??);
        rest = after;
    }
    Some(out)
}

/// Escapes what neither an address nor the path of a URI can hold as it is.
pub(super) fn escaped(bytes: &[u8]) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_/.*".contains(&byte);
    let mut out = String::new();
    for &byte in bytes {
        match plain(byte) {
            true => out.push(char::from(byte)),
            false => out.push_str(&format!("%{byte:02x}")),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses() {
        let path = |text: &str| Transport::Path(text.into());
        let rows = [
            ("unix:path=/run/bus", path("/run/bus")),
            (
                "unix:path=/run/a%20b%2c,guid=12;unix:path=/other",
                path("/run/a b,"),
            ),
            (
                "unix:abstract=/tmp/dbus-X,guid=1",
                Transport::Abstract(b"/tmp/dbus-X".to_vec()),
            ),
            ("tcp:host=localhost,port=1", Transport::Other),
            ("autolaunch:", Transport::Other),
        ];
        for (text, transport) in rows {
            assert_eq!(Address::parse(text).unwrap().transport, transport, "{text}");
        }
        for bad in [
            "",
            "unix",
            "unix:path",
            "unix:path=x",
            "unix:path=/%2",
            "unix:path=/%+1",
            ":",
        ] {
            assert!(Address::parse(bad).is_err(), "{bad}");
        }
        let odd = Path::new("/run/a b,%");
        let address = Address::of_path(odd);
        assert_eq!(address.text(), "unix:path=/run/a%20b%2c%25");
        assert_eq!(Address::parse(address.text()).unwrap(), address);
    }
}
