//! A key file: metadata or an override.
//!
//! What is read can be written, and means the same when it is read again.
#![no_main]

use aril_flatpak::keyfile::KeyFile;
use aril_flatpak::metadata::Metadata;
use aril_flatpak::permissions::{Context, Form, Origin};
use libfuzzer_sys::fuzz_target;
use std::collections::BTreeSet;

fuzz_target!(|data: &[u8]| {
    let file = match KeyFile::parse(data) {
        Ok(file) => file,
        Err(error) => return check_text(&error.to_string()),
    };
    let again = KeyFile::parse(file.to_string().as_bytes()).expect("what was written can be read");
    assert_eq!(values(&again), values(&file));
    if let Err(error) = Metadata::load(&file, &Origin::COMMAND_LINE) {
        check_text(&error.to_string());
    }
    match Context::load(&file, &Origin::COMMAND_LINE) {
        // As in GLib, a value does not keep a form feed that it begins with, nor a return at its end.
        Ok(context) if !data.iter().any(is_lost) => check_saved(&context),
        Ok(_) => (),
        Err(error) => check_text(&error.to_string()),
    }
});

fn is_lost(byte: &u8) -> bool {
    byte.is_ascii_control() && *byte != b'\n'
}

/// Groups, keys and values, without the returns that a line may end with.
fn values(file: &KeyFile) -> Vec<(&str, &str, Option<&str>)> {
    let groups = file.groups();
    let rows = groups.flat_map(|group| {
        let raw = |key| group.raw(key).map(|raw| raw.trim_end_matches('\r'));
        group.keys().map(move |key| (group.name(), key, raw(key)))
    });
    rows.collect()
}

fn check_saved(context: &Context) {
    let mut file = KeyFile::new();
    context
        .save(&mut file, Form::Layer)
        .expect("it can be written");
    let file = KeyFile::parse(file.to_string().as_bytes()).expect("it can be read");
    let again = Context::load(&file, &Origin::COMMAND_LINE).expect("it is understood");
    assert_eq!(rows(&again), rows(context));
}

fn rows(context: &Context) -> BTreeSet<(String, String, String)> {
    let rows = context.rows(Form::Layer).into_iter();
    rows.map(|row| (row.group, row.key, row.text)).collect()
}

/// A message is one line, and nothing in it steers a terminal.
fn check_text(text: &str) {
    assert!(!text.is_empty());
    assert!(!text.chars().any(char::is_control), "{text:?}");
}
