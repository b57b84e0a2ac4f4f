//! A profile's text.
#![no_main]

mod nowhere;

use aril_profile::{Text, parse_profile};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &str| {
    let text = Text {
        name: "a.toml",
        text: data,
    };
    match parse_profile(text, nowhere::surroundings(&nowhere::facts())) {
        // What a unit can say of it, it says in lines.
        Ok(document) => {
            let home = std::path::Path::new("/home/user");
            let unit = aril_profile::systemd::to_unit(&document.settings, home, home);
            for line in unit.text.lines() {
                assert!(!line.chars().any(char::is_control), "{line:?}");
            }
        }
        Err(error) => {
            let error = error.to_string();
            let first = error.lines().next().expect("an error has words");
            assert!(first.contains("a.toml:"), "{error}");
            assert!(
                !error.replace('\n', "").chars().any(char::is_control),
                "{error:?}"
            );
        }
    }
});
