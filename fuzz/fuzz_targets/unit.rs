//! A systemd unit's text. What it is translated to is a profile.
#![no_main]

mod nowhere;

use aril_profile::systemd::{Scope, Unit, UnitText, from_unit};
use aril_profile::{Text, parse_profile};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &str| {
    let text = UnitText {
        name: "a.service",
        text: data,
    };
    let unit = Unit {
        name: "a.service",
        scope: Scope::System,
        texts: &[text],
    };
    let Ok(translation) = from_unit(&unit) else {
        return;
    };
    let text = Text {
        name: "a.toml",
        text: &translation.text,
    };
    let parsed = parse_profile(text, nowhere::surroundings(&nowhere::facts()));
    parsed.unwrap_or_else(|error| panic!("{error}\n{}", translation.text));
});
