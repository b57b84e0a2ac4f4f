//! `aril enter`: a command in a sandbox that runs.

use crate::error::RunError;
use crate::outcome;
use crate::registry::{Sandbox, find_running};
use aril_flatpak::instances::RuntimeDir;
use aril_sandbox::enter::Inside;
use aril_sandbox::spec::{EnvChange, ResourceLimit, Session};
use aril_sandbox::sys::signal;
use aril_sandbox::{Created, Host, LaunchError, Plan, Spec};
use clap::Args;
use std::ffi::{OsStr, OsString};
use std::fs;
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::path::PathBuf;

/// The words of `aril enter`.
#[derive(Clone, Debug, Args)]
#[command(after_help = "\
The command sees what the sandbox sees and may do what it may: the same namespaces, system call filters,\n\
Landlock domain and resource limits, and no capability. Environment and directory are the payload's.\n\
Exit status: the command's; 128+N when signal N ended it; 125 when it could not be put there, 126 when it\n\
cannot be executed, 127 when it is not found.\n\n\
Example:\n  aril enter org.example.App sh -l")]
pub struct Words {
    /// The sandbox: its name, its instance's number, a process id, or the application.
    #[arg(value_name = "SANDBOX")]
    pub sandbox: String,
    /// The command and its arguments; a shell if there is none.
    #[arg(
        trailing_var_arg = true,
        allow_hyphen_values = true,
        value_name = "CMD"
    )]
    pub command: Vec<OsString>,
}

/// Enters; what is returned is the exit status.
pub fn run(words: &Words) -> Result<u8, RunError> {
    let runtime = RuntimeDir::from_environment().map_err(RunError::new)?;
    let sandbox = find_running(&runtime, &words.sandbox)?;
    let confinement = sandbox.confinement(&runtime)?;
    let inside = sandbox.inside()?;
    let payload = payload(&inside);
    see_filters(
        payload.as_ref().unwrap_or(&inside),
        confinement.filters.len(),
    )?;
    let mut host = Host::gather()
        .map_err(|error| RunError::new(format_args!("gather facts, on this host: {error}")))?;
    let mut spec = spec(words, payload.as_ref());
    confinement.apply(&mut spec);
    if spec.seccomp.is_empty() {
        // No filter keeps it from writing to a terminal's input (TIOCSTI).
        spec.program.session = Session::New;
    }
    host.working_directory = payload.as_ref().and_then(directory);
    launch((spec, &host), &inside, &sandbox)
}

/// The payload, or what is left of its children: a child of the first process in the same namespaces.
fn payload(inside: &Inside) -> Option<Inside> {
    let list = inside
        .read(&format!("task/{}/children", inside.pid()))
        .ok()?;
    let list = String::from_utf8(list).ok()?;
    let children = list.split_whitespace().filter_map(|pid| pid.parse().ok());
    let opened = children.filter_map(|pid| Inside::open(pid).ok());
    let same = |child: &Inside| {
        let kinds = ["pid", "mnt", "user"];
        kinds
            .iter()
            .all(|kind| child.namespace_id(kind) == inside.namespace_id(kind))
    };
    opened.into_iter().find(same)
}

/// A process inside has at least the filters that are to be installed: else they are not its.
fn see_filters(process: &Inside, expected: usize) -> Result<(), RunError> {
    let status = process.read("status").unwrap_or_default();
    let status = String::from_utf8_lossy(&status).into_owned();
    let line = status
        .lines()
        .find_map(|line| line.strip_prefix("Seccomp_filters:"));
    match line.and_then(|count| count.trim().parse::<usize>().ok()) {
        // Linux 5.9 tells; what tells nothing cannot be compared.
        Some(count) if count >= expected => Ok(()),
        _ => {
            let pid = process.pid();
            let why = "the filters that were kept are not those that are in force there";
            Err(RunError::new(format_args!(
                "compare filters, on process {pid}: {why}"
            )))
        }
    }
}

fn spec(words: &Words, payload: Option<&Inside>) -> Spec {
    let shell = OsString::from("/bin/sh");
    let mut spec = Spec::new(words.command.first().unwrap_or(&shell));
    spec.program.args = words.command.iter().skip(1).cloned().collect();
    let theirs = payload.and_then(|payload| payload.read("environ").ok());
    let variables = theirs.as_deref().unwrap_or(b"PATH=/app/bin:/usr/bin:/bin");
    spec.program.environment = variables
        .split(|&byte| byte == 0)
        .filter_map(|line| {
            let at = line
                .iter()
                .position(|&byte| byte == b'=')
                .filter(|&at| at > 0)?;
            let (name, value) = line.split_at(at);
            let value = value.get(1..).unwrap_or_default().to_vec();
            let name = OsStr::from_bytes(name).to_owned();
            Some(EnvChange::Set(name, OsString::from_vec(value)))
        })
        .collect();
    if let Some(terminal) = std::env::var_os("TERM") {
        let change = EnvChange::Set("TERM".into(), terminal);
        spec.program.environment.push(change);
    }
    spec.credentials.limits = payload.map(limits).unwrap_or_default();
    spec
}

/// Where the payload is, as it sees it.
fn directory(payload: &Inside) -> Option<PathBuf> {
    let path = fs::read_link(format!("/proc/{}/cwd", payload.pid())).ok()?;
    payload.see_alive().ok()?;
    Some(path)
}

