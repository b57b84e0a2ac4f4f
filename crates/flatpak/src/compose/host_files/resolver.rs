//! How names are resolved: resolv.conf(5), hosts(5), host.conf(5), gai.conf(5).

use super::{HostFiles, always, bind, bind_fd};
use crate::compose::Part;
use aril_sandbox::Node;
use rustix::fs::{Mode, OFlags, open};
use std::os::fd::OwnedFd;

const FILES: &[&str] = &["resolv.conf", "host.conf", "hosts", "gai.conf"];

const DIRECTORY: OFlags = OFlags::PATH
    .union(OFlags::DIRECTORY)
    .union(OFlags::NOFOLLOW)
    .union(OFlags::CLOEXEC);

/// Links to the session helper's copies, which follow the host's files when they are replaced; the
/// files themselves where it does not run. A helper that has ended is not taken for one that runs: it
/// has been asked.
pub(super) fn part(host: &HostFiles<'_>) -> Part {
    let mut part = Part::default();
    let monitor = monitor(host);
    for name in FILES {
        let source = host.root.join("etc").join(name);
        if !source.is_file() {
            continue;
        }
        let target = format!("/etc/{name}");
        part.tree.push(match &monitor {
            Some(_) => {
                let to = format!("/run/host/monitor/{name}").into();
                always(target, Node::Symlink { to })
            }
            None => bind(source, target),
        });
    }
    if let Some(monitor) = monitor {
        bind_fd(&mut part, monitor, "/run/host/monitor");
    }
    part
}

fn monitor(host: &HostFiles<'_>) -> Option<OwnedFd> {
    let directory = host.helper.monitor.as_ref()?;
    open(directory, DIRECTORY, Mode::empty()).ok()
}
