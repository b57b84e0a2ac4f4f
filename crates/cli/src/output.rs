//! Standard output: what is printed there, and what a failure to print is.

use crate::error::RunError;
use std::io::{self, Write};

/// Prints bytes. A reader that has gone, as `head` does, is no failure.
pub fn print(bytes: impl AsRef<[u8]>) -> Result<(), RunError> {
    let mut out = io::stdout().lock();
    match out.write_all(bytes.as_ref()).and_then(|()| out.flush()) {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => {
            let why = format_args!("print, on standard output: {error}");
            Err(RunError::new(why))
        }
        _ => Ok(()),
    }
}

/// Prints a value as JSON, with a line feed.
pub fn print_json(value: &impl serde::Serialize) -> Result<(), RunError> {
    let text = serde_json::to_string_pretty(value);
    let text = text.map_err(|error| RunError::new(format_args!("write JSON, on it: {error}")))?;
    print(text + "\n")
}
