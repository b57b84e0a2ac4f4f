//! Standard output and standard error: what is printed there, and what a failure to print is.

use crate::error::RunError;
use aril_flatpak::{is_graphic, shown};
use std::fmt::Display;
use std::io::{self, IsTerminal, Write};

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
    print(json_lines(&text) + "\n")
}

/// Prints a text that is a file's: as it is, but for what would steer a terminal that shows it.
pub fn print_file(text: &str) -> Result<(), RunError> {
    match io::stdout().is_terminal() {
        true => print(lines(text)),
        false => print(text),
    }
}

/// JSON whose strings have what would steer a terminal as escapes: outside of strings JSON has no such
/// characters, and inside they mean the same.
pub fn json_lines(json: &str) -> String {
    let mut text = String::with_capacity(json.len());
    for c in json.chars() {
        match c {
            '\n' => text.push(c),
            c if is_graphic(c) => text.push(c),
            c => {
                for unit in c.encode_utf16(&mut [0; 2]) {
                    text += &format!("\\u{unit:04x}");
                }
            }
        }
    }
    text
}

/// Tells people something, on standard error, with a line feed. Whatever it was made of, nothing in it
/// steers a terminal. Where nobody reads it nothing is to be done about it.
pub fn tell(text: impl Display) {
    let text = lines(&text.to_string()) + "\n";
    match io::stderr().write_all(text.as_bytes()) {
        Ok(()) | Err(_) => (),
    }
}

/// Text with all but its line feeds made fit for a terminal.
pub fn lines(text: &str) -> String {
    let is_plain = |c: char| c == '\n' || is_graphic(c);
    if text.chars().all(is_plain) {
        return text.to_owned();
    }
    let lines = text.split('\n').map(|line| shown(line).to_string());
    lines.collect::<Vec<_>>().join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn json_stays_the_same() {
        let value = ["é\u{1b}", "\u{9b}m\u{202e}", "\u{e0041}\u{feff} \n"];
        let json = json_lines(&serde_json::to_string_pretty(&value).unwrap());
        assert!(json.chars().all(|c| c == '\n' || is_graphic(c)), "{json}");
        let read: Vec<String> = serde_json::from_str(&json).unwrap();
        assert_eq!(read, value);
    }

    #[test]
    fn lines_stay_and_nothing_steers() {
        assert_eq!(lines("é: why\nhint: x\n"), "é: why\nhint: x\n");
        let bad = "a\u{1b}[2K\r\u{9b}m\u{202e}\nb\tc";
        assert_eq!(lines(bad), "a\\x1b[2K\\x0d\\x9bm\\u{202e}\nb\\x09c");
    }
}
