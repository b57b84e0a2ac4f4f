//! What documents say of tests is held to the sources.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

const PAGE: &str = include_str!("../../docs/protections.md");

#[test]
fn every_test_that_protections_names_exists() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let named = PAGE.split('`').filter_map(|word| word.split_once("::"));
    let named: BTreeSet<(&str, &str)> = named.filter(|(path, _)| path.ends_with(".rs")).collect();
    assert!(named.len() > 100, "{}", named.len());
    if fs::read(root.join("tests/src/named.rs")).is_err() {
        println!("skipped: the sources are out of this user's reach");
        return;
    }
    let missing: Vec<_> = named
        .into_iter()
        .filter(|(path, test)| {
            let text = fs::read_to_string(root.join(path)).unwrap_or_default();
            !declares(&text, test)
        })
        .collect();
    assert!(missing.is_empty(), "no such tests: {missing:#?}");
}

/// As a function, `fn NAME() {`, or by a macro, `attack!(NAME, {`.
fn declares(text: &str, test: &str) -> bool {
    let words: Vec<&str> = text.split_whitespace().collect();
    let text = words.join(" ");
    let forms = [
        format!("fn {test}()"),
        format!("!({test}, {{"),
        format!("!( {test}, {{"),
    ];
    forms.iter().any(|form| text.contains(form))
}

#[test]
fn a_name_alone_is_no_test() {
    let text = "fn one() {\n}\nattack!(two, {\n// three\nescape!(\n    four,\n    {";
    assert!(
        ["one", "two", "four"]
            .iter()
            .all(|test| declares(text, test))
    );
    assert!(!declares(text, "three") && !declares(text, "on"));
}