/// The names of limits in `/proc/PID/limits`, in the order of their numbers (`asm-generic/resource.h`).
const LIMITS: [&str; 16] = [
    "Max cpu time",
    "Max file size",
    "Max data size",
    "Max stack size",
    "Max core file size",
    "Max resident set",
    "Max processes",
    "Max open files",
    "Max locked memory",
    "Max address space",
    "Max file locks",
    "Max pending signals",
    "Max msgqueue size",
    "Max nice priority",
    "Max realtime priority",
    "Max realtime timeout",
];

/// The payload's resource limits, as far as they are lower than the caller's own: they cannot be raised.
fn limits(payload: &Inside) -> Vec<ResourceLimit> {
    let theirs = payload.read("limits").unwrap_or_default();
    let ours = fs::read("/proc/self/limits").unwrap_or_default();
    let (theirs, ours) = (parse_limits(&theirs), parse_limits(&ours));
    let ours = |number| ours.iter().find(|limit| limit.resource == number).copied();
    let lower = theirs.into_iter().filter_map(|limit| {
        let own = ours(limit.resource)?;
        let hard = limit.hard.min(own.hard);
        let wanted = ResourceLimit {
            soft: limit.soft.min(hard),
            hard,
            ..limit
        };
        (wanted != own).then_some(wanted)
    });
    lower.collect()
}

fn parse_limits(text: &[u8]) -> Vec<ResourceLimit> {
    let text = String::from_utf8_lossy(text).into_owned();
    let rows = text.lines().filter_map(|line| {
        let (resource, name) = (0..).zip(LIMITS).find(|(_, name)| line.starts_with(name))?;
        let mut words = line.get(name.len()..)?.split_whitespace();
        let mut number = || match words.next()? {
            "unlimited" => Some(u64::MAX),
            word => word.parse().ok(),
        };
        Some(ResourceLimit {
            resource,
            soft: number()?,
            hard: number()?,
        })
    });
    rows.collect()
}

/// A key that interrupts goes to the command, which decides; the launcher stays to tell its end.
fn launch(
    (mut spec, host): (Spec, &Host),
    inside: &Inside,
    sandbox: &Sandbox,
) -> Result<u8, RunError> {
    let refuse = |errno| RunError::new(format_args!("block signals, on the launcher: {errno}"));
    let keys = signal::Set::of(&[signal::SIGINT as i32, signal::SIGQUIT as i32]);
    let before = signal::set_mask(keys).map_err(refuse)?;
    signal::set_mask(signal::Set(before.0 | keys.0)).map_err(refuse)?;
    spec.program.blocked_signals = Some(before.0);
    spec.supervision.die_with_launcher = true;
    spec.supervision.announce = true;
    let plan = Plan::enter(inside, &spec, host).map_err(RunError::new)?;
    let mut refused = None;
    let launched = plan.launch_announced(&mut |created| {
        join_cgroup(inside, sandbox, created).map_err(|error| {
            refused = Some(error);
            LaunchError::Interrupted
        })
    });
    let mut entered = match (launched, refused) {
        (Err(_), Some(error)) => return Err(error),
        (Err(error), None) => return Err(outcome::not_launched(&plan, &error)),
        (Ok(entered), _) => entered,
    };
    let waited = entered.wait();
    let waited =
        waited.map_err(|errno| RunError::new(format_args!("wait, for the command: {errno}")))?;
    outcome::status(&plan, &waited)
}

/// Puts the command under the sandbox's limits before it runs. A sandbox without a cgroup of its own has
/// none there; then it is only tidier, and need not succeed.
fn join_cgroup(inside: &Inside, sandbox: &Sandbox, created: Created) -> Result<(), RunError> {
    let read = |path: &str| fs::read(path).unwrap_or_default();
    let theirs = cgroup(&inside.read("cgroup").unwrap_or_default());
    let Some(theirs) =
        theirs.filter(|path| Some(path) != cgroup(&read("/proc/self/cgroup")).as_ref())
    else {
        return Ok(());
    };
    let path = PathBuf::from(format!("/sys/fs/cgroup{theirs}/cgroup.procs"));
    let joined = fs::write(&path, created.pid.to_string());
    match joined {
        Err(error) if sandbox.cgroup.is_some() => {
            Err(RunError::on("join the sandbox's limits", &path, error))
        }
        _ => Ok(()),
    }
}

/// The path in the unified hierarchy (`cgroups(7)`).
fn cgroup(text: &[u8]) -> Option<String> {
    let text = String::from_utf8(text.to_vec()).ok()?;
    let path = text.lines().find_map(|line| line.strip_prefix("0::"))?;
    path.starts_with('/').then(|| path.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn limits_of_the_kernels_text() {
        let text =
            b"Limit                     Soft Limit           Hard Limit           Units     \n\
            Max cpu time              unlimited            unlimited            seconds   \n\
            Max open files            1024                 524288               files     \n";
        let found = parse_limits(text);
        let limit = |resource, soft, hard| ResourceLimit {
            resource,
            soft,
            hard,
        };
        assert_eq!(
            found,
            [limit(0, u64::MAX, u64::MAX), limit(7, 1024, 524_288)]
        );
    }

    #[test]
    fn the_unified_hierarchy_is_told_without_a_controller() {
        assert_eq!(cgroup(b"1:name=x:/a\n0::/user/a\n").unwrap(), "/user/a");
        assert_eq!(cgroup(b""), None);
    }
}
