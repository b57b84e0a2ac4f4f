//! How names are resolved: resolv.conf(5), hosts(5), host.conf(5), gai.conf(5).

use super::{HostFiles, always, bind, bind_fd};
use crate::beneath::Beneath;
use crate::compose::Part;
use crate::compose::filesystems::mount_point::beneath;
use aril_sandbox::Node;
use rustix::fs::OFlags;
use std::fs;
use std::os::fd::OwnedFd;
use std::path::Path;

const FILES: &[&str] = &["resolv.conf", "host.conf", "hosts", "gai.conf"];

/// Where flatpak's session helper keeps copies up to date, below the directory of sockets.
const MONITOR: &str = ".flatpak-helper/monitor";

/// The most that a copy is read for comparison, in bytes.
const MOST: u64 = 64 << 10;

/// Links to the session helper's copies, which follow the host's files when they are replaced; the
/// files themselves where it does not run.
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

/// The helper's directory, if what is in it is what the host has: a helper that has ended leaves old
/// copies behind.
fn monitor(host: &HostFiles<'_>) -> Option<OwnedFd> {
    let sockets = Beneath::open_root(host.facts.runtime_dir.as_ref()?).ok()?;
    let directory = OFlags::PATH | OFlags::DIRECTORY | OFlags::CLOEXEC;
    let monitor = beneath(&sockets, Path::new(MONITOR), directory).ok()?;
    let copies = sockets.open_dir(Path::new(MONITOR)).ok()?;
    let is_current = FILES.iter().all(|name| {
        let of_host = fs::read(host.root.join("etc").join(name));
        of_host.ok() == copies.read(Path::new(name), MOST).ok()
    });
    is_current.then_some(monitor)
}
