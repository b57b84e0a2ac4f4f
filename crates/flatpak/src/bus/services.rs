//! Small questions to services of the session.

use super::address::Address;
use super::client::{BusError, Call, Connection, Writer};
use crate::refs::Id;
use std::path::Path;

impl Connection {
    /// Where the accessibility bus is (org.a11y.Bus).
    pub fn accessibility_bus(&mut self) -> Result<Address, BusError> {
        let call = Call {
            destination: "org.a11y.Bus",
            path: "/org/a11y/bus",
            interface: "org.a11y.Bus",
            member: "GetAddress",
        };
        let reply = self.call(&call, Writer::new(""), &[])?;
        let address = reply.body().string().map(Address::parse);
        match address {
            Some(Ok(address)) => Ok(address),
            _ => Err(call.not_understood()),
        }
    }

    /// Asks systemd to put this process into a scope of its own, so that a session's tools show the
    /// application under its name and count what it uses (contract, 1.11, "systemd").
    ///
    /// Best effort: `runtime_dir` has no `systemd/private` where systemd does not run the session.
    /// The scope protects nothing.
    pub fn enter_scope(runtime_dir: &Path, id: &Id, instance: &str) -> Result<(), BusError> {
        let manager = Address::of_path(&runtime_dir.join("systemd/private"));
        let mut connection = Self::to_peer(&manager)?;
        let call = Call {
            destination: "",
            path: "/org/freedesktop/systemd1",
            interface: "org.freedesktop.systemd1.Manager",
            member: "StartTransientUnit",
        };
        let mut body = Writer::new("ssa(sv)a(sa(sv))");
        body.string(&scope_name(id, instance)).string("fail");
        body.array(8, |body| {
            body.align(8).string("PIDs").signature("au");
            body.array(4, |body| {
                body.number(std::process::id());
            });
        });
        body.array(8, |_| ());
        connection.call(&call, body, &[]).map(|_job| ())
    }
}

/// `app-flatpak-ID-INSTANCE.scope`; a name's own hyphens are escaped, since they divide
/// (systemd.unit(5), "String Escaping").
fn scope_name(id: &Id, instance: &str) -> String {
    let id = id.as_str().replace('-', "\\x2d");
    format!("app-flatpak-{id}-{instance}.scope")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_name_of_a_scope() {
        let name = scope_name(&"org.x.Y-z".parse().unwrap(), "42");
        assert_eq!(name, "app-flatpak-org.x.Y\\x2dz-42.scope");
    }
}
