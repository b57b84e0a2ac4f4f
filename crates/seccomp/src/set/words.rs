//! The words for a rule set, read and written.

use std::fmt;
use std::str::FromStr;

use super::{RuleSet, group};
use crate::RuleSetError;

/// The sets that others build on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Base {
    Default,
    Flatpak,
    None,
}

/// What a debugger needs: the calls that `PTRACE_MODE_ATTACH` guards (ptrace(2)), counters,
/// and personality(2) to run a program without address randomization.
const DEVEL: [&str; 6] = [
    "ptrace",
    "perf",
    "personality",
    "process_vm",
    "kcmp",
    "pidfd_getfd",
];

impl Base {
    const ALL: [Self; 3] = [Self::Default, Self::Flatpak, Self::None];

    pub(crate) fn set(self) -> RuleSet {
        let groups = group::names(|group| match self {
            Self::Default => group.in_default,
            Self::Flatpak => group.in_flatpak,
            Self::None => false,
        });
        RuleSet {
            groups,
            multiarch: false,
        }
    }

    fn word(self) -> &'static str {
        match self {
            Self::Default => "default",
            Self::Flatpak => "flatpak",
            Self::None => "none",
        }
    }
}

impl RuleSet {
    /// Parses words such as `default,multiarch,-io_uring`.
    pub fn parse(words: &str) -> Result<Self, RuleSetError> {
        let mut words = words
            .split(',')
            .map(str::trim)
            .filter(|word| !word.is_empty());
        let first = words.next().ok_or(RuleSetError::Empty)?;
        let base = Base::ALL.into_iter().find(|base| base.word() == first);
        let mut set = base
            .ok_or_else(|| RuleSetError::NoBase(first.to_owned()))?
            .set();
        for word in words {
            set = if let Some(group) = word.strip_prefix('+') {
                set.with(group)?
            } else if let Some(group) = word.strip_prefix('-') {
                set.without(group)?
            } else {
                set.extended(word)?
            };
        }
        Ok(set)
    }

    fn extended(mut self, set: &str) -> Result<Self, RuleSetError> {
        match set {
            "devel" => DEVEL.into_iter().try_fold(self, Self::without),
            "multiarch" => {
                self.multiarch = true;
                self.without("modify_ldt")
            }
            "bluetooth" | "canbus" => self.with(set),
            other => Err(RuleSetError::UnknownSet(other.to_owned())),
        }
    }

    /// How to come from another set to this one: `+group` and `-group`.
    fn changes_from(&self, other: &Self) -> Vec<(char, &'static str)> {
        let more = self
            .groups
            .difference(&other.groups)
            .map(|group| ('+', *group));
        more.chain(
            other
                .groups
                .difference(&self.groups)
                .map(|group| ('-', *group)),
        )
        .collect()
    }
}

impl FromStr for RuleSet {
    type Err = RuleSetError;

    fn from_str(words: &str) -> Result<Self, Self::Err> {
        Self::parse(words)
    }
}

/// The shortest words that parse to the set.
impl fmt::Display for RuleSet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut shortest: Option<(Base, Vec<(char, &str)>)> = None;
        for base in Base::ALL {
            let mut start = base.set();
            if self.multiarch {
                start.groups.remove("modify_ldt");
            }
            let changes = self.changes_from(&start);
            if shortest
                .as_ref()
                .is_none_or(|known| changes.len() < known.1.len())
            {
                shortest = Some((base, changes));
            }
        }
        let (base, changes) = shortest.unwrap_or((Base::None, Vec::new()));
        write!(
            f,
            "{}{}",
            base.word(),
            if self.multiarch { ",multiarch" } else { "" }
        )?;
        changes
            .iter()
            .try_for_each(|(sign, group)| write!(f, ",{sign}{group}"))
    }
}
