//! The options, group by group: rows of the table, and the code that takes them.

pub(crate) mod binds;
pub(crate) mod credentials;
pub(crate) mod environment;
pub(crate) mod files;
pub(crate) mod filters;
pub(crate) mod general;
pub(crate) mod modifiers;
pub(crate) mod namespaces;
pub(crate) mod overlays;
pub(crate) mod supervision;
#[cfg(test)]
pub(crate) mod tests;

use crate::draft::Draft;
use crate::error::ParseError;
use crate::table::{Action, Row, Take, Value};
use std::ffi::OsString;

/// An option that takes its values into the draft.
const fn option(
    name: &'static str,
    values: &'static [Value],
    help: &'static str,
    take: Take,
) -> Row {
    Row::new(name, values, help, Action::Take(take))
}

/// The end of every function that takes an option and cannot fail.
type Taken = Result<(), ParseError>;

/// The values of an option, whose number the table guarantees.
fn two(values: &[OsString]) -> (&OsString, &OsString) {
    (&values[0], &values[1])
}

/// Sets one flag of the draft.
fn flag(place: &mut bool) -> Taken {
    *place = true;
    Ok(())
}

/// The draft's `--perms`, used up.
fn used_mode(draft: &mut Draft, otherwise: u32) -> u32 {
    draft.mode.take().unwrap_or(otherwise)
}
