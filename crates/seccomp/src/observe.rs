//! Calls that are told though they are allowed, so that a report can say what they did not find.
//!
//! A rule that observes stands after every other one: what a policy refuses stays refused, and what it
//! allows stays allowed, since whoever is told lets every such call go on.

use crate::{Action, Arg, Compare, Condition, Policy, Rule, Syscall};
use linux_raw_sys::general::AT_EMPTY_PATH;

/// One call that is observed, if a condition holds.
struct Row {
    name: &'static str,
    when: Option<Condition>,
}

const fn always(name: &'static str) -> Row {
    Row { name, when: None }
}

/// Calls about an open descriptor, as most of these are, name no path.
const fn without_empty_path(name: &'static str, flags: Arg) -> Row {
    let mask = AT_EMPTY_PATH;
    let when = Condition::Int(flags, Compare::MaskedEq { mask, value: 0 });
    Row {
        name,
        when: Some(when),
    }
}

/// Calls that name a path or an address.
const ROWS: [Row; 43] = [
    always("open"),
    always("openat"),
    always("openat2"),
    always("creat"),
    always("stat"),
    always("lstat"),
    always("stat64"),
    always("lstat64"),
    without_empty_path("newfstatat", Arg::A3),
    without_empty_path("fstatat64", Arg::A3),
    without_empty_path("statx", Arg::A2),
    always("access"),
    always("faccessat"),
    always("faccessat2"),
    always("chdir"),
    always("execve"),
    always("execveat"),
    always("mkdir"),
    always("mkdirat"),
    always("mknod"),
    always("mknodat"),
    always("unlink"),
    always("unlinkat"),
    always("rmdir"),
    always("rename"),
    always("renameat"),
    always("renameat2"),
    always("link"),
    always("linkat"),
    always("symlink"),
    always("symlinkat"),
    always("chmod"),
    always("fchmodat"),
    always("fchmodat2"),
    always("chown"),
    always("lchown"),
    always("fchownat"),
    always("truncate"),
    always("truncate64"),
    always("utime"),
    always("utimes"),
    always("connect"),
    Row {
        name: "sendto",
        // Without an address it is send(2).
        when: Some(Condition::Long(Arg::A4, Compare::Ne(0))),
    },
];

/// Why, for people.
const REASON: &str = "it is told what paths and addresses were not found";

impl Policy {
    /// The same policy, but calls that name a path or an address and that no rule speaks of are told
    /// ([`Action::UserNotify`]). Whoever is told must let them go on. A policy that does not allow by
    /// default has nothing to observe.
    pub fn observing(mut self) -> Self {
        if self.default != Action::Allow {
            return self;
        }
        for listed in &mut self.arches {
            let known = ROWS
                .iter()
                .filter(|row| listed.arch.number(row.name).is_some());
            listed.rules.extend(known.map(Row::rule));
        }
        self
    }
}

impl Row {
    fn rule(&self) -> Rule {
        Rule {
            syscall: Syscall::Name(self.name.into()),
            conditions: self.when.into_iter().collect(),
            action: Action::UserNotify,
            reason: REASON.into(),
        }
    }
}
