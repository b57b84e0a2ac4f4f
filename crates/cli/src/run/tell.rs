//! What the user is told beside what the application says.

use crate::error::RunError;
use aril_flatpak::compose::{ComposeError, Note};

/// Tells the notes, each on a line; details only to who asks for them.
pub fn notes(notes: &[Note], verbose: bool) {
    for note in notes {
        match note {
            Note::Detail(_) if !verbose => {}
            note => eprintln!("aril: {note}"),
        }
    }
}

/// Why nothing is run.
pub fn refused(error: ComposeError) -> RunError {
    let hint = error.hint();
    let refused = RunError::new(error);
    match hint {
        Some(hint) => refused.with_hint(hint),
        None => refused,
    }
}
