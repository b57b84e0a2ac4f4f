//! Whether a call fails because of the sandbox, from what is there on both sides.

use super::Intent;
use crate::Wanted;

/// What is at a path, for the user who launched the sandbox.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum State {
    /// It was not looked at.
    Unknown,
    Missing,
    Found {
        readable: bool,
        writable: Writable,
    },
}

/// Whether a file can be changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Writable {
    Yes,
    /// Its mount is read-only.
    ReadOnly,
    /// Its permissions do not let the user.
    No,
}

/// The path of a call, or the directory that it is in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Place {
    Itself,
    Directory,
}

/// What a call misses.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// It is there outside and not inside, or covered.
    Hidden(Place, Wanted),
    /// It can be written outside, and not inside.
    ReadOnly(Place),
}

/// Both sides of a path; each look costs system calls.
pub(crate) trait View {
    fn inside(&self, place: Place) -> State;
    fn outside(&self, place: Place) -> State;
}

impl State {
    fn is_found(self) -> bool {
        matches!(self, Self::Found { .. })
    }

    fn is_readable(self) -> bool {
        matches!(self, Self::Found { readable: true, .. })
    }
}

/// What the call misses, if anything. What fails outside just as well is not missed.
pub(crate) fn decide(intent: Intent, view: &dyn View) -> Option<Verdict> {
    let inside = view.inside(Place::Itself);
    let read = Verdict::Hidden(Place::Itself, Wanted::Read);
    match (intent, inside) {
        (_, State::Unknown) => None,
        (Intent::Look, State::Missing) => view.outside(Place::Itself).is_found().then_some(read),
        (Intent::Read, inside) if !inside.is_readable() => {
            view.outside(Place::Itself).is_readable().then_some(read)
        }
        (Intent::Look | Intent::Read, _) => None,
        (Intent::Write, _) | (Intent::WriteOrCreate, State::Found { .. }) => {
            write_to(Place::Itself, view)
        }
        (Intent::WriteOrCreate, State::Missing) if view.outside(Place::Itself).is_found() => {
            let directory = write_to(Place::Directory, view)?;
            write_to(Place::Itself, view).or(Some(directory))
        }
        (Intent::WriteOrCreate | Intent::Create, State::Missing) => {
            write_to(Place::Directory, view)
        }
        (Intent::Create, State::Found { .. }) => None,
        (Intent::Remove, State::Found { .. }) => write_to(Place::Directory, view),
        (Intent::Remove, State::Missing) if view.outside(Place::Itself).is_found() => {
            write_to(Place::Directory, view)
        }
        (Intent::Remove, State::Missing) => None,
    }
}

/// What keeps a place from being changed that could be changed outside.
fn write_to(place: Place, view: &dyn View) -> Option<Verdict> {
    let verdict = match view.inside(place) {
        State::Unknown
        | State::Found {
            writable: Writable::Yes,
            ..
        } => return None,
        State::Found {
            writable: Writable::ReadOnly,
            ..
        } => Verdict::ReadOnly(place),
        State::Missing
        | State::Found {
            writable: Writable::No,
            ..
        } => Verdict::Hidden(place, Wanted::Write),
    };
    let writable = Writable::Yes;
    let outside = view.outside(place);
    matches!(outside, State::Found { writable: found, .. } if found == writable).then_some(verdict)
}

#[cfg(test)]
mod tests {
    use super::*;

    const OPEN: State = State::Found {
        readable: true,
        writable: Writable::Yes,
    };
    const READ_ONLY: State = State::Found {
        readable: true,
        writable: Writable::ReadOnly,
    };
    const CLOSED: State = State::Found {
        readable: false,
        writable: Writable::No,
    };
    const NONE: State = State::Missing;

    /// What is inside, and in its directory; the same outside.
    struct Table([State; 4]);

    impl View for Table {
        fn inside(&self, place: Place) -> State {
            self.0[usize::from(place == Place::Directory)]
        }

        fn outside(&self, place: Place) -> State {
            self.0[2 + usize::from(place == Place::Directory)]
        }
    }

    #[test]
    fn what_fails_because_of_the_sandbox() {
        use Intent::{Create, Look, Read, Remove, Write, WriteOrCreate};
        let hidden = |place, wanted| Some(Verdict::Hidden(place, wanted));
        let read = hidden(Place::Itself, Wanted::Read);
        let write = hidden(Place::Itself, Wanted::Write);
        let write_in = hidden(Place::Directory, Wanted::Write);
        let read_only = Some(Verdict::ReadOnly(Place::Itself));
        let read_only_in = Some(Verdict::ReadOnly(Place::Directory));
        let rows = [
            // Missing on both sides.
            ([NONE, OPEN, NONE, OPEN], Look, None),
            ([NONE, NONE, NONE, NONE], Create, None),
            ([NONE, NONE, NONE, NONE], Remove, None),
            // Hidden.
            ([NONE, NONE, OPEN, OPEN], Look, read),
            ([NONE, OPEN, OPEN, OPEN], Read, read),
            ([CLOSED, OPEN, OPEN, OPEN], Read, read),
            ([NONE, NONE, OPEN, OPEN], Write, write),
            ([NONE, NONE, OPEN, OPEN], WriteOrCreate, write),
            ([NONE, NONE, NONE, OPEN], WriteOrCreate, write_in),
            ([NONE, NONE, NONE, OPEN], Create, write_in),
            ([NONE, NONE, OPEN, OPEN], Remove, write_in),
            // A file of that name can be made inside.
            ([NONE, OPEN, OPEN, OPEN], WriteOrCreate, None),
            ([NONE, OPEN, NONE, OPEN], Create, None),
            // Closed for the user outside too.
            ([NONE, NONE, CLOSED, OPEN], Read, None),
            ([CLOSED, READ_ONLY, CLOSED, CLOSED], Read, None),
            ([READ_ONLY, READ_ONLY, CLOSED, CLOSED], Write, None),
            ([READ_ONLY, READ_ONLY, READ_ONLY, READ_ONLY], Write, None),
            // Read-only inside.
            ([READ_ONLY, READ_ONLY, OPEN, OPEN], Read, None),
            ([READ_ONLY, READ_ONLY, OPEN, OPEN], Write, read_only),
            ([READ_ONLY, READ_ONLY, OPEN, OPEN], WriteOrCreate, read_only),
            ([NONE, READ_ONLY, NONE, OPEN], WriteOrCreate, read_only_in),
            ([NONE, READ_ONLY, NONE, OPEN], Create, read_only_in),
            ([READ_ONLY, READ_ONLY, OPEN, OPEN], Create, None),
            ([READ_ONLY, READ_ONLY, OPEN, OPEN], Remove, read_only_in),
            // Not looked at.
            ([State::Unknown; 4], Write, None),
            ([NONE, NONE, State::Unknown, State::Unknown], Look, None),
            // All is well.
            ([OPEN, OPEN, OPEN, OPEN], Write, None),
            ([OPEN, OPEN, OPEN, OPEN], Remove, None),
        ];
        for (states, intent, expected) in rows {
            assert_eq!(
                decide(intent, &Table(states)),
                expected,
                "{intent:?} {states:?}"
            );
        }
    }
}
