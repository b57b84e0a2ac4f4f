//! Out of reach of the payload: the process group that the command was given in.
//!
//! `kill(2)` for process 0 reaches every process of the caller's group, whatever its pid namespace: the
//! launcher, and with it the script or pipeline that it is a part of. A session of its own has a group
//! of its own. With a terminal that would cost its keys and job control; there Landlock keeps signals
//! inside where the kernel has that, and elsewhere a rule refuses this call.

use crate::facts::Facts;
use crate::settings::Settings;
use aril_sandbox::spec::{Landlock, Session};

/// The rules for signals to one's own group, by the name of their group.
const REFUSE_SIGNALS: &str = "+group_signals";

/// The session that the payload begins in.
pub(crate) fn session(settings: &Settings, facts: &Facts) -> Session {
    match &settings.new_session {
        Some(asked) if asked.value => Session::New,
        None if !facts.has_terminal => Session::New,
        _ => Session::Inherit,
    }
}

/// The word that the rules for system calls need besides those that were asked for.
pub(crate) fn rule(settings: &Settings, facts: &Facts) -> Option<&'static str> {
    let is_shared = session(settings, facts) == Session::Inherit;
    (is_shared && !facts.keeps_signals).then_some(REFUSE_SIGNALS)
}

/// Keeps signals inside.
pub(crate) fn restrict(landlock: &mut Landlock, session: Session) {
    landlock.scopes.signals |= session == Session::Inherit;
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::setting::Sourced;

    #[test]
    fn one_of_three_ways_holds() {
        let facts = |has_terminal, keeps_signals| Facts {
            has_terminal,
            keeps_signals,
            ..Facts::of_u()
        };
        let asked = |new_session: Option<bool>| Settings {
            new_session: new_session.map(|value| Sourced::new(value, "test")),
            ..Settings::default()
        };
        let (new, shared) = (Session::New, Session::Inherit);
        for (asked_for, terminal, landlock, begins, rule_for) in [
            (None, true, true, shared, None),
            (None, true, false, shared, Some(REFUSE_SIGNALS)),
            (None, false, true, new, None),
            (None, false, false, new, None),
            (Some(true), true, false, new, None),
            (Some(false), false, false, shared, Some(REFUSE_SIGNALS)),
        ] {
            let (settings, facts) = (asked(asked_for), facts(terminal, landlock));
            assert_eq!(session(&settings, &facts), begins);
            assert_eq!(rule(&settings, &facts), rule_for);
        }
    }

    #[test]
    fn what_is_added_later_does_not_let_signals_out() {
        let facts = Facts {
            has_terminal: true,
            ..Facts::of_u()
        };
        let (settings, files) = (Settings::default(), &crate::HostFiles);
        let mut composed = crate::compose(&["true".into()], &settings, &facts, files).unwrap();
        let socket = aril_sandbox::Entry::symlink("/x", "/run/x");
        composed.extend(vec![socket], Vec::new());
        assert!(composed.spec.landlock.unwrap().scopes.signals);
    }
}
