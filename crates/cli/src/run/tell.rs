//! What the user is told beside what the application says.

use crate::error::RunError;
use crate::output::tell;
use aril_flatpak::compose::{ComposeError, Note};
use aril_sandbox::sys::{Fd, file};

/// Tells the notes, each on a line; details only to who asks for them.
pub fn notes(notes: &[Note], verbose: bool) {
    for note in notes {
        match note {
            Note::Detail(_) if !verbose => {}
            note => tell(format_args!("aril: {note}")),
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

/// Writes the number of an instance to a descriptor of the caller's, `--instance-id-fd`.
pub fn number(id: &str, fd: i32) -> Result<(), RunError> {
    let written = file::write_all(Fd::new(fd), id.as_bytes());
    written
        .map_err(|why| RunError::new(format_args!("write the instance's number, on {fd}: {why}")))
}
