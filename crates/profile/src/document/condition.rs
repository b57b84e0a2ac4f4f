//! Conditions on the host.

use super::Surroundings;
use std::path::Path;

/// Whether a condition holds; `None` for a condition that does not exist.
pub(super) fn holds(condition: &str, word: &str, surroundings: Surroundings<'_>) -> Option<bool> {
    let exists = || surroundings.files.kind(Path::new(word)).is_some();
    match condition {
        "exists" => Some(exists()),
        "missing" => Some(!exists()),
        "env" => Some(surroundings.facts.variable(word).is_some()),
        "arch" => Some(std::env::consts::ARCH == word),
        _ => None,
    }
}
