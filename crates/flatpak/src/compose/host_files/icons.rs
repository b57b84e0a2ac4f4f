//! Icons, with which an application shows what belongs to others.

use super::{HostFiles, bind, bind_fd, of_user};
use crate::compose::Part;

/// The system's and the user's.
pub(super) fn part(host: &HostFiles<'_>) -> Part {
    let mut part = Part::default();
    let system = host.root.join("usr/share/icons");
    if system.exists() {
        part.tree.push(bind(system, "/run/host/share/icons"));
    }
    let own = host.facts.data_home().join("icons");
    if let Some(fd) = of_user::opened(&mut part, host, &own) {
        bind_fd(&mut part, fd, "/run/host/user-share/icons");
    }
    part
}
