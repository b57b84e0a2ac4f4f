//! What is told about paths that are not shared. Scripts look for these words.

use crate::compose::Note;
use crate::exports::{Refusal, Refused, View};
use crate::permissions::Origin;
use crate::text::shown_path;
use std::fmt::Display;
use std::path::Path;

/// A note for each path that was granted and is not shared.
pub(super) fn refused(view: &View) -> Vec<Note> {
    view.refused.iter().filter_map(note).collect()
}

/// Permissions name paths that exist on some hosts only: that one is missing is no news. Neither is
/// it that one of the many that `host` stands for stays out.
fn note(refused: &Refused) -> Option<Note> {
    let origin = refused.origin.as_ref()?;
    let text = match refused.hidden {
        true => not_hidden(&refused.path, &refused.why),
        false => not_shared(&refused.path, &refused.why),
    };
    let text = asked_by(text, Some(origin));
    let expected = matches!(refused.why, Refusal::Missing | Refusal::IsHome(_));
    Some(match expected || !refused.named {
        true => Note::Detail(text),
        false => Note::Warning(text),
    })
}

/// A path that is not shared though it is there.
pub(super) fn unshared(path: &Path, why: &impl Display, origin: Option<&Origin>) -> Note {
    Note::Warning(asked_by(not_shared(path, why), origin))
}

fn asked_by(text: String, origin: Option<&Origin>) -> String {
    match origin {
        Some(origin) => format!("{text}; asked for by {origin}"),
        None => text,
    }
}

fn not_shared(path: &Path, why: &impl Display) -> String {
    format!("Not sharing \"{}\" with sandbox: {why}", shown_path(path))
}

fn not_hidden(path: &Path, why: &impl Display) -> String {
    format!("Not replacing \"{}\" with tmpfs: {why}", shown_path(path))
}
