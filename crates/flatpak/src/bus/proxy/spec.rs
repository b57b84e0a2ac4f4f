//! The proxy's own sandbox.

use super::super::route::Route;
use super::{ProxyError, ProxyFiles};
use crate::permissions::Bus;
use aril_sandbox::spec::{
    Data, Descriptors, EnvChange, Init, Network, Program, Root, SeccompProgram, Session, Share,
    Stream, Supervision,
};
use aril_sandbox::{Access, Entry, Node, Spec};
use aril_seccomp::RuleSet;
use std::ffi::OsString;
use std::fs;
use std::path::Path;

/// Where the proxy's own sockets are, inside.
const SOCKETS: &str = "/sockets";
/// Where the buses' sockets are, inside.
const BUSES: &str = "/buses";

/// Directories that hold programs and libraries; where one is a link, as in a merged `/usr`, it is
/// a link inside.
const SYSTEM: [&str; 9] = [
    "/usr", "/bin", "/sbin", "/lib", "/lib32", "/lib64", "/libx32", "/nix", "/gnu",
];

/// The name of a bus's socket.
pub(super) fn socket_name(bus: Bus) -> &'static str {
    match bus {
        Bus::Session => "session",
        Bus::System => "system",
        Bus::Accessibility => "a11y",
    }
}

/// Makes the spec; `directory` is that of the sockets, `sync` the number of the descriptor that
/// tells when the proxy is ready.
pub(super) fn spec(
    routes: &[Route],
    files: &ProxyFiles<'_>,
    (directory, sync): (&Path, i32),
) -> Result<Spec, ProxyError> {
    let mut spec = Spec {
        root: Root {
            size: Some(1 << 20),
            access: Access::ReadOnly,
            ..Root::default()
        },
        supervision: Supervision {
            // It starts no process, so that there is nobody to reap.
            init: Init::PayloadIsFirst,
            die_with_launcher: true,
            ..Supervision::default()
        },
        seccomp: vec![seccomp().map_err(ProxyError::Filter)?],
        tree: system(files),
        program: Program {
            path: files.program.into(),
            args: arguments(routes, sync),
            environment: vec![EnvChange::Clear],
            session: Session::New,
            // What it logs must not mix with what the application prints.
            streams: [
                Stream::Null,
                Stream::Fd(files.log.unwrap_or(2)),
                Stream::Inherit,
            ],
            descriptors: Descriptors::Only(vec![sync]),
            ..Program::default()
        },
        ..Spec::default()
    };
    spec.namespaces.cgroup = Share::NewIfPossible;
    // An abstract socket belongs to a network; only then is the host's shared.
    if routes.iter().any(|route| route.address.path().is_none()) {
        spec.namespaces.network = Network::Host;
    }
    spec.tree.extend(routes.iter().filter_map(|route| {
        let path = route.address.path()?;
        Some(Entry::bind(path, bus_inside(route.bus), Access::ReadOnly))
    }));
    spec.tree
        .push(Entry::bind(directory, SOCKETS, Access::ReadWrite));
    Ok(spec)
}

fn bus_inside(bus: Bus) -> String {
    format!("{BUSES}/{}", socket_name(bus))
}

/// `--fd=FD` and for each bus its address, its socket, and the rules (xdg-dbus-proxy(1)).
fn arguments(routes: &[Route], sync: i32) -> Vec<OsString> {
    let mut arguments = vec![format!("--fd={sync}")];
    for route in routes {
        arguments.push(match route.address.path() {
            Some(_) => format!("unix:path={}", bus_inside(route.bus)),
            None => route.address.text().to_owned(),
        });
        arguments.push(format!("{SOCKETS}/{}", socket_name(route.bus)));
        arguments.extend(route.rules.iter().cloned());
    }
    arguments.into_iter().map(OsString::from).collect()
}

fn system(files: &ProxyFiles<'_>) -> Vec<Entry> {
    let mut tree: Vec<Entry> = SYSTEM
        .iter()
        .filter_map(|path| match fs::read_link(path) {
            Ok(to) => Some(Entry::symlink(to, *path)),
            Err(_) if Path::new(path).is_dir() => Some(Entry::bind(path, path, Access::ReadOnly)),
            Err(_) => None,
        })
        .collect();
    let cache = "/etc/ld.so.cache";
    tree.push(Entry::bind(cache, cache, Access::ReadOnly).optional());
    if !SYSTEM.iter().any(|path| files.program.starts_with(path)) {
        tree.push(Entry::bind(files.program, files.program, Access::ReadOnly));
    }
    let info = Node::Data {
        mode: 0o644,
        data: Data::Bytes(files.info.to_vec()),
        access: Access::ReadOnly,
    };
    tree.push(Entry::new("/.flatpak-info", info));
    tree
}

/// The filter that applications have.
fn seccomp() -> Result<SeccompProgram, String> {
    let program = aril_filters::program(&RuleSet::default()).map_err(|error| error.to_string())?;
    Ok(SeccompProgram::Bytes(program))
}
