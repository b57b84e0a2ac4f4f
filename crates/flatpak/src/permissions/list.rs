//! Switched permissions as the list items of a key file.
//!
//! `x11` allows, `!x11` denies, `if:x11:CONDITION` allows under a condition. A plain `x11` before a
//! conditional one is there for old readers, which know no conditions, and says nothing
//! (contract, 1.13).

use super::condition::Condition;
use super::error::{Fault, PermissionError};
use super::kinds::Word;
use super::origin::Origin;
use super::switch::{Flip, Switch, Switches};

/// Reads the items of one key into the switches of its kind.
pub(super) fn load<K: Word>(
    switches: &mut Switches<K>,
    items: &[String],
    origin: &Origin,
) -> Result<(), PermissionError> {
    let parsed: Vec<(&str, Flip)> = items
        .iter()
        .map(|item| parse::<K>(item))
        .collect::<Result<_, _>>()?;
    for (index, (word, flip)) in parsed.iter().enumerate() {
        let next = parsed[index + 1..].iter().find(|(later, _)| later == word);
        let for_old_readers = *flip == Flip::Allow && matches!(next, Some((_, Flip::AllowIf(_))));
        if !for_old_readers {
            switches.flip(word, flip.clone(), origin);
        }
    }
    Ok(())
}

fn parse<K: Word>(item: &str) -> Result<(&str, Flip), PermissionError> {
    let parts: Vec<&str> = item.splitn(3, ':').collect();
    let parsed = match parts.as_slice() {
        ["if", word, condition] => Some((*word, Flip::AllowIf(Condition::parse(condition)))),
        [word] => Some(match word.strip_prefix('!') {
            Some(word) => (word, Flip::Deny),
            None => (*word, Flip::Allow),
        }),
        _ => None,
    };
    // Written as a plain word, these would read back as something else.
    let parsed = parsed.filter(|(word, _)| *word != "if" && !word.starts_with('!'));
    parsed.ok_or_else(|| PermissionError::new(K::KIND, item, Fault::Conditional))
}

/// Writes the switches of one kind, each item with its origin. Flattened, nothing is denied: there
/// is nothing below.
pub(super) fn save<K: Word>(switches: &Switches<K>, flattened: bool) -> Vec<(String, Origin)> {
    switches
        .iter()
        .flat_map(|(word, switch)| save_one(word, switch, flattened))
        .collect()
}

fn save_one(word: &str, switch: &Switch, flattened: bool) -> Vec<(String, Origin)> {
    let of_switch = |item: String| (item, switch.origin.clone());
    let denied = (!flattened).then(|| of_switch(format!("!{word}")));
    let allowed = of_switch(word.to_owned());
    if switch.allowed {
        return vec![allowed];
    }
    if switch.conditions.is_empty() {
        return denied.into_iter().collect();
    }
    let mut items: Vec<_> = denied.filter(|_| switch.reset).into_iter().collect();
    items.push(allowed);
    let conditions = switch.conditions.iter();
    items.extend(conditions.map(|c| (format!("if:{word}:{}", c.value), c.origin.clone())));
    items
}

/// Writes the switches of one kind as options.
pub(super) fn options<K: Word>(switches: &Switches<K>) -> Vec<String> {
    let [allow, deny, allow_if] = K::OPTIONS;
    let mut options = Vec::new();
    for (word, switch) in switches.iter() {
        match (switch.allowed, switch.conditions.is_empty()) {
            (true, _) => options.push(format!("--{allow}={word}")),
            (false, true) => options.push(format!("--{deny}={word}")),
            (false, false) => {
                options.extend(switch.reset.then(|| format!("--{deny}={word}")));
                let conditions = switch.conditions.iter();
                options.extend(conditions.map(|c| format!("--{allow_if}={word}:{}", c.value)));
            }
        }
    }
    options
}

#[cfg(test)]
mod tests {
    use super::super::condition::Facts;
    use super::super::kinds::Socket;
    use super::super::origin::Layer;
    use super::*;

    fn read(text: &str) -> Switches<Socket> {
        let mut switches = Switches::default();
        let items: Vec<String> = text.split(';').map(str::to_owned).collect();
        load(&mut switches, &items, &Origin::layer(Layer::App)).unwrap();
        switches
    }

