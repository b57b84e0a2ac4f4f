//! What an application asks for becomes a [`Spec`]. No decision is left for later.

use crate::environment::{self, runtime_directory};
use crate::error::RunError;
use crate::etc;
use crate::facts::Facts;
use crate::permits::Permits;
use aril_sandbox::spec::{
    Bind, Devices, Network, Program, Root, SeccompProgram, Share, Source, Supervision,
};
use aril_sandbox::{Access, Entry, Node, Spec};
use aril_seccomp::{Arch, RuleSet, compile};
use std::ffi::OsString;
use std::path::{Path, PathBuf};

/// The most that the root itself can hold: it has directories, links and a few small files.
const ROOT_SIZE: u64 = 64 << 20;
/// The most that each of `/tmp`, `/var/tmp` and `/dev/shm` can hold.
const TEMPORARY_SIZE: u64 = 1 << 30;
/// The most that the directory for sockets can hold.
const RUNTIME_SIZE: u64 = 64 << 20;

/// What is run.
#[derive(Clone, Debug)]
pub struct Wanted<'a> {
    /// The application's name.
    pub id: &'a str,
    /// What is executed.
    pub command: OsString,
    /// Its arguments.
    pub arguments: Vec<OsString>,
    /// What is given.
    pub permits: &'a Permits,
    /// The text of `/.flatpak-info`.
    pub info: Vec<u8>,
    /// The application's files.
    pub app: Source,
    /// The application's own directory.
    pub data: Source,
    /// Where that is, outside and inside.
    pub data_path: PathBuf,
}

/// Makes the spec.
pub fn spec(wanted: Wanted<'_>, facts: &Facts) -> Result<Spec, RunError> {
    let permits = wanted.permits;
    let mut spec = Spec {
        root: Root {
            size: Some(ROOT_SIZE),
            access: Access::ReadOnly,
            ..Root::default()
        },
        seccomp: vec![seccomp(permits)?],
        supervision: Supervision {
            die_with_launcher: true,
            kill_at_exit: true,
            ..Supervision::default()
        },
        tree: system(facts),
        ..Spec::default()
    };
    spec.tree.push(bind(wanted.app, "/app", Access::ReadOnly));
    spec.tree.extend(etc::entries(facts, permits.network));
    spec.tree.push(etc::file("/.flatpak-info", wanted.info));
    spec.tree
        .push(bind(wanted.data, &wanted.data_path, Access::ReadWrite));
    if permits.network {
        spec.namespaces.network = Network::Host;
    }
    if permits.ipc {
        spec.namespaces.ipc = Share::Host;
    }
    let environment = environment::changes(facts, &permits.given, wanted.id, &wanted.data_path);
    spec.program = Program {
        path: wanted.command,
        args: wanted.arguments,
        environment,
        ..Program::default()
    };
    Ok(spec)
}

/// What every application sees: the runtime, and filesystems of its own.
fn system(facts: &Facts) -> Vec<Entry> {
    let mut tree = vec![Entry::bind("/usr", "/usr", Access::ReadOnly)];
    tree.extend(
        facts
            .usr_names
            .iter()
            .map(|name| Entry::symlink(format!("usr/{name}"), format!("/{name}"))),
    );
    tree.push(Entry::proc("/proc"));
    tree.push(Entry::dev("/dev"));
    tree.push(tmpfs("/dev/shm", TEMPORARY_SIZE, 0o1777));
    tree.push(Entry::new("/dev", Node::ReadOnly));
    tree.push(tmpfs("/tmp", TEMPORARY_SIZE, 0o1777));
    tree.push(tmpfs("/var/tmp", TEMPORARY_SIZE, 0o1777));
    tree.push(tmpfs(&runtime_directory(facts.uid), RUNTIME_SIZE, 0o700));
    tree.push(Entry::symlink("../run", "/var/run"));
    tree
}

fn tmpfs(target: &str, size: u64, mode: u32) -> Entry {
    let size = Some(size);
    Entry::new(target, Node::Tmpfs { size, mode })
}

fn bind(source: Source, target: impl AsRef<Path>, access: Access) -> Entry {
    Entry::new(
        target.as_ref(),
        Node::Bind(Bind {
            source,
            access,
            devices: Devices::Refused,
            optional: false,
            live: false,
        }),
    )
}

fn seccomp(permits: &Permits) -> Result<SeccompProgram, RunError> {
    let refuse =
        |why: String| RunError::new(format_args!("filter system calls, on this machine: {why}"));
    let native = Arch::native().ok_or_else(|| refuse("no rules for its architecture".into()))?;
    let words = permits.rule_set();
    let rules: RuleSet = words
        .parse()
        .map_err(|error| refuse(format!("{words}: {error}")))?;
    let program = compile(&rules.policy(native)).map_err(|error| refuse(error.to_string()))?;
    Ok(SeccompProgram::Bytes(program.to_bytes()))
}

#[cfg(test)]
mod tests;
