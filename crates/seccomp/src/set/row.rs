//! One line of a table of rules.

use crate::{Action, Condition, Rule, Syscall};

/// The same rule for one or more system calls.
#[derive(Debug)]
pub(crate) struct Row {
    /// The group to which it belongs.
    pub(crate) group: &'static str,
    /// The calls, separated by one space.
    pub(crate) syscalls: &'static str,
    /// All must hold.
    pub(crate) when: &'static [Condition],
    pub(crate) action: Action,
    pub(crate) reason: &'static str,
}

impl Row {
    pub(crate) const fn always(
        group: &'static str,
        syscalls: &'static str,
        action: Action,
        reason: &'static str,
    ) -> Self {
        Self {
            group,
            syscalls,
            when: &[],
            action,
            reason,
        }
    }

    pub(crate) const fn when(self, when: &'static [Condition]) -> Self {
        Self { when, ..self }
    }

    /// The rule for one of its calls.
    pub(crate) fn rule(&self, syscall: Syscall) -> Rule {
        Rule {
            syscall,
            conditions: self.when.to_vec(),
            action: self.action,
            reason: self.reason.into(),
        }
    }
}

/// An action that fails with one of the errno constants of linux-raw-sys, which are all small.
pub(crate) const fn fail(errno: u32) -> Action {
    assert!(errno <= 4095, "the kernel knows no larger errno");
    Action::Errno(errno as u16)
}