    fn written(switches: &Switches<Socket>) -> Vec<String> {
        save(switches, false)
            .into_iter()
            .map(|(item, _)| item)
            .collect()
    }

    fn grants(switches: &Switches<Socket>, has_wayland: bool) -> bool {
        let facts = Facts {
            has_wayland,
            ..Facts::default()
        };
        switches.granted(&facts).contains_key(&Socket::X11)
    }

    #[test]
    fn lists_say_what_flatpak_says() {
        // item list; granted without Wayland; granted with it; written again
        let rows = [
            ("x11", true, true, "x11"),
            ("!x11", false, false, "!x11"),
            ("x11;!x11", false, false, "!x11"),
            ("!x11;x11", true, true, "x11"),
            (
                "if:x11:!has-wayland",
                true,
                false,
                "x11;if:x11:!has-wayland",
            ),
            (
                "x11;if:x11:!has-wayland",
                true,
                false,
                "x11;if:x11:!has-wayland",
            ),
            (
                "!x11;x11;if:x11:false",
                false,
                false,
                "!x11;x11;if:x11:false",
            ),
            ("if:x11:false;x11", true, true, "x11"),
            ("x11;if:x11:false;x11", true, true, "x11"),
            (
                "if:x11:foo;x11;if:x11:bar",
                false,
                false,
                "x11;if:x11:bar;if:x11:foo",
            ),
            ("x11;if:x11:has-tail", false, false, "x11;if:x11:has-tail"),
            (
                "if:x11:false;if:x11:has-wayland",
                false,
                true,
                "x11;if:x11:false;if:x11:has-wayland",
            ),
        ];
        for (text, without, with, again) in rows {
            let switches = read(text);
            assert_eq!(grants(&switches, false), without, "{text}");
            assert_eq!(grants(&switches, true), with, "{text}");
            assert_eq!(written(&switches).join(";"), again, "{text}");
            assert_eq!(read(again), switches, "{text}");
        }
    }

    #[test]
    fn malformed_conditionals_are_refused() {
        for bad in [
            "if",
            "!if",
            "if:x11",
            "x11:true",
            "!x11:a:b",
            "if:!x11:true",
            "!!x11",
        ] {
            let items = [bad.to_owned()];
            let mut switches = Switches::<Socket>::default();
            assert!(
                load(&mut switches, &items, &Origin::COMMAND_LINE).is_err(),
                "{bad}"
            );
        }
    }

    #[test]
    fn layers() {
        // lower; upper; granted without Wayland; granted with it
        let rows = [
            ("x11", "!x11", false, false),
            ("!x11", "x11", true, true),
            ("x11", "x11;if:x11:has-wayland", false, true),
            (
                "x11;if:x11:has-wayland",
                "x11;if:x11:!has-wayland",
                true,
                true,
            ),
            (
                "x11;if:x11:has-wayland",
                "!x11;x11;if:x11:!has-wayland",
                true,
                false,
            ),
            ("x11;if:x11:has-wayland", "x11", true, true),
            ("x11;if:x11:has-wayland", "!x11", false, false),
            ("x11", "wayland", true, true),
        ];
        for (lower, upper, without, with) in rows {
            let mut merged = read(lower);
            merged.merge(&read(upper));
            assert_eq!(grants(&merged, false), without, "{lower} under {upper}");
            assert_eq!(grants(&merged, true), with, "{lower} under {upper}");
        }
    }

    #[test]
    fn unknown_words_are_kept_and_grant_nothing() {
        let switches = read("telepathy;x11");
        assert_eq!(switches.unknown().count(), 1);
        assert_eq!(switches.granted(&Facts::default()).len(), 1);
        assert_eq!(written(&switches), ["telepathy", "x11"]);
    }

    #[test]
    fn as_options() {
        let options = options(&read(
            "x11;!cups;!pcsc;pcsc;if:pcsc:true;if:wayland:has-wayland",
        ));
        let expected = [
            "--nosocket=cups",
            "--nosocket=pcsc",
            "--socket-if=pcsc:true",
            "--socket-if=wayland:has-wayland",
            "--socket=x11",
        ];
        assert_eq!(options, expected);
    }
}
