//! From the Landlock part of a spec to its step: what this kernel has of it, and what is missing.

use super::step::{PathRule, Probe, Ruleset};
use super::strings::c_path;
use super::{Draft, Plan, PlanError, Step};
use crate::FileAccess;
use crate::spec::{self, Landlock, Need};
use aril_sys::landlock::{
    BIND_TCP, CONNECT_TCP, Handled, READ_DIR, SCOPE_ABSTRACT_SOCKETS, SCOPE_SIGNALS,
};

/// The ABI that brought rules for TCP ports (Linux 6.7), and the one that brought scopes (6.12).
const TCP_SINCE: u32 = 4;
pub(crate) const SCOPES_SINCE: u32 = 6;

impl Plan {
    /// Whether Landlock keeps abstract sockets outside out of reach.
    pub(crate) fn parts_names(&self) -> bool {
        let parts = |step: &Step| match step {
            Step::Landlock(ruleset) => {
                ruleset.handled.scopes & u64::from(SCOPE_ABSTRACT_SOCKETS) != 0
            }
            _ => false,
        };
        self.steps.iter().any(|planned| parts(&planned.step))
    }
}

impl Draft<'_> {
    /// Plans the ruleset. It comes after everything that the child itself must still open or mount,
    /// and before the filters, which may refuse the calls.
    pub(crate) fn plan_landlock(&mut self) -> Result<(), PlanError> {
        let Some(landlock) = &self.spec.landlock else {
            return Ok(());
        };
        let wanted = wanted(landlock);
        let handled = possible(wanted, self.host.landlock.unwrap_or(0));
        let missing = missing(wanted, handled);
        if handled != Handled::default() {
            let reason = "a second border, which does not depend on what is mounted";
            self.payload(Step::Landlock(ruleset(landlock, handled)?), reason);
        }
        if missing.is_empty() {
            return Ok(());
        }
        let what = format!("Landlock for {}", missing.join(", "));
        let reason = match self.host.landlock {
            None => "this kernel is built without Landlock, or it is switched off at boot",
            Some(_) => "this kernel's Landlock is older than that",
        };
        if landlock.need == Need::Required {
            let hint = "a newer kernel, or `lsm=landlock,...` at boot, has it; it can also be asked \
                 for where possible only";
            let wish = what;
            return Err(PlanError::Unenforceable { wish, reason, hint });
        }
        self.payload(Step::Forgo { what }, reason);
        Ok(())
    }
}

/// All that the spec asks for.
fn wanted(landlock: &Landlock) -> Handled {
    let bit = |wanted: bool, bit: u32| if wanted { u64::from(bit) } else { 0 };
    let files = landlock.files.as_ref();
    let scopes = landlock.scopes;
    Handled {
        files: files.map_or(0, |files| files.handled.0),
        tcp: bit(landlock.tcp_bind.is_some(), BIND_TCP)
            | bit(landlock.tcp_connect.is_some(), CONNECT_TCP),
        scopes: bit(scopes.abstract_sockets, SCOPE_ABSTRACT_SOCKETS)
            | bit(scopes.signals, SCOPE_SIGNALS),
    }
}

/// What a kernel with this ABI has of it.
fn possible(wanted: Handled, abi: u32) -> Handled {
    Handled {
        files: wanted.files & FileAccess::of_abi(abi).0,
        tcp: if abi >= TCP_SINCE { wanted.tcp } else { 0 },
        scopes: if abi >= SCOPES_SINCE {
            wanted.scopes
        } else {
            0
        },
    }
}

fn missing(wanted: Handled, possible: Handled) -> Vec<String> {
    let mut missing = Vec::new();
    let files = FileAccess(wanted.files).without(FileAccess(possible.files));
    if !files.is_empty() {
        missing.push(format!("files ({files})"));
    }
    if wanted.tcp != possible.tcp {
        missing.push("TCP ports".into());
    }
    if wanted.scopes != possible.scopes {
        missing.push("abstract sockets and signals".into());
    }
    missing
}

fn ruleset(landlock: &Landlock, handled: Handled) -> Result<Ruleset, PlanError> {
    let handled_files = FileAccess(handled.files);
    let rules = landlock
        .files
        .as_ref()
        .map_or(&[][..], |files| &files.rules);
    let paths = rules
        .iter()
        // A rule without any right is none to the kernel (`ENOMSG`).
        .filter(|rule| !rule.access.intersect(handled_files).is_empty())
        .map(|rule| path_rule(rule, handled_files))
        .collect::<Result<_, _>>()?;
    let ports = |list: &Option<Vec<u16>>, bit: u32| match list {
        Some(ports) if handled.tcp & u64::from(bit) != 0 => ports.clone(),
        _ => Vec::new(),
    };
    let (bind, connect) = (
        ports(&landlock.tcp_bind, BIND_TCP),
        ports(&landlock.tcp_connect, CONNECT_TCP),
    );
    let closed = (1..=u16::MAX).find(|port| !connect.contains(port));
    let probe = Probe {
        lists_root: handled.files & u64::from(READ_DIR) != 0,
        binds: handled.tcp & u64::from(BIND_TCP) != 0 && !bind.contains(&0),
        connects: closed.filter(|_| handled.tcp & u64::from(CONNECT_TCP) != 0),
        signals: handled.scopes & u64::from(SCOPE_SIGNALS) != 0,
    };
    Ok(Ruleset {
        handled,
        paths,
        bind,
        connect,
        probe,
    })
}

fn path_rule(rule: &spec::PathRule, handled: FileAccess) -> Result<PathRule, PlanError> {
    let access = rule.access.intersect(handled);
    Ok(PathRule {
        path: c_path(&rule.path, "a path for Landlock")?,
        access,
        as_file: access.intersect(FileAccess::of_files()),
        optional: rule.optional,
    })
}
