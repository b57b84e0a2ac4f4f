//! Values that are paths.

use super::draft::Draft;
use super::from::{Scope, Unit};
use super::specifier::expand;
use super::unit::Assignment;
use super::values::{each_word, is_off};

pub(super) fn read_write(draft: &mut Draft, by: &Assignment, unit: &Unit<'_>) {
    each_word(draft, by, |draft, word| {
        named(draft, ("rw", word), by, unit)
    });
}

pub(super) fn read_only(draft: &mut Draft, by: &Assignment, unit: &Unit<'_>) {
    each_word(draft, by, |draft, word| {
        named(draft, ("ro", word), by, unit)
    });
}

pub(super) fn hidden(draft: &mut Draft, by: &Assignment, unit: &Unit<'_>) {
    each_word(draft, by, |draft, word| {
        named(draft, ("hide", word), by, unit)
    });
}

/// `PATH[:OPTIONS]`
pub(super) fn temporary(draft: &mut Draft, by: &Assignment, unit: &Unit<'_>) {
    each_word(draft, by, |draft, word| {
        let (path, options) = word.split_once(':').unwrap_or((word, ""));
        if !options.is_empty() {
            draft.without(by, "the directory is made, without options of its own");
        }
        named(draft, ("tmp", path), by, unit);
    });
}

pub(super) fn bound_read_write(draft: &mut Draft, by: &Assignment, unit: &Unit<'_>) {
    each_word(draft, by, |draft, word| {
        bound(draft, ("rw", word), by, unit)
    });
}

pub(super) fn bound_read_only(draft: &mut Draft, by: &Assignment, unit: &Unit<'_>) {
    each_word(draft, by, |draft, word| {
        bound(draft, ("ro", word), by, unit)
    });
}

/// `SOURCE[:TARGET[:OPTIONS]]`
fn bound(draft: &mut Draft, (key, word): (&'static str, &str), by: &Assignment, unit: &Unit<'_>) {
    let mut parts = word.split(':');
    let source = parts.next().unwrap_or_default();
    let path = source.trim_start_matches(['-', '+']);
    if parts.next().is_some_and(|target| target != path) {
        draft.without(by, "a profile shows a path where it is, and nowhere else");
        return;
    }
    if parts.next() == Some("norbind") {
        draft.without(by, "what is mounted below is shown too");
    }
    named(draft, (key, source), by, unit);
}

/// One path. In a profile a path that does not exist is passed over, as with the prefix `-`.
fn named(draft: &mut Draft, (key, word): (&'static str, &str), by: &Assignment, unit: &Unit<'_>) {
    let path = match expand(word.trim_start_matches(['-', '+', ':']), unit) {
        Ok(path) => path,
        Err(why) => return draft.without(by, why),
    };
    let names = path.split('/').filter(|name| !["", "."].contains(name));
    let names: Vec<&str> = names.collect();
    let is_from_home = names.first() == Some(&"{home}");
    if !(path.starts_with('/') || is_from_home) || names.contains(&"..") {
        return draft.without(by, "a path is absolute and goes straight down");
    }
    match (names.as_slice(), key) {
        ([], "ro") => draft.always(by, "only what a profile names can be written"),
        ([], "tmp") => draft.always(by, "a profile begins with nothing"),
        ([], _) => draft.without(by, "a profile names what is given, and not all of it"),
        // One path is one text, so that the strictest of its lines is found.
        _ if is_from_home => draft.ask(key, names.join("/"), by),
        _ => draft.ask(key, format!("/{}", names.join("/")), by),
    }
}

/// Directories that the manager makes: they are there already when a sandbox begins, or are passed over.
pub(super) fn state(draft: &mut Draft, by: &Assignment, unit: &Unit<'_>) {
    made(draft, by, unit, ("rw", "%S"));
}

pub(super) fn cache(draft: &mut Draft, by: &Assignment, unit: &Unit<'_>) {
    made(draft, by, unit, ("rw", "%C"));
}

pub(super) fn logs(draft: &mut Draft, by: &Assignment, unit: &Unit<'_>) {
    made(draft, by, unit, ("rw", "%L"));
}

pub(super) fn configuration(draft: &mut Draft, by: &Assignment, unit: &Unit<'_>) {
    made(draft, by, unit, ("ro", "%E"));
}

pub(super) fn runtime(draft: &mut Draft, by: &Assignment, unit: &Unit<'_>) {
    if unit.scope == Scope::User {
        return draft.always(by, "$XDG_RUNTIME_DIR is a directory of the sandbox's own");
    }
    made(draft, by, unit, ("rw", "%t"));
}

/// `NAME[:LINK[:ro]]`
fn made(draft: &mut Draft, by: &Assignment, unit: &Unit<'_>, (key, above): (&'static str, &str)) {
    each_word(draft, by, |draft, word| {
        let name = word.split(':').next().unwrap_or_default();
        named(draft, (key, &format!("{above}/{name}")), by, unit);
    });
}

/// yes and tmpfs are what every sandbox has; the homes of all are readable with read-only.
pub(super) fn protect_home(draft: &mut Draft, by: &Assignment, _: &Unit<'_>) {
    match by.value.as_str() {
        "read-only" => {
            draft.ask("ro", "/home", by);
            draft.ask("ro", "/root", by);
        }
        value if is_off(value) => {
            draft.without(
                by,
                "the home directory is an empty one: ro and rw give what is needed",
            );
        }
        _ => draft.always(by, "the home directory is an empty one"),
    }
}

pub(super) fn working_directory(draft: &mut Draft, by: &Assignment, unit: &Unit<'_>) {
    let word = by.value.strip_prefix('-').unwrap_or(&by.value);
    let word = if word == "~" { "%h" } else { word };
    match expand(word, unit) {
        Ok(path) if path.starts_with(['/', '{']) => draft.replace("workdir", &path, by),
        Ok(_) => draft.without(by, "a path is absolute"),
        Err(why) => draft.without(by, why),
    }
}
