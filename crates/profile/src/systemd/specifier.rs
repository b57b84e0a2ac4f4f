//! `%h`, `%t`, `%i` and others (`systemd.unit(5)`, "Specifiers"), as far as the text alone says them.

use super::from::{Scope, Unit};

/// A text with its specifiers replaced. What only the profile knows becomes a variable of the profile;
/// the error says why it cannot be had.
pub(super) fn expand(text: &str, unit: &Unit<'_>) -> Result<String, String> {
    if text.contains(['{', '}']) {
        return Err("a profile takes `{` for the beginning of a variable".to_owned());
    }
    let mut expanded = String::new();
    let mut rest = text.chars();
    while let Some(next) = rest.next() {
        if next != '%' {
            expanded.push(next);
            continue;
        }
        let specifier = rest.next().ok_or("a specifier has a letter after `%`")?;
        let value = of(specifier, unit)
            .ok_or_else(|| format!("`%{specifier}` is known only when the unit is started"))?;
        expanded.push_str(&value);
    }
    Ok(expanded)
}

fn of(specifier: char, unit: &Unit<'_>) -> Option<String> {
    let name = Name::of(unit.name);
    let is_user = unit.scope == Scope::User;
    let place = |system: &str, user: &str| Some(if is_user { user } else { system }.to_owned());
    match specifier {
        '%' => Some("%".to_owned()),
        'n' => Some(unit.name.to_owned()),
        'N' => Some(name.whole.to_owned()),
        'p' => Some(name.prefix.to_owned()),
        'i' => name.instance.map(ToOwned::to_owned),
        'I' => name.instance.and_then(unescaped),
        'j' => name.prefix.rsplit('-').next().map(ToOwned::to_owned),
        // The home directory of the manager's user: root's for the system's.
        'h' => place("/root", "{home}"),
        't' if !is_user => Some("/run".to_owned()),
        'S' => place("/var/lib", "{home}/.local/state"),
        'C' => place("/var/cache", "{home}/.cache"),
        'L' => place("/var/log", "{home}/.local/state/log"),
        'E' => place("/etc", "{home}/.config"),
        'T' => Some("/tmp".to_owned()),
        'V' => Some("/var/tmp".to_owned()),
        'u' if !is_user => Some("root".to_owned()),
        'U' if !is_user => Some("0".to_owned()),
        _ => None,
    }
}

/// The parts of `prefix@instance.service`.
struct Name<'a> {
    whole: &'a str,
    prefix: &'a str,
    instance: Option<&'a str>,
}

impl<'a> Name<'a> {
    fn of(name: &'a str) -> Self {
        let whole = name.rsplit_once('.').map_or(name, |(whole, _)| whole);
        let (prefix, instance) = match whole.split_once('@') {
            Some((prefix, instance)) => (prefix, Some(instance)),
            None => (whole, None),
        };
        // A template has no instance yet.
        let instance = instance.filter(|instance| !instance.is_empty());
        Self {
            whole,
            prefix,
            instance,
        }
    }
}

/// `-` stands for `/`, and `\xNN` for a byte (`systemd-escape(1)`).
fn unescaped(instance: &str) -> Option<String> {
    let slashes = instance.replace('-', "/");
    let mut bytes = Vec::new();
    let mut rest = slashes.as_str();
    while let Some((before, after)) = rest.split_once("\\x") {
        bytes.extend_from_slice(before.as_bytes());
        bytes.push(u8::from_str_radix(after.get(..2)?, 16).ok()?);
        rest = &after[2..];
    }
    bytes.extend_from_slice(rest.as_bytes());
    String::from_utf8(bytes).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn specifiers() {
        let of = |name, scope, text: &str| {
            let texts = &[];
            expand(text, &Unit { name, scope, texts })
        };
        let name = "my-db@15-main\\x2dx.service";
        for (text, expected) in [
            ("/run/%p/%i", "/run/my-db/15-main\\x2dx"),
            ("%I", "15/main-x"),
            ("%j 100%%", "db 100%"),
            ("%S%t%h", "/var/lib/run/root"),
            ("%n|%N", "my-db@15-main\\x2dx.service|my-db@15-main\\x2dx"),
        ] {
            assert_eq!(of(name, Scope::System, text).unwrap(), expected);
        }
        let user = of("a.service", Scope::User, "%h %S").unwrap();
        assert_eq!(user, "{home} {home}/.local/state");
        for bad in ["%b", "%", "%i", "{a}"] {
            assert!(of("a@.service", Scope::System, bad).is_err(), "{bad}");
        }
    }
}
