//! A unit becomes a profile.

use super::draft::{Draft, Translation, string};
use super::network;
use super::table::{self, Fate};
use super::unit::{self, Assignment, UnitText};
use super::values::is_off;
use crate::error::ProfileError;
use aril_sandbox::Escaped;

/// The sections that have the keys of `systemd.exec(5)`.
const SECTIONS: [&str; 5] = ["Service", "Socket", "Mount", "Swap", "Scope"];

/// Whose manager runs the unit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scope {
    /// The system's.
    System,
    /// The user's: `systemctl --user`.
    User,
}

/// A unit: its file, and then its drop-ins in their order.
#[derive(Clone, Copy, Debug)]
pub struct Unit<'a> {
    /// The name with its instance, as `postgresql@15-main.service`.
    pub name: &'a str,
    /// Whose it is.
    pub scope: Scope,
    /// The texts.
    pub texts: &'a [UnitText<'a>],
}

/// Translates a unit to the text of a profile.
///
/// # Errors
/// A text is no unit. What has no equivalent is no error but a [`Remark`](super::Remark).
pub fn from_unit(unit: &Unit<'_>) -> Result<Translation, ProfileError> {
    let mut assignments = Vec::new();
    for text in unit.texts {
        assignments.extend(unit::parse(*text)?);
    }
    assignments.retain(|one| SECTIONS.contains(&one.section.as_str()));
    let mut draft = Draft::default();
    for last in lasts(&assignments) {
        let same = assignments.iter().filter(|one| one.key == last.key);
        translate(&same.collect::<Vec<_>>(), unit, &mut draft);
    }
    Ok(draft.into_text(&head(unit, &assignments)))
}

/// The last assignment to each key, in the order in which the keys come first.
fn lasts(assignments: &[Assignment]) -> Vec<&Assignment> {
    let mut lasts: Vec<&Assignment> = Vec::new();
    for one in assignments {
        match lasts.iter_mut().find(|known| known.key == one.key) {
            Some(known) => *known = one,
            None => lasts.push(one),
        }
    }
    lasts
}

/// What becomes of all assignments to one key.
fn translate(same: &[&Assignment], unit: &Unit<'_>, draft: &mut Draft) {
    let Some(last) = same.last().copied() else {
        return;
    };
    let Some(row) = table::find(&last.key) else {
        draft.without(last, "no key that is known here");
        return;
    };
    match row.fate {
        Fate::Each(each) => {
            // An empty value takes back those before it.
            let begin = same.iter().rposition(|one| one.value.is_empty());
            let kept = same.iter().skip(begin.map_or(0, |at| at + 1));
            kept.for_each(|one| each(draft, one, unit));
        }
        Fate::Last(_) if last.value.is_empty() => (),
        Fate::Last(set) => set(draft, last, unit),
        Fate::Always(reason) if is_off(&last.value) => draft.without(
            last,
            format!("it is so in every sandbox all the same: {reason}"),
        ),
        Fate::Always(reason) => draft.always(last, reason),
        Fate::OnlyNone { always, otherwise } => match last.value.as_str() {
            "" => draft.always(last, always),
            _ => draft.without(last, otherwise),
        },
        // A limit of 0 is one.
        Fate::Never(_) if is_off(&last.value) && last.value != "0" => (),
        Fate::Never(reason) => draft.without(last, reason),
        Fate::Whole | Fate::Unrelated => (),
    }
}

/// What a reader of the profile should know first.
fn head(unit: &Unit<'_>, assignments: &[Assignment]) -> String {
    let name = Escaped(unit.name.as_bytes());
    let description = string(&format!("translated from {}", unit.name));
    let mut head = format!(
        "# Translated from {name}. A unit begins with all that its user can reach, and takes away; a\n\
         # profile begins with nothing, and gives. This one has the system, read-only, and what the unit\n\
         # names. What else the program needs is added by ro and rw.\n"
    );
    for start in assignments.iter().filter(|one| one.key == "ExecStart") {
        let words = Escaped(start.value.as_bytes());
        head += &format!("# It is for: {words}\n");
    }
    head += &format!("description = {description}\ncwd = \"hide\"\nhome = \"none\"\n");
    head += &network::line(assignments);
    head
}
