//! Options that change permissions, one on each line: `NAME=VALUE`.
//!
//! They can be written as options again, which is what `/.flatpak-info` keeps of them.
#![no_main]

use aril_flatpak::permissions::{Change, Context, Form, Origin, options};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &str| {
    let mut context = Context::default();
    for line in data.lines() {
        let (name, value) = line.split_once('=').unwrap_or((line, ""));
        match options::parse(name, value) {
            Ok(changes) => apply(&mut context, changes),
            Err(error) => check_text(&error.to_string()),
        }
    }
    let mut again = Context::default();
    for option in context.to_options() {
        let words = option
            .strip_prefix("--")
            .and_then(|words| words.split_once('='));
        let (name, value) = words.expect("a name and a value");
        let changes = options::parse(name, value);
        apply(
            &mut again,
            changes.unwrap_or_else(|error| panic!("{option}: {error}")),
        );
    }
    assert_eq!(again.rows(Form::Layer), context.rows(Form::Layer));
});

fn apply(context: &mut Context, changes: Vec<Change>) {
    for change in changes {
        context.apply(change, &Origin::COMMAND_LINE);
    }
}

/// A message is one line, and nothing in it steers a terminal.
fn check_text(text: &str) {
    assert!(!text.is_empty());
    assert!(!text.chars().any(char::is_control), "{text:?}");
}
