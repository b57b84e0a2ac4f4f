//! Sandboxes that are started only to see whether they start: the kernel's own answer is better than
//! any version number.

use super::facts::{At, Obstacle, Trial, Tried};
use aril_sandbox::spec::{
    IdMaps, IdRange, Nesting, Network, NewUserNs, Overlay, PidNs, SeccompProgram, Share, Stream,
    TimeNs, Upper, UserNs,
};
use aril_sandbox::{Access, Entry, Failure, Host, LaunchError, Node, Outcome, Plan, Spec, Step};
use std::collections::BTreeMap;

/// A filter that allows everything: one return instruction, in the kernel's layout.
const ALLOW_ALL: [u8; 8] = [0x06, 0, 0, 0, 0, 0, 0xff, 0x7f];

/// Tries everything, and what builds on a failed trial not at all.
pub(super) fn all(host: &Host, ranges: Option<(u32, u32)>) -> BTreeMap<Trial, Tried> {
    let mut trials = BTreeMap::new();
    let basis = attempt(&smallest(), host);
    let works = basis == Tried::Works;
    trials.insert(Trial::Smallest, basis);
    for trial in [
        Trial::Proc,
        Trial::Network,
        Trial::Rest,
        Trial::NoNesting,
        Trial::Overlay,
        Trial::Time,
        Trial::Filter,
        Trial::Ranges,
    ] {
        let tried = match (works, trial) {
            (false, _) => Tried::Left("the smallest sandbox does not start"),
            (true, Trial::Ranges) => match ranges {
                None => Tried::Left("no ranges are granted"),
                Some(first) => attempt(&with_ranges(host, first), host),
            },
            (true, _) => attempt(&spec(trial), host),
        };
        trials.insert(trial, tried);
    }
    trials
}

/// User and mount namespaces, and the host's tree read-only.
fn smallest() -> Spec {
    let mut spec = Spec::new("/bin/true");
    spec.namespaces.user = user(Nesting::Allowed);
    spec.namespaces.pid = PidNs::Host;
    spec.namespaces.network = Network::Host;
    spec.namespaces.ipc = Share::Host;
    spec.namespaces.uts = Share::Host;
    spec.namespaces.cgroup = Share::Host;
    spec.tree.push(Entry::bind("/", "/", Access::ReadOnly));
    spec.program.streams = [Stream::Null; 3];
    spec.program.working_directory = aril_sandbox::spec::WorkingDirectory::Path("/".into());
    spec
}

fn user(nesting: Nesting) -> UserNs {
    UserNs::New(NewUserNs {
        nesting,
        ..NewUserNs::default()
    })
}

fn spec(trial: Trial) -> Spec {
    let mut spec = smallest();
    match trial {
        Trial::Smallest | Trial::Ranges => {}
        Trial::Proc => {
            spec.namespaces.pid = PidNs::New;
            spec.tree.push(Entry::proc("/proc"));
        }
        Trial::Network => spec.namespaces.network = Network::None,
        Trial::Rest => {
            spec.namespaces.ipc = Share::New;
            spec.namespaces.uts = Share::New;
            spec.namespaces.cgroup = Share::New;
        }
        Trial::NoNesting => spec.namespaces.user = user(Nesting::Forbidden),
        Trial::Overlay => spec.tree.push(overlay()),
        Trial::Time => {
            spec.namespaces.time = TimeNs::New {
                monotonic: 1,
                boot: 1,
            };
        }
        Trial::Filter => spec.seccomp = vec![SeccompProgram::Bytes(ALLOW_ALL.to_vec())],
    }
    spec
}

/// An overlay on `/usr`, which every host has.
fn overlay() -> Entry {
    let layers = vec!["/usr".into()];
    let upper = Upper::Temporary;
    Entry::new("/usr", Node::Overlay(Overlay { layers, upper }))
}

/// The caller's own ids, and one more of each kind.
fn with_ranges(host: &Host, (user, group): (u32, u32)) -> Spec {
    let of = |own: u32, granted: u32| {
        let one = |inside, outside| IdRange {
            inside,
            outside,
            count: 1,
        };
        vec![one(own, own), one(own.wrapping_add(1), granted)]
    };
    let mut spec = smallest();
    spec.namespaces.user = UserNs::New(NewUserNs {
        maps: IdMaps::Ranges {
            users: of(host.uid, user),
            groups: of(host.gid, group),
        },
        nesting: Nesting::Allowed,
    });
    spec
}

fn attempt(spec: &Spec, host: &Host) -> Tried {
    let other = |words: String, errno| {
        Tried::Fails(Obstacle {
            at: At::Other,
            errno,
            words,
        })
    };
    let plan = match Plan::new(spec, host) {
        Ok(plan) => plan,
        Err(error) => return other(error.to_string(), None),
    };
    let outcome = match plan.launch() {
        Ok(mut sandbox) => sandbox.wait(),
        Err(LaunchError::Step(failure)) => return failed(&plan, &failure),
        Err(LaunchError::Launcher { action, errno }) => {
            return other(format!("{action}: {errno}"), Some(errno));
        }
        Err(error) => return other(error.to_string(), None),
    };
    match outcome {
        Ok(Outcome::Exited(0)) => Tried::Works,
        Ok(Outcome::SetupFailed(failure)) => failed(&plan, &failure),
        Ok(Outcome::Exited(status)) => other(format!("/bin/true exits with {status}"), None),
        Ok(Outcome::Signaled(signal)) => other(format!("/bin/true ends by signal {signal}"), None),
        Err(errno) => other(format!("wait for the sandbox: {errno}"), Some(errno)),
    }
}

fn failed(plan: &Plan, failure: &Failure) -> Tried {
    let step = plan.steps().get(failure.index).map(|planned| &planned.step);
    let mut plain = failure.clone();
    plain.hint = None;
    Tried::Fails(Obstacle {
        at: step.map_or(At::Other, place),
        errno: failure.errno,
        words: plain.to_string(),
    })
}

fn place(step: &Step) -> At {
    match step {
        Step::Clone { .. } | Step::Unshare { .. } | Step::NewTime { .. } => At::Namespaces,
        Step::WriteMaps(_) => At::Maps,
        Step::HoldPropagation | Step::NewRoot { .. } | Step::Bind(_) | Step::Pivot => At::Mounts,
        Step::Proc { .. } => At::Proc,
        Step::BeginNetwork | Step::JoinNetwork | Step::AwaitLoopback | Step::Loopback => {
            At::Loopback
        }
        Step::LimitUserNs | Step::NestUser(_) | Step::VerifyNoUserNs => At::Nesting,
        Step::LoadInit | Step::StartPayload => At::Init,
        Step::Seccomp { .. } => At::Filter,
        _ => At::Other,
    }
}
