//! Sockets of the system that an application may always use, or with the network.

use super::{HostFiles, bind, bind_fd, of_user};
use crate::compose::Part;

/// The journal's: programs may write to it (systemd-journald.service(8)).
const JOURNAL: &[&str] = &["run/systemd/journal/socket", "run/systemd/journal/stdout"];

/// The resolver's: what it tells of is the network (org.freedesktop.resolve1(5)).
const RESOLVER: &str = "run/systemd/resolve/io.systemd.Resolve";

/// A read-only mount does not keep a program from connecting to a socket in it.
pub(super) fn part(host: &HostFiles<'_>) -> Part {
    let mut part = Part::default();
    let resolver = host.network.then_some(&RESOLVER);
    for path in JOURNAL.iter().chain(resolver) {
        let source = host.root.join(path);
        if source.exists() {
            part.tree.push(bind(source, format!("/{path}")));
        }
    }
    // Kerberos without the keys (gssproxy(8)).
    if let (true, Some(sockets)) = (host.network, &host.facts.runtime_dir) {
        let directory = sockets.join("gssproxy");
        if let Some(fd) = of_user::opened(&mut part, host, &directory) {
            bind_fd(&mut part, fd, "/run/flatpak/gssproxy");
        }
    }
    part
}
