//! What the engine counted, made into a report.

use super::allowing::{Surroundings, allowing, of_bus_name, of_group};
use super::{Denied, Kind, Report};
use aril_flatpak::bus::{Refused, Wanted as OfBus};
use aril_flatpak::shown;
use aril_sandbox::{Denial, Missed, Observation, Sandbox, Wanted};
use aril_seccomp::{Arch, Policy};
use std::ffi::OsString;
use std::os::unix::ffi::OsStrExt;
use std::path::Path;
use std::time::{SystemTime, UNIX_EPOCH};

/// Calls that are refused so that the C library makes others in their place, which a filter can look at:
/// every program that starts a thread makes them, and misses nothing. What is refused of the others is told.
const HAS_OTHER_WAY: [&str; 2] = ["clone3", "socketcall"];

/// The report of a sandbox whose payload has ended.
pub(super) fn gather(
    sandbox: &Sandbox,
    command: &[OsString],
    surroundings: &Surroundings,
) -> Report {
    let calls = sandbox.denials();
    // Most runs have none, and need no rules for it.
    let policy = match calls {
        [] => None,
        _ => Arch::native().map(|native| surroundings.rules.policy(native)),
    };
    let calls = calls.iter().map(|denial| of_call(denial, policy.as_ref()));
    let calls = calls.filter(|denied| !HAS_OTHER_WAY.contains(&denied.subject.as_str()));
    let missed = sandbox.observations().iter();
    let missed = missed.map(|one| of_observation(one, surroundings));
    let words = command.iter();
    let now = SystemTime::now().duration_since(UNIX_EPOCH);
    Report {
        command: words
            .map(|word| shown(word.as_bytes()).to_string())
            .collect(),
        ended: now.map_or(0, |now| now.as_secs()),
        observed: surroundings.observed && !sandbox.is_blind(),
        denials: calls.chain(missed).collect(),
        beyond: sandbox.denials_beyond(),
    }
}

fn of_call(denial: &Denial, policy: Option<&Policy>) -> Denied {
    let refusal = policy.and_then(|policy| policy.refusal(&denial.call));
    let rule = refusal.and_then(|refusal| refusal.rule);
    let name = refusal.and_then(|refusal| refusal.syscall());
    let group = refusal.and_then(|refusal| refusal.group());
    Denied {
        kind: Kind::SystemCall,
        subject: name.map_or_else(|| denial.call.number.to_string(), ToOwned::to_owned),
        reason: rule.map_or_else(
            || "no rule allows it".to_owned(),
            |rule| rule.reason.to_string(),
        ),
        count: denial.count,
        by: shown(denial.command.as_bytes()).to_string(),
        allow: group.and_then(of_group),
        warning: None,
    }
}

fn of_observation(one: &Observation, surroundings: &Surroundings) -> Denied {
    let path = |path: &Path| shown(path.as_os_str().as_bytes()).to_string();
    let (kind, subject, reason) = match &one.missed {
        Missed::Hidden {
            path: hidden,
            wanted,
        } => {
            let reason = match wanted {
                Wanted::Read => "it is hidden",
                Wanted::Write => "it is hidden, and was to be written",
            };
            (Kind::Hidden, path(hidden), reason)
        }
        Missed::ReadOnly { path: shown } => (Kind::ReadOnly, path(shown), "it cannot be written"),
        Missed::Socket { path: socket } => {
            let reason = "the socket cannot be reached";
            (Kind::Socket, path(socket), reason)
        }
        Missed::AbstractSocket { name } => {
            let reason = "the abstract socket cannot be reached";
            (Kind::Socket, format!("@{}", shown(name.as_bytes())), reason)
        }
        Missed::Address(address) if address.ip().is_loopback() => {
            let reason = "the host's services cannot be reached";
            (Kind::Network, address.to_string(), reason)
        }
        Missed::Address(address) => (Kind::Network, address.to_string(), "there is no network"),
    };
    let (allow, warning) = allowing(&one.missed, surroundings);
    Denied {
        kind,
        subject,
        reason: reason.to_owned(),
        count: one.count,
        by: shown(one.command.as_bytes()).to_string(),
        allow,
        warning,
    }
}

/// What the proxy of the session bus refused. It does not know which thread of which process asked.
pub(super) fn of_bus(refused: &Refused) -> Denied {
    let what = match refused.wanted {
        OfBus::Talk => "it cannot be talked to",
        OfBus::Own => "no name can be had on the session bus",
        OfBus::Never => "it is refused on the session bus",
    };
    let (allow, warning) = match refused.wanted {
        OfBus::Talk => of_bus_name(&refused.name),
        OfBus::Own | OfBus::Never => (None, None),
    };
    Denied {
        kind: Kind::BusName,
        subject: shown(refused.name.as_bytes()).to_string(),
        reason: format!("{what} ({})", shown(refused.member.as_bytes())),
        count: refused.count,
        by: String::new(),
        allow,
        warning,
    }
}
